//! The embedded log: SQLite, laid out for appending.
//!
//! Appends touch sequential pages only. The indexes by stream and by event id are filled later, in bulk; what they
//! do not hold yet is indexed in memory and read again at the start. One writer thread commits everything that
//! waits at once, another thread copies the write-ahead log into the log file, readers have connections of their own.
//!
//! Where to look: [`schema`] for the file, [`writer`] and [`log`] for appends, [`tail`] and [`merge`] for the
//! indexes, [`scan`] and [`stream`] for reads, [`Checkpointer`] for the write-ahead log; [`log_file`] for who reads a
//! log that another process may have open, [`check`] and [`copy`] for what operators do with it.

mod check;
mod copy;
mod error;
mod group;
mod index;
mod last_commit;
mod lock;
mod log;
mod log_file;
mod merge;
mod open;
mod options;
mod readers;
mod recent;
mod row;
mod runs;
mod scan;
mod schema;
mod shared;
mod sound_types;
mod soundness;
mod stream;
mod tail;
mod wal;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use async_trait::async_trait;
use futures::stream::{self as streams, StreamExt};
use parking_lot::Mutex;
use rapport_domain::envelope::{EventId, ExpectedRevision, NewEvent, Position, Recorded, Revision, StreamId};
use rapport_domain::value::Instant;
use rapport_write_ahead::Checkpointer;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use self::log::{Log, SizeLimit, UNLIMITED};
use self::merge::Merger;
use self::readers::Readers;
use self::recent::Recent;
use self::shared::Shared;
use self::writer::{Answers, Queued, Request};
use crate::limits;
use crate::metrics::AppendMetrics;
use crate::port::{
    Append, AppendError, Appended, Direction, EventStore, EventStream, Filter, Pending, Positions, ReadError,
};

pub use self::check::{Inspector, LogFault, LogFinding, LogReport, check_log};
pub use self::copy::{CopyError, LogCopy};
pub use self::error::OpenError;
pub use self::lock::{DirectoryLock, create_directory};
pub use self::log_file::{Digest, LogFile};
pub use self::options::EmbeddedOptions;

/// Appends that wait for the writer; further callers wait outside.
const QUEUE_APPENDS_MAX: usize = 1_024;
/// Memory that the waiting appends take together, in KiB.
const QUEUE_KIB_MAX: usize = 64 * 1_024;

/// An event store in a directory of this machine. One process at a time has it open.
#[derive(Debug)]
pub struct EmbeddedStore {
    queue: Option<mpsc::Sender<Request>>,
    room: Arc<Semaphore>,
    shared: Arc<Shared>,
    readers: Arc<Readers>,
    metrics: AppendMetrics,
    log_id: String,
    bytes_max: Arc<AtomicU64>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl EmbeddedStore {
    /// Opens the log of a data directory, and creates both where there is none. Blocks while it reads what the
    /// indexes do not hold yet.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(directory: &Path, options: EmbeddedOptions) -> Result<Self, OpenError> {
        #[cfg(feature = "seeded-bugs")]
        let options = crate::seeded_bug::intervals(options);
        create_directory(directory)?;
        let lock = Arc::new(DirectoryLock::acquire(directory)?);
        let path = schema::log_path(directory);
        soundness::judge(&path)?;
        let wal = soundness::wal_path(&path);
        last_commit::force_again(&wal).map_err(|source| OpenError::Io { path: wal, source })?;
        let mut connection = schema::open_writer(&path)?;
        let log_id = schema::log_id(&connection)?;
        let end = open::end(&connection)?;
        let open::Index { runs, leftovers, tables_to, tail } = open::index(&connection, end)?;
        let merger = Merger::new(options.index_interval, &runs, leftovers);
        let recent = Recent::new(options.recent_bytes);
        let shared = Arc::new(Shared::new(tail, recent, runs, tables_to, end.position));
        let readers = Arc::new(Readers::new(path.clone(), options.readers, Arc::clone(&lock)));
        let no_thread = |source| OpenError::Io { path: path.clone(), source };
        let checkpointer = {
            let path = path.clone();
            let open = move || schema::open_checkpointer(&path);
            let (name, pages) = ("rapport-log-checkpoint".to_owned(), options.checkpoint_pages);
            Checkpointer::start(name, &mut connection, pages, open).map_err(no_thread)?
        };
        let metrics = AppendMetrics::new();
        let bytes_max = Arc::new(AtomicU64::new(options.log_bytes_max.unwrap_or(UNLIMITED)));
        let log = Log {
            connection,
            shared: Arc::clone(&shared),
            checkpointer,
            merger,
            metrics: metrics.clone(),
            heads: log::stream_heads(&options),
            clock: options.clock,
            end,
            limit: SizeLimit::new(Arc::clone(&bytes_max)),
            broken: None,
            _lock: lock,
        };
        let (queue, inbox) = mpsc::channel(QUEUE_APPENDS_MAX);
        let thread = std::thread::Builder::new().name("rapport-log-writer".to_owned());
        let writer = thread.spawn(move || writer::run(log, inbox)).map_err(no_thread)?;
        let room = Arc::new(Semaphore::new(QUEUE_KIB_MAX));
        let (queue, writer) = (Some(queue), Mutex::new(Some(writer)));
        Ok(Self { queue, room, shared, readers, metrics, log_id, bytes_max, writer })
    }

    /// Random name of this log, 32 hexadecimal digits.
    #[must_use]
    pub fn log_id(&self) -> &str {
        &self.log_id
    }

    /// Whether the log has no event, or is closed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shared.head().is_ok_and(|head| head == Position::START)
    }

    /// Whether a failed write has left the log in doubt, so that it takes no more until it is opened again.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.metrics.is_read_only()
    }

    /// What to register for operators.
    #[must_use]
    pub fn metrics(&self) -> &AppendMetrics {
        &self.metrics
    }

    /// Sets the largest size of the log file in bytes, from the next append on; `None` lifts the limit. A log that
    /// has reached it answers [`AppendError::StorageFull`].
    pub fn set_log_bytes_max(&self, bytes: Option<u64>) {
        self.bytes_max.store(bytes.unwrap_or(UNLIMITED), Ordering::Relaxed);
    }

    /// Finishes the appends that wait, copies everything into the log file and lets go of the directory. Whatever
    /// is asked afterwards is answered with `Closed`.
    pub async fn close(&self) {
        self.readers.close().await;
        if let Some(queue) = &self.queue {
            // The writer that has ended already needs no telling.
            let _ = queue.send(Request::Stop).await;
        }
        let writer = self.writer.lock().take();
        if let Some(writer) = writer {
            let ended = tokio::task::spawn_blocking(move || writer.join()).await;
            if !matches!(ended, Ok(Ok(()))) {
                tracing::error!("the writer of the log has panicked");
            }
        }
    }

    /// Puts appends into the writer's queue, to be done in turn.
    async fn enqueue(&self, appends: Vec<Append>) -> Result<oneshot::Receiver<Answers>, AppendError> {
        let mut bytes = 0;
        for append in &appends {
            bytes += limits::measure(&append.events)?;
        }
        let queue = self.queue.as_ref().ok_or(AppendError::Closed)?;
        let room = self.room_for(bytes).await?;
        let (answer, answered) = oneshot::channel();
        let queued = Queued { appends, answer, _room: room };
        queue.send(Request::Append(queued)).await.map_err(|_| AppendError::Closed)?;
        Ok(answered)
    }

    /// Room in the queue for an append of so many bytes.
    async fn room_for(&self, bytes: usize) -> Result<OwnedSemaphorePermit, AppendError> {
        let kib = u32::try_from(bytes / 1_024 + 1).unwrap_or(u32::MAX);
        Arc::clone(&self.room).acquire_many_owned(kib).await.map_err(|_| AppendError::Closed)
    }
}

/// What the writer says to an append that was queued alone.
async fn answered(answers: oneshot::Receiver<Answers>) -> Result<Appended, AppendError> {
    answers.await.ok().and_then(|mut answers| answers.pop()).unwrap_or_else(|| Err(lost()))
}

fn lost() -> AppendError {
    AppendError::OutcomeUnknown { cause: "the writer of the log has ended".to_owned() }
}

impl Drop for EmbeddedStore {
    /// Waits until the appends that are queued are on disk.
    fn drop(&mut self) {
        self.readers.end();
        self.queue = None;
        if self.writer.lock().take().is_some_and(|writer| writer.join().is_err()) {
            tracing::error!("the writer of the log has panicked");
        }
    }
}

#[async_trait]
impl EventStore for EmbeddedStore {
    async fn append(
        &self,
        stream: &StreamId,
        expected: ExpectedRevision,
        events: Vec<NewEvent>,
    ) -> Result<Appended, AppendError> {
        let append = Append { stream: stream.clone(), expected, events, recorded_at: None };
        answered(self.enqueue(vec![append]).await?).await
    }

    async fn append_in_turn(&self, appends: Vec<Append>) -> Vec<Result<Appended, AppendError>> {
        let mut answers = Vec::with_capacity(appends.len());
        let mut appends = appends.into_iter().peekable();
        while appends.peek().is_some() {
            match self.enqueue(limits::together(&mut appends)).await {
                Ok(answered) => answers.extend(answered.await.unwrap_or_else(|_| vec![Err(lost())])),
                Err(error) => answers.push(Err(error)),
            }
            if answers.last().is_some_and(Result::is_err) {
                break;
            }
        }
        answers
    }

    async fn submit(&self, stream: StreamId, expected: ExpectedRevision, events: Vec<NewEvent>) -> Pending {
        match self.enqueue(vec![Append { stream, expected, events, recorded_at: None }]).await {
            Ok(answer) => Box::pin(answered(answer)),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }

    fn read_stream(&self, stream: &StreamId, from: Revision, direction: Direction) -> EventStream {
        stream::read(&self.readers, &self.shared, stream, from, direction)
    }

    fn read_all(&self, from: Position, filter: &Filter) -> EventStream {
        match self.shared.head() {
            Ok(head) => scan::read(&self.readers, &self.shared, from, head, filter.clone()),
            Err(error) => streams::once(std::future::ready(Err(error))).boxed(),
        }
    }

    async fn read_at(&self, position: Position) -> Result<Option<Recorded>, ReadError> {
        if position == Position::START || position > self.shared.head()? {
            return Ok(None);
        }
        let read = self.readers.run(move |connection| row::event_at(connection, position)).await?;
        read.map(Some).ok_or_else(|| error::corrupt(position, "it is missing"))
    }

    async fn wait_for(&self, after: Position) -> Result<Position, ReadError> {
        self.shared.wait_for(after).await
    }

    async fn head(&self) -> Result<Position, ReadError> {
        self.shared.head()
    }

    async fn position_at(&self, recorded_at: Instant) -> Result<Position, ReadError> {
        let head = self.shared.head()?;
        self.readers.run(move |connection| scan::position_at(connection, head, recorded_at)).await
    }

    async fn position_of(&self, id: EventId) -> Result<Option<Position>, ReadError> {
        Ok(self.positions_of(vec![id]).await?.into_iter().next().flatten())
    }

    async fn positions_of(&self, ids: Vec<EventId>) -> Result<Vec<Option<Position>>, ReadError> {
        index::find(&self.readers, &self.shared, ids).await
    }

    fn positions(&self) -> Positions {
        Positions::Dense
    }
}
