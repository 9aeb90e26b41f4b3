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
use tokio::sync::{Barrier, Notify};

/// What becomes of the next append.
pub(crate) enum Whim {
    /// The events are written, and that is said.
    Pass,
    /// Nothing is written, and the answer is this.
    Refuse(AppendError),
    /// The events are written, and the answer is this.
    WriteAndSay(AppendError),
    /// Nothing is written, and no answer ever comes.
    Park,
    /// The events are written, and no answer ever comes.
    WriteAndPark,
    /// The events are written when as many as that want to write.
    Gather(Arc<Barrier>),
    /// The events are written once that is let.
    Hold(Arc<Notify>),
}

/// A store in memory with whims.
#[derive(Default)]
pub(crate) struct FickleStore {
    log: MemoryStore,
    whims: Mutex<VecDeque<Whim>>,
    /// After how many events the next readings of a stream have no more.
    reads_to_park: Mutex<VecDeque<usize>>,
    /// Where the readings of a stream began.
    read_from: Mutex<Vec<Revision>>,
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
        self.park_next_read_after(0);
    }

    /// The next reading of a stream gives so many events, and never ends.
    pub(crate) fn park_next_read_after(&self, events: usize) {
        self.reads_to_park.lock().push_back(events);
    }

    /// Where the readings of a stream began since this was asked last.
    pub(crate) fn read_from(&self) -> Vec<Revision> {
        std::mem::take(&mut *self.read_from.lock())
    }

    /// Returns when somebody waits for an answer that never comes, or for being let write.
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
            None | Some(Whim::Pass) => self.log.append(stream, expected, events).await,
            Some(Whim::Refuse(error)) => Err(error),
            Some(Whim::WriteAndSay(error)) => {
                self.log.append(stream, expected, events).await?;
                Err(error)
            }
            Some(Whim::Gather(barrier)) => {
                barrier.wait().await;
                self.log.append(stream, expected, events).await
            }
            Some(Whim::Hold(let_go)) => {
                self.parked.notify_one();
                let_go.notified().await;
                self.log.append(stream, expected, events).await
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
        self.read_from.lock().push(from);
        let events = self.log.read_stream(stream, from, direction);
        let Some(given) = self.reads_to_park.lock().pop_front() else { return events };
        let parked = Arc::clone(&self.parked);
        let never = futures::stream::once(async move {
            parked.notify_one();
            std::future::pending().await
        });
        events.take(given).chain(never).boxed()
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
