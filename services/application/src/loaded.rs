//! A stream, folded: the aggregate's state, and the requests that made it.

use std::collections::BTreeMap;

use futures::TryStreamExt as _;
use rapport_domain::aggregate::{Aggregate, StoredEvent as _};
use rapport_domain::envelope::{Position, Recorded, Revision, StreamId};
use rapport_domain::id::derived_uuid;
use rapport_event_store::{Direction, EventStore};

use uuid::Uuid;

use crate::call::Receipt;
use crate::failure::Failure;

/// A request that was applied, and what it got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Applied {
    digest: Uuid,
    pub(crate) receipt: Receipt,
}

impl Applied {
    /// Whether the request's digest is this one.
    pub(crate) fn is_of(&self, digest: &str) -> bool {
        self.digest == short("digest", digest)
    }
}

/// 16 bytes that stand for a text: a long stream has many requests, and all are kept.
fn short(kind: &str, text: &str) -> Uuid {
    derived_uuid(&[kind, text])
}

/// A stream as it stands.
pub(crate) struct Loaded<A: Aggregate> {
    pub(crate) state: A::State,
    pub(crate) receipt: Receipt,
    /// Whether it was folded to the stream's end.
    pub(crate) is_whole: bool,
    requests: BTreeMap<Uuid, Applied>,
}

impl<A: Aggregate> Default for Loaded<A> {
    fn default() -> Self {
        Self {
            state: A::State::default(),
            receipt: Receipt { revision: None, position: Position::START },
            is_whole: false,
            requests: BTreeMap::new(),
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
        let corrupt = |cause: serde_json::Error| Failure::EventCorrupt {
            position: recorded.position,
            cause: cause.to_string(),
        };
        let event = A::Event::decode(&recorded.event_type, &recorded.data).transpose().map_err(corrupt)?;
        let receipt = Receipt { revision: Some(recorded.revision), position: recorded.position };
        match recorded.metadata() {
            Ok(metadata) => self.remember(&metadata.request_id, &metadata.request_digest, receipt),
            // Another service wrote it, with metadata of its own.
            Err(_) if event.is_none() => {}
            Err(cause) => return Err(corrupt(cause)),
        }
        if let Some(event) = event {
            self.state = A::evolve(std::mem::take(&mut self.state), &event);
        }
        self.receipt = receipt;
        Ok(())
    }

    /// Keeps what a request got, so that it gets the same again.
    pub(crate) fn remember(&mut self, request_id: &str, digest: &str, receipt: Receipt) {
        let applied = Applied { digest: short("digest", digest), receipt };
        self.requests.insert(short("request", request_id), applied);
    }

    /// What became of a request, if it was applied.
    pub(crate) fn applied(&self, request_id: &str) -> Option<&Applied> {
        self.requests.get(&short("request", request_id))
    }

    /// How many events the stream has.
    pub(crate) fn events(&self) -> u64 {
        self.receipt.revision.map_or(0, |revision| revision.0.saturating_add(1))
    }
}
