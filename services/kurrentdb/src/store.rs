//! The adapter: connecting, and the port.

mod reads;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use async_trait::async_trait;
use eventstore::Client;
use parking_lot::Mutex;
use rapport_domain::envelope::{EventId, ExpectedRevision, NewEvent, Position, Revision, StreamId};
use rapport_domain::value::Instant;
use rapport_event_store::{
    AppendError, Appended, Direction, DirectoryLock, EventStore, EventStream, Filter, Outcome, Positions,
    ReadError, create_directory, limits,
};
use tokio::task::JoinHandle;

use crate::address::ConnectionString;
use crate::append::Append;
use crate::claims::Claims;
use crate::error::ConnectError;
use crate::follower::{self, Progress};
use crate::index::Index;
use crate::known::{CATCH_UP_TIME_MAX, Known};
use crate::link::{self, Link};
use crate::metrics::KurrentMetrics;
use crate::trouble::Trouble;
use crate::trust;

/// How long a server that does not answer is waited for at the start.
const START_TIME_MAX: Duration = Duration::from_secs(10);

/// An event store in KurrentDB, with an index of it in a directory of this machine. Several processes, each with a
/// directory of its own, may use one log.
pub struct KurrentStore {
    known: Arc<Known>,
    claims: Claims,
    append_bytes_max: usize,
    metrics: KurrentMetrics,
    follower: JoinHandle<()>,
    lock: Mutex<Option<DirectoryLock>>,
}

impl KurrentStore {
    /// Connects, checks that the log can be read, and reads what the directory does not know of it yet: all of it the
    /// first time. Comes back when the end of the log is reached.
    ///
    /// # Errors
    /// See [`ConnectError`]; each says what to do.
    pub async fn connect(connection: &ConnectionString, directory: &Path) -> Result<Self, ConnectError> {
        create_directory(directory)?;
        let lock = DirectoryLock::acquire(directory)?;
        trust::check(&connection.settings)?;
        let address = connection.to_string();
        let metrics = KurrentMetrics::default();
        let link = Link::new(connection.settings.clone(), connection.credentials.clone(), metrics.clone());
        let link = link.map_err(|trouble| refused(&address, &trouble))?;
        let version = greet(&link, &address).await?;
        tracing::info!(%address, version, "connected to KurrentDB");
        let index = Index::open(directory)?;
        let unusable = |error: crate::index::IndexError| log_error(&address, &error.to_string());
        let progress = Progress {
            checkpoint: index.checkpoint().await.map_err(unusable)?,
            end: index.end().await.map_err(unusable)?,
        };
        let known = Arc::new(Known::new(link, index, progress.end.position));
        let asked = known.ask();
        let follower = tokio::spawn(follower::follow(Arc::clone(&known), progress));
        let append_bytes_max = connection.append_bytes_max;
        let store = Self {
            known,
            claims: Claims::default(),
            append_bytes_max,
            metrics,
            follower,
            lock: Mutex::new(Some(lock)),
        };
        match asked.await {
            Ok(Ok(_)) => Ok(store),
            Ok(Err(error)) => Err(log_error(&address, &error.to_string())),
            Err(_) => Err(log_error(&address, "the follower ended")),
        }
    }

    /// What to register for operators.
    #[must_use]
    pub fn metrics(&self) -> &KurrentMetrics {
        &self.metrics
    }

    /// Whether the log has no event of Rapport's.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.head() == Position::START
    }

    /// Whether the log cannot be followed at the moment: the server is out of reach, or what it holds cannot be read.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        self.known.is_in_trouble()
    }

    /// Stops following and lets go of the directory. Whatever is asked afterwards is answered with `Closed`.
    pub fn close(&self) {
        self.known.close();
        self.follower.abort();
        *self.lock.lock() = None;
    }
}

impl fmt::Debug for KurrentStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KurrentStore").field("head", &self.known.head()).finish_non_exhaustive()
    }
}

impl Drop for KurrentStore {
    fn drop(&mut self) {
        self.close();
    }
}

/// The first call: whether anybody answers. The server's version.
async fn greet(link: &Link, address: &str) -> Result<String, ConnectError> {
    let begun = Stopwatch::now();
    let mut attempts = 0;
    loop {
        let ask = |client: Client| async move {
            client.server_info().await.map(|server| server.version().to_string())
        };
        match link.call(ask).await {
            Ok(version) => return Ok(version),
            Err(trouble) if trouble.passes().is_none() => return Err(refused(address, &trouble)),
            Err(trouble) if begun.elapsed() > START_TIME_MAX => {
                return Err(ConnectError::Unreachable {
                    address: address.to_owned(),
                    cause: trouble.to_string(),
                });
            }
            Err(trouble) => {
                attempts += 1;
                tracing::warn!(%address, error = %trouble, "KurrentDB does not answer yet");
                tokio::time::sleep(link::pause(attempts)).await;
            }
        }
    }
}

fn refused(address: &str, trouble: &Trouble) -> ConnectError {
    ConnectError::Refused { address: address.to_owned(), cause: trouble.to_string() }
}

fn log_error(address: &str, cause: &str) -> ConnectError {
    ConnectError::Log { address: address.to_owned(), cause: cause.to_owned() }
}

#[async_trait]
impl EventStore for KurrentStore {
    async fn append(
        &self,
        stream: &StreamId,
        expected: ExpectedRevision,
        events: Vec<NewEvent>,
    ) -> Result<Appended, AppendError> {
        let bytes = limits::measure(&events)?;
        if bytes > self.append_bytes_max {
            let limit = self.append_bytes_max;
            return Err(AppendError::TooLarge { unit: "bytes", limit, actual: bytes });
        }
        if self.known.is_closed() {
            return Err(AppendError::Closed);
        }
        let _claim = self.claims.claim(stream, &events).await;
        let answer = Append::new(&self.known, stream, expected, &events).run().await;
        self.metrics.appended(match &answer {
            Ok(Appended { repeated: true, .. }) => "repeated",
            Ok(_) => "written",
            Err(error) if error.outcome() == Outcome::Unknown => "unknown",
            Err(AppendError::Unavailable { .. } | AppendError::Closed) => "unavailable",
            Err(_) => "refused",
        });
        answer
    }

    fn read_stream(&self, stream: &StreamId, from: Revision, direction: Direction) -> EventStream {
        reads::of_stream(Arc::clone(&self.known), stream.clone(), from, direction)
    }

    fn read_all(&self, from: Position, filter: &Filter) -> EventStream {
        reads::of_log(Arc::clone(&self.known), from, filter.clone())
    }

    async fn wait_for(&self, after: Position) -> Result<Position, ReadError> {
        self.known.wait_for(after).await
    }

    async fn head(&self) -> Result<Position, ReadError> {
        self.known.catch_up(CATCH_UP_TIME_MAX).await
    }

    async fn position_at(&self, recorded_at: Instant) -> Result<Position, ReadError> {
        self.known.catch_up(CATCH_UP_TIME_MAX).await?;
        Ok(self.known.index.position_at(recorded_at).await?)
    }

    async fn position_of(&self, id: EventId) -> Result<Option<Position>, ReadError> {
        Ok(self.positions_of(vec![id]).await?.into_iter().next().flatten())
    }

    async fn positions_of(&self, ids: Vec<EventId>) -> Result<Vec<Option<Position>>, ReadError> {
        self.known.catch_up(CATCH_UP_TIME_MAX).await?;
        let found = self.known.index.find(ids).await?;
        Ok(found.into_iter().map(|found| found.map(|found| found.position)).collect())
    }

    fn positions(&self) -> Positions {
        Positions::Sparse
    }
}
