//! What a server is made of.

use std::path::Path;
use std::sync::Arc;

use prometheus_client::registry::Registry;
use rapport_application::{Application, Disclosure, SystemClock};
use rapport_gateway::{GatewayMetrics, RecallingTimeline, Services};
use rapport_projections::Projections;
use rapport_transparency::Notary;
use rapport_vault::Vault;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::checkpointer::{CheckpointMetrics, Checkpointer};
use super::keys::open_vault;
use super::log::Log;
use super::reactors::ReactorTasks;
use super::signing::{Place, open_notary};
use super::undone;
use super::witnesses::Witnesses;
use super::{EventStoreKind, Options};
use crate::error::Failure;
use crate::tokens::FetchedKeys;

/// Every part of a server, opened.
pub(super) struct Parts {
    pub(super) log: Log,
    pub(super) projections: Arc<Projections>,
    pub(super) services: Services,
    pub(super) metrics: GatewayMetrics,
    pub(super) registry: Arc<Registry>,
    /// Until it is started.
    pub(super) checkpointer: Option<Checkpointer>,
    /// The same.
    pub(super) witnesses: Option<Witnesses>,
    /// The same.
    pub(super) reactors: Option<ReactorTasks>,
    /// What a server in memory keeps on disk, for as long as it runs.
    _scratch: Option<TempDir>,
}

/// Opens every part. The log comes first: it holds the lock of the data directory.
pub(super) fn open(
    options: &Options,
    keys: Option<&FetchedKeys>,
    stopping: CancellationToken,
) -> Result<Parts, Failure> {
    let (scratch, data_dir) = match options.event_store {
        EventStoreKind::Embedded | EventStoreKind::Kurrent(_) => (None, options.data_dir.clone()),
        EventStoreKind::Memory => {
            let scratch = tempfile::tempdir().map_err(|error| Failure::Local(error.to_string()))?;
            let data_dir = scratch.path().join("data");
            (Some(scratch), data_dir)
        }
    };
    // A server in memory forgets its keys too.
    let keys_dir = options.keys_dir.as_deref().filter(|_| scratch.is_none());
    let root_key = options.root_key.as_deref().filter(|_| scratch.is_none());
    let log = Log::open(&options.event_store, &data_dir, &stopping)?;
    let vault = Arc::new(open_vault(&data_dir, keys_dir, root_key, log.has_events())?);
    log.assert_bound(&vault, &stopping)?;
    let notary = open_notary(&Place {
        data_dir: &data_dir,
        keys_dir,
        log_key: options.log_key.as_deref().filter(|_| scratch.is_none()),
        origin: options.log_origin.as_deref(),
        log_has_events: log.has_events(),
    })?;
    assemble(options, Opened { log, vault, notary: Arc::new(notary), keys, scratch }, &data_dir, stopping)
}

/// The log, its keys, who signs it, and whom its callers are known by.
struct Opened<'a> {
    log: Log,
    vault: Arc<Vault>,
    notary: Arc<Notary>,
    keys: Option<&'a FetchedKeys>,
    scratch: Option<TempDir>,
}

fn assemble(
    options: &Options,
    opened: Opened<'_>,
    data_dir: &Path,
    stopping: CancellationToken,
) -> Result<Parts, Failure> {
    let Opened { log, vault, notary, keys, scratch } = opened;
    let disclosure = Disclosure::to(options.open_personal_to.iter().copied());
    let application = Application::new(log.store(), Arc::clone(&vault), Arc::new(SystemClock), disclosure);
    let application = Arc::new(application.with_erasure_window(options.erasure_window));
    undone::assert_none(&application, data_dir, &stopping)?;
    let following = rapport_projections::Options { require_equal: options.require_equal };
    let projections = Projections::open(&data_dir.join("read"), log.store(), vault, following)
        .map_err(|error| Failure::Local(error.to_string()))?;
    let projections = Arc::new(projections);
    application.recall_interactions_by(Arc::new(RecallingTimeline::new(Arc::clone(&projections))));
    let record_access = options.record_access.unwrap_or(options.asks_for_proof());
    let reactors = ReactorTasks::new(&application, &projections, &log.store());
    let metrics = GatewayMetrics::new();
    let mut registry = Registry::default();
    metrics.register(&mut registry);
    projections.register(&mut registry);
    log.register(&mut registry);
    reactors.register(&mut registry);
    keys.iter().for_each(|keys| keys.register(&mut registry));
    let checkpointer = Checkpointer {
        notary: Arc::clone(&notary),
        projections: Arc::clone(&projections),
        store: log.store(),
        metrics: CheckpointMetrics::default(),
        directory: options.checkpoint_dir.clone(),
    };
    checkpointer.metrics.register(&mut registry);
    let witnesses = match options.witness_policy.as_deref() {
        Some(policy) => Some(Witnesses::of(policy, Arc::clone(&notary), Arc::clone(&projections))?),
        None => None,
    };
    witnesses.iter().for_each(|witnesses| witnesses.metrics().register(&mut registry));
    Ok(Parts {
        services: Services::new(
            application,
            Arc::clone(&projections),
            notary,
            reactors.desks(),
            record_access,
            stopping,
        ),
        registry: Arc::new(registry),
        log,
        projections,
        metrics,
        checkpointer: Some(checkpointer),
        witnesses,
        reactors: Some(reactors),
        _scratch: scratch,
    })
}
