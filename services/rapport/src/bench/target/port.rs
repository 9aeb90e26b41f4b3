//! The log in this process, through the port.

use std::path::Path;
use std::sync::Arc;

use rapport_domain::envelope::{ExpectedRevision, Revision};
use rapport_event_store::{EmbeddedOptions, EmbeddedStore, EventStore as _};
use tempfile::TempDir;

use super::{Expecting, Shape, Writer, stream_of};
use crate::bench::payload;
use crate::error::Failure;

/// A log that is open in this process.
pub(in crate::bench) struct Port {
    store: Arc<EmbeddedStore>,
    _data: Option<TempDir>,
}

struct PortWriter {
    store: Arc<EmbeddedStore>,
    expecting: Expecting,
    own: String,
    last: Option<Revision>,
    data: String,
}

impl Port {
    /// Opens a log in a folder that is taken away with it.
    pub(super) fn open(data: TempDir) -> Result<Self, Failure> {
        let mut port = Self::at(data.path())?;
        port._data = Some(data);
        Ok(port)
    }

    /// Opens the log of a folder.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(in crate::bench) fn at(folder: &Path) -> Result<Self, Failure> {
        let store = EmbeddedStore::open(folder, EmbeddedOptions::default());
        let store = store.map_err(|error| Failure::Local(error.to_string()))?;
        Ok(Self { store: Arc::new(store), _data: None })
    }

    /// The log itself.
    pub(in crate::bench) fn store(&self) -> &Arc<EmbeddedStore> {
        &self.store
    }

    /// Writers to it.
    pub(in crate::bench) fn writers(&self, shape: &Shape) -> Vec<Box<dyn Writer>> {
        let writer = |_| {
            Box::new(PortWriter {
                store: Arc::clone(&self.store),
                expecting: shape.expecting,
                own: payload::own_stream(),
                last: None,
                data: shape.data.clone(),
            }) as Box<dyn Writer>
        };
        (0..shape.writers).map(writer).collect()
    }

    /// Writes what waits, and lets go of the folder.
    pub(in crate::bench) async fn close(self) {
        self.store.close().await;
    }
}

#[tonic::async_trait]
impl Writer for PortWriter {
    async fn append(&mut self, events: usize) -> Result<(), Failure> {
        let expected = match (self.expecting, self.last) {
            (Expecting::Any, _) => ExpectedRevision::Any,
            (Expecting::Exact, None) => ExpectedRevision::NoStream,
            (Expecting::Exact, Some(last)) => ExpectedRevision::Exact(last),
        };
        let stream = stream_of(self.expecting, &self.own)?;
        let events = (0..events).map(|_| payload::event(&self.data)).collect();
        let appended = self.store.append(&stream, expected, events).await;
        self.last = appended.map_err(|error| Failure::Local(error.to_string()))?.revision;
        Ok(())
    }
}
