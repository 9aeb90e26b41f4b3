//! A few connections that only read, used on the runtime's blocking threads.

use std::path::PathBuf;
use std::sync::Arc;

use futures::stream::{self, StreamExt, TryStreamExt};
use parking_lot::Mutex;
use rapport_domain::envelope::Recorded;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::error::read_failed;
use super::lock::DirectoryLock;
use super::schema;
use crate::port::{EventStream, ReadError};

/// Most connections that can be asked for.
const READERS_MAX: u32 = 64;
/// Most events of one page.
pub(super) const PAGE_EVENTS: u64 = 512;
/// A page ends once its events have so many bytes of metadata and data.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// The connections. At most so many reads run at a time; the others wait.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    permits: Arc<Semaphore>,
    count: u32,
    pool: Mutex<Option<Pool>>,
}

/// What the readers hold until they are closed, whoever still holds one of their streams.
#[derive(Debug)]
struct Pool {
    idle: Vec<Connection>,
    lock: Arc<DirectoryLock>,
}

impl Readers {
    pub(super) fn new(path: PathBuf, count: usize, lock: Arc<DirectoryLock>) -> Self {
        let count = u32::try_from(count).unwrap_or(u32::MAX).clamp(1, READERS_MAX);
        let permits = Arc::new(Semaphore::new(count as usize));
        Self { path, permits, count, pool: Mutex::new(Some(Pool { idle: Vec::new(), lock })) }
    }

    /// Runs a read on a connection of its own.
    pub(super) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Connection) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| ReadError::Closed)?;
        let readers = Arc::clone(self);
        let task = tokio::task::spawn_blocking(move || {
            let _running = permit;
            readers.with_connection(read)
        });
        task.await.map_err(|error| ReadError::Unavailable { cause: error.to_string() })?
    }

    fn with_connection<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let taken = self.pool.lock().as_mut().map(|pool| (Arc::clone(&pool.lock), pool.idle.pop()));
        let (_lock, idle) = taken.ok_or(ReadError::Closed)?;
        let connection = match idle {
            Some(connection) => connection,
            None => schema::open_reader(&self.path).map_err(|e| read_failed(&e))?,
        };
        let result = read(&connection);
        if let Some(pool) = self.pool.lock().as_mut() {
            pool.idle.push(connection);
        }
        result
    }

    /// Ends reading: waits for the reads that run, refuses new ones, closes the connections.
    pub(super) async fn close(&self) {
        let running = self.permits.acquire_many(self.count).await;
        self.end();
        drop(running);
    }

    /// Refuses new reads and closes the connections that no read uses.
    pub(super) fn end(&self) {
        self.permits.close();
        *self.pool.lock() = None;
    }
}

/// A page under construction, limited in events and bytes.
#[derive(Debug, Default)]
pub(super) struct Page {
    events: Vec<Recorded>,
    bytes: usize,
}

impl Page {
    pub(super) fn push(&mut self, event: Recorded) {
        self.bytes += event.metadata.len() + event.data.len();
        self.events.push(event);
    }

    pub(super) fn len(&self) -> u64 {
        self.events.len() as u64
    }

    pub(super) fn is_full(&self) -> bool {
        self.bytes >= PAGE_BYTES
    }

    pub(super) fn into_events(self) -> Vec<Recorded> {
        self.events
    }
}

/// Reads page after page, each when it is asked for: a slow consumer holds no connection and no snapshot.
/// `next` gives the events of a page and where the next one begins; nothing at the end.
pub(super) fn pages<C, F, N>(first: C, next: N) -> EventStream
where
    C: Send + 'static,
    F: Future<Output = Result<Option<(Vec<Recorded>, C)>, ReadError>> + Send + 'static,
    N: FnMut(C) -> F + Send + 'static,
{
    stream::try_unfold(first, next)
        .map_ok(|events| stream::iter(events.into_iter().map(Ok)))
        .try_flatten()
        .boxed()
}
