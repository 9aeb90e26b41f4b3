//! A stream, folded: the aggregate's state, and where the stream ends.

mod parts;

use futures::TryStreamExt as _;
use rapport_domain::aggregate::{Aggregate, StoredEvent as _};
use rapport_domain::envelope::{Position, Recorded, Revision, StreamId};
use rapport_event_store::{Direction, EventStore};

use self::parts::Parts;
use crate::call::Receipt;
use crate::failure::Failure;
use crate::recall::Recall;

/// Where a stream is read from.
pub(crate) struct Reading<'a, A: Aggregate> {
    pub(crate) store: &'a dyn EventStore,
    pub(crate) id: &'a A::Id,
    pub(crate) stream: &'a StreamId,
    /// What knows where its earlier events stand.
    pub(crate) recall: Option<&'a dyn Recall<A>>,
}

/// A stream as it stands.
pub(crate) struct Loaded<A: Aggregate> {
    pub(crate) state: A::State,
    pub(crate) receipt: Receipt,
    /// Whether what the stream had at its end is folded.
    pub(crate) is_current: bool,
    /// Events that were folded.
    pub(crate) folded: u64,
    /// What of a long stream is folded; `None`: all of it.
    parts: Option<Parts<A>>,
}

impl<A: Aggregate> Default for Loaded<A> {
    fn default() -> Self {
        Self {
            state: A::State::default(),
            receipt: Receipt { revision: None, position: Position::START },
            is_current: false,
            folded: 0,
            parts: None,
        }
    }
}

impl<A: Aggregate> Loaded<A> {
    /// Folds what the stream has beyond what is folded. Whoever does not wait for the end leaves what is folded by then.
    pub(crate) async fn catch_up(&mut self, reading: &Reading<'_, A>) -> Result<(), Failure> {
        self.is_current = false;
        if !self.catch_up_in_parts(reading).await? {
            self.catch_up_whole(reading).await?;
        }
        self.is_current = true;
        Ok(())
    }

    async fn catch_up_whole(&mut self, reading: &Reading<'_, A>) -> Result<(), Failure> {
        let mut events = reading.store.read_stream(reading.stream, self.next(), Direction::Forward);
        while let Some(recorded) = events.try_next().await? {
            let event = decode::<A>(&recorded)?;
            self.fold(&recorded, event.as_ref());
        }
        Ok(())
    }

    /// Takes in one recorded event. A type that this build does not know counts as a revision, and changes nothing else.
    fn fold(&mut self, recorded: &Recorded, event: Option<&A::Event>) {
        self.fold_earlier(event);
        self.receipt = Receipt { revision: Some(recorded.revision), position: recorded.position };
    }

    /// Takes in an event, without going on to where it stands.
    fn fold_earlier(&mut self, event: Option<&A::Event>) {
        if let Some(event) = event {
            self.state = A::evolve(std::mem::take(&mut self.state), event);
        }
        self.folded += 1;
    }

    /// How many things it holds where it is kept.
    pub(crate) fn weight(&self) -> u64 {
        A::size(&self.state).map_or(self.folded, |size| u64::try_from(size).unwrap_or(u64::MAX))
    }

    /// Where the stream goes on.
    pub(crate) fn next(&self) -> Revision {
        self.receipt.revision.map_or(Revision(0), |Revision(last)| Revision(last.saturating_add(1)))
    }
}

fn decode<A: Aggregate>(recorded: &Recorded) -> Result<Option<A::Event>, Failure> {
    let event = A::Event::decode(&recorded.event_type, &recorded.data).transpose();
    event.map_err(|cause| corrupt(recorded, &cause))
}

/// An event whose JSON does not have the shape of its type.
pub(crate) fn corrupt(recorded: &Recorded, cause: &serde_json::Error) -> Failure {
    Failure::EventCorrupt { position: recorded.position, cause: cause.to_string() }
}
