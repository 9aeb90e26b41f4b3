//! The suite, run against the adapters of this crate.

use std::sync::Arc;

use async_trait::async_trait;
use tempfile::TempDir;

use super::Subject;
use crate::port::EventStore;
use crate::{EmbeddedOptions, EmbeddedStore, MemoryStore};

/// The memory adapter.
pub(super) struct Memory(Arc<MemoryStore>);

impl Memory {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }
}

#[async_trait]
impl Subject for Memory {
    fn store(&self) -> Arc<dyn EventStore> {
        Arc::clone(&self.0) as Arc<dyn EventStore>
    }

    async fn reopen(&mut self) {}
}

/// The embedded adapter on a directory of its own.
pub(super) struct Embedded {
    directory: TempDir,
    options: EmbeddedOptions,
    store: Arc<EmbeddedStore>,
}

impl Embedded {
    pub(super) fn with(options: EmbeddedOptions) -> Self {
        let directory = TempDir::new().unwrap();
        let store = Arc::new(EmbeddedStore::open(directory.path(), options.clone()).unwrap());
        Self { directory, options, store }
    }

    /// As users run it.
    fn new() -> Self {
        Self::with(EmbeddedOptions::default())
    }

    /// Everything that happens rarely happens all the time.
    pub(super) fn restless() -> Self {
        Self::with(EmbeddedOptions {
            index_interval: 7,
            readers: 1,
            stream_heads: 2,
            recent_bytes: 1_000,
            checkpoint_pages: 8,
            ..EmbeddedOptions::default()
        })
    }
}

#[async_trait]
impl Subject for Embedded {
    fn store(&self) -> Arc<dyn EventStore> {
        Arc::clone(&self.store) as Arc<dyn EventStore>
    }

    async fn reopen(&mut self) {
        self.store.close().await;
        self.store = Arc::new(EmbeddedStore::open(self.directory.path(), self.options.clone()).unwrap());
    }
}

mod memory {
    super::super::conforms!(super::Memory::new());
}

mod embedded {
    super::super::conforms!(super::Embedded::new());
}

mod embedded_with_a_tiny_index_interval {
    super::super::conforms!(super::Embedded::restless());
}
