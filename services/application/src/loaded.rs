//! A stream, folded: the aggregate's state, and where the requests that made it stand.

use std::collections::HashMap;

use futures::TryStreamExt as _;
use rapport_domain::aggregate::{Aggregate, StoredEvent as _};
use rapport_domain::envelope::{EventId, Position, Recorded, Revision, StreamId};
use rapport_domain::value::Reference;
use rapport_event_store::{Direction, EventStore};

use crate::call::{Receipt, event_id};
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
    /// Whether it was folded to the stream's end.
    pub(crate) is_whole: bool,
    /// The revision of each event, by the beginning of its id. A long stream has many: the log tells the rest.
    revisions: HashMap<u64, Revision>,
}

impl<A: Aggregate> Default for Loaded<A> {
    fn default() -> Self {
        Self {
            state: A::State::default(),
            receipt: Receipt { revision: None, position: Position::START },
            is_whole: false,
            revisions: HashMap::new(),
        }
    }
}

impl<A: Aggregate> Loaded<A> {
    /// Folds what the stream has beyond what is folded. Whoever does not wait for the end leaves what is folded by then.
    pub(crate) async fn catch_up(
        &mut self,
        store: &dyn EventStore,
        stream: &StreamId,
    ) -> Result<(), Failure> {
        self.is_whole = false;
        let mut events = store.read_stream(stream, Revision(self.events()), Direction::Forward);
        while let Some(recorded) = events.try_next().await? {
            self.fold(&recorded)?;
        }
        self.is_whole = true;
        Ok(())
    }

    /// Takes in one recorded event, or nothing of it. A type that this build does not know counts as a revision, and
    /// changes nothing else.
    fn fold(&mut self, recorded: &Recorded) -> Result<(), Failure> {
        let event = A::Event::decode(&recorded.event_type, &recorded.data).transpose();
        if let Some(event) = event.map_err(|cause| corrupt(recorded, &cause))? {
            self.state = A::evolve(std::mem::take(&mut self.state), &event);
        }
        self.remember(recorded.id, recorded.revision);
        self.receipt = Receipt { revision: Some(recorded.revision), position: recorded.position };
        Ok(())
    }

    /// Remembers where an event stands, so that its request gets the same answer again.
    pub(crate) fn remember(&mut self, id: EventId, revision: Revision) {
        self.revisions.insert(beginning(id), revision);
    }

    /// What became of a request, if it was applied: its events, which stand next to each other, tell.
    pub(crate) async fn applied(
        &self,
        store: &dyn EventStore,
        stream: &StreamId,
        request_id: &Reference,
    ) -> Result<Option<Applied>, Failure> {
        let Some(first) = self.revisions.get(&beginning(event_id(request_id, 0))) else { return Ok(None) };
        let mut events = store.read_stream(stream, *first, Direction::Forward);
        let mut applied = None;
        for ordinal in 0.. {
            match events.try_next().await? {
                Some(recorded) if recorded.id == event_id(request_id, ordinal) => {
                    let metadata = recorded.metadata().map_err(|cause| corrupt(&recorded, &cause))?;
                    let receipt = Receipt { revision: Some(recorded.revision), position: recorded.position };
                    applied = Some(Applied { digest: metadata.request_digest, receipt });
                }
                Some(_) | None => break,
            }
        }
        Ok(applied)
    }

    /// How many events the stream has.
    pub(crate) fn events(&self) -> u64 {
        self.receipt.revision.map_or(0, |revision| revision.0.saturating_add(1))
    }
}

/// The first 8 bytes of an id; two ids may have the same.
fn beginning(id: EventId) -> u64 {
    id.0.as_u64_pair().0
}

fn corrupt(recorded: &Recorded, cause: &serde_json::Error) -> Failure {
    Failure::EventCorrupt { position: recorded.position, cause: cause.to_string() }
}
