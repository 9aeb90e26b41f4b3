//! A log that is under pressure: an append waits before it has its place, each for another while.

use std::sync::atomic::{AtomicUsize, Ordering};

use rapport_domain::envelope::{EventId, ExpectedRevision, NewEvent, Position, Revision, StreamId};
use rapport_domain::value::Instant;
use rapport_event_store::{
    AppendError, Appended, Direction, EventStore, EventStream, Filter, MemoryStore, Positions, ReadError,
};

#[derive(Default)]
pub(crate) struct Crowded {
    log: MemoryStore,
    appends: AtomicUsize,
}

#[tonic::async_trait]
impl EventStore for Crowded {
    async fn append(
        &self,
        stream: &StreamId,
        expected: ExpectedRevision,
        events: Vec<NewEvent>,
    ) -> Result<Appended, AppendError> {
        // The first of eight waits longest.
        let turns = 7 - self.appends.fetch_add(1, Ordering::Relaxed) % 8;
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
        self.log.append(stream, expected, events).await
    }

    fn read_stream(&self, stream: &StreamId, from: Revision, direction: Direction) -> EventStream {
        self.log.read_stream(stream, from, direction)
    }

    fn read_all(&self, from: Position, filter: &Filter) -> EventStream {
        self.log.read_all(from, filter)
    }

    async fn wait_for(&self, after: Position) -> Result<Position, ReadError> {
        self.log.wait_for(after).await
    }

    async fn head(&self) -> Result<Position, ReadError> {
        self.log.head().await
    }

    async fn position_at(&self, recorded_at: Instant) -> Result<Position, ReadError> {
        self.log.position_at(recorded_at).await
    }

    async fn position_of(&self, id: EventId) -> Result<Option<Position>, ReadError> {
        self.log.position_of(id).await
    }

    fn positions(&self) -> Positions {
        Positions::Dense
    }
}
