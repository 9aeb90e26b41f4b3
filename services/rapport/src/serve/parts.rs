//! What a server is made of.

use std::path::Path;
use std::sync::Arc;

use prometheus_client::registry::Registry;
use rapport_application::{Application, Disclosure, SystemClock};
use rapport_event_store::{EmbeddedOptions, EmbeddedStore, EventStore, MemoryStore};
use rapport_gateway::{GatewayMetrics, Services};
use rapport_projections::Projections;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::keys::open_vault;
use super::{EventStoreKind, Options};
use crate::error::Failure;

/// The log, whichever it is; kept apart from the port to close it.
pub(super) enum Log {
    Embedded(Arc<EmbeddedStore>),
    Memory(Arc<MemoryStore>),
}

impl Log {
    fn store(&self) -> Arc<dyn EventStore> {
        match self {
            Self::Embedded(store) => Arc::<EmbeddedStore>::clone(store),
            Self::Memory(store) => Arc::<MemoryStore>::clone(store),
        }
    }

    /// Whether anything was ever written.
    fn has_events(&self) -> bool {
        match self {
            Self::Embedded(store) => !store.is_empty(),
            Self::Memory(_) => false,
        }
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Embedded(store) => store.close().await,
            Self::Memory(_) => {}
        }
    }
}

/// Every part of a server, opened.
pub(super) struct Parts {
    pub(super) log: Log,
    pub(super) projections: Arc<Projections>,
    pub(super) services: Services,
    pub(super) metrics: GatewayMetrics,
    pub(super) registry: Arc<Registry>,
    /// What a server in memory keeps on disk, for as long as it runs.
    _scratch: Option<TempDir>,
}

/// Opens every part. The log comes first: it holds the lock of the data directory.
pub(super) fn open(options: &Options, stopping: CancellationToken) -> Result<Parts, Failure> {
    match options.event_store {
        EventStoreKind::Embedded => {
            let log = EmbeddedStore::open(&options.data_dir, EmbeddedOptions::default())
                .map_err(|error| Failure::Local(error.to_string()))?;
            assemble(
                options,
                Log::Embedded(Arc::new(log)),
                &options.data_dir,
                options.root_key.as_deref(),
                None,
                stopping,
            )
        }
        EventStoreKind::Memory => {
            let scratch = tempfile::tempdir().map_err(|error| Failure::Local(error.to_string()))?;
            let data_dir = scratch.path().join("data");
            std::fs::create_dir(&data_dir).map_err(|error| Failure::file(&data_dir, error))?;
            let log = Log::Memory(Arc::new(MemoryStore::new()));
            assemble(options, log, &data_dir, None, Some(scratch), stopping)
        }
    }
}

fn assemble(
    options: &Options,
    log: Log,
    data_dir: &Path,
    root_key: Option<&Path>,
    scratch: Option<TempDir>,
    stopping: CancellationToken,
) -> Result<Parts, Failure> {
    let vault = Arc::new(open_vault(data_dir, root_key, log.has_events())?);
    let projections = Projections::open(&data_dir.join("read"), log.store(), Arc::clone(&vault))
        .map_err(|error| Failure::Local(error.to_string()))?;
    let projections = Arc::new(projections);
    let disclosure = Disclosure::to(options.open_personal_to.iter().copied());
    let application = Arc::new(Application::new(log.store(), vault, Arc::new(SystemClock), disclosure));
    let metrics = GatewayMetrics::new();
    let mut registry = Registry::default();
    metrics.register(&mut registry);
    projections.register(&mut registry);
    if let Log::Embedded(store) = &log {
        store.metrics().register(&mut registry);
    }
    Ok(Parts {
        services: Services::new(application, Arc::clone(&projections), stopping),
        registry: Arc::new(registry),
        log,
        projections,
        metrics,
        _scratch: scratch,
    })
}
