//! A stream, folded: the aggregate's state, and the requests that made it.

use std::collections::BTreeMap;

use futures::TryStreamExt as _;
use rapport_domain::aggregate::{Aggregate, StoredEvent as _};
use rapport_domain::envelope::{Position, Recorded, Revision, StreamId};
use rapport_event_store::{Direction, EventStore};

use crate::call::Receipt;
use crate::failure::Failure;

/// A request that was applied, and what it got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Applied {
    pub(crate) digest: String,
    pub(crate) receipt: Receipt,
}

/// A stream as it stands.
pub(crate) struct Loaded<A: Aggregate> {
    pub(crate) state: A::State,
    pub(crate) receipt: Receipt,
    pub(crate) requests: BTreeMap<String, Applied>,
}

impl<A: Aggregate> Loaded<A> {
    /// Folds a stream from its first event.
    pub(crate) async fn read(store: &dyn EventStore, stream: &StreamId) -> Result<Self, Failure> {
        let mut loaded = Self {
            state: A::State::default(),
            receipt: Receipt { revision: None, position: Position::START },
            requests: BTreeMap::new(),
        };
        let mut events = store.read_stream(stream, Revision(0), Direction::Forward);
        while let Some(recorded) = events.try_next().await? {
            loaded.fold(&recorded)?;
        }
        Ok(loaded)
    }

    /// Takes in one recorded event. A type that this build does not know counts as a revision, and changes
    /// nothing else.
    fn fold(&mut self, recorded: &Recorded) -> Result<(), Failure> {
        let corrupt = |cause: serde_json::Error| Failure::EventCorrupt {
            position: recorded.position,
            cause: cause.to_string(),
        };
        self.receipt = Receipt { revision: Some(recorded.revision), position: recorded.position };
        let event = A::Event::decode(&recorded.event_type, &recorded.data);
        match recorded.metadata() {
            Ok(metadata) => self.remember(metadata.request_id, metadata.request_digest, self.receipt),
            // Another service wrote it, with metadata of its own.
            Err(_) if event.is_none() => {}
            Err(cause) => return Err(corrupt(cause)),
        }
        if let Some(event) = event {
            let event = event.map_err(corrupt)?;
            self.state = A::evolve(std::mem::take(&mut self.state), &event);
        }
        Ok(())
    }

    /// Keeps what a request got, so that it gets the same again.
    pub(crate) fn remember(&mut self, request_id: String, digest: String, receipt: Receipt) {
        self.requests.insert(request_id, Applied { digest, receipt });
    }
}
