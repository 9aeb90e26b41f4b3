//! A store that fails when it is told to.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures::StreamExt as _;
use parking_lot::Mutex;
use rapport_application::{AppendError, ReadError};
use rapport_domain::envelope::{EventId, ExpectedRevision, NewEvent, Position, Revision, StreamId};
use rapport_domain::value::Instant;
use rapport_event_store::{Appended, Direction, EventStore, EventStream, Filter, MemoryStore, Positions};
use tokio::sync::Notify;

/// What becomes of the next append.
pub(crate) enum Whim {
    /// Nothing is written, and the answer is this.
    Refuse(AppendError),
    /// The events are written, and the answer is this.
    WriteAndSay(AppendError),
    /// Nothing is written, and no answer ever comes.
    Park,
    /// The events are written, and no answer ever comes.
    WriteAndPark,
}

/// A store in memory with whims.
#[derive(Default)]
pub(crate) struct FickleStore {
    log: MemoryStore,
    whims: Mutex<VecDeque<Whim>>,
    reads_to_park: AtomicUsize,
    parked: Arc<Notify>,
    /// How often anything was read or waited for.
    questions: AtomicUsize,
}

impl FickleStore {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Has a whim at the next append; several wait for their turn.
    pub(crate) fn next_append(&self, whim: Whim) {
        self.whims.lock().push_back(whim);
    }

    /// The next reading of a stream never ends.
    pub(crate) fn park_next_read(&self) {
        self.reads_to_park.fetch_add(1, Ordering::SeqCst);
    }

    /// Returns when somebody waits for an answer that never comes.
    pub(crate) async fn parked(&self) {
        self.parked.notified().await;
    }

    pub(crate) fn questions(&self) -> usize {
        self.questions.load(Ordering::SeqCst)
    }

    fn asked(&self) {
        self.questions.fetch_add(1, Ordering::SeqCst);
    }

    async fn park<T>(&self) -> T {
        self.parked.notify_one();
        std::future::pending().await
    }
}

#[async_trait]
impl EventStore for FickleStore {
    async fn append(
        &self,
        stream: &StreamId,
        expected: ExpectedRevision,
        events: Vec<NewEvent>,
    ) -> Result<Appended, AppendError> {
        let whim = self.whims.lock().pop_front();
        match whim {
            None => self.log.append(stream, expected, events).await,
            Some(Whim::Refuse(error)) => Err(error),
            Some(Whim::WriteAndSay(error)) => {
                self.log.append(stream, expected, events).await?;
                Err(error)
            }
            Some(Whim::Park) => self.park().await,
            Some(Whim::WriteAndPark) => {
                self.log.append(stream, expected, events).await?;
                self.park().await
            }
        }
    }

    fn read_stream(&self, stream: &StreamId, from: Revision, direction: Direction) -> EventStream {
        self.asked();
        let park = |left: usize| left.checked_sub(1);
        if self.reads_to_park.fetch_update(Ordering::SeqCst, Ordering::SeqCst, park).is_err() {
            return self.log.read_stream(stream, from, direction);
        }
        let parked = Arc::clone(&self.parked);
        futures::stream::once(async move {
            parked.notify_one();
            std::future::pending().await
        })
        .boxed()
    }

    fn read_all(&self, from: Position, filter: &Filter) -> EventStream {
        self.asked();
        self.log.read_all(from, filter)
    }

    async fn wait_for(&self, after: Position) -> Result<Position, ReadError> {
        self.asked();
        self.log.wait_for(after).await
    }

    async fn head(&self) -> Result<Position, ReadError> {
        self.asked();
        self.log.head().await
    }

    async fn position_at(&self, recorded_at: Instant) -> Result<Position, ReadError> {
        self.log.position_at(recorded_at).await
    }

    async fn position_of(&self, id: EventId) -> Result<Option<Position>, ReadError> {
        self.log.position_of(id).await
    }

    fn positions(&self) -> Positions {
        self.log.positions()
    }
}
