//! The connections that queries run on.

use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task;
use tokio::time::{Instant, timeout_at};

use super::file::{ModelFile, OpenError};
use crate::query::QueryError;

/// Queries that run on one file of a read model at the same time; others wait.
pub const READERS_MAX: u32 = 4;

/// Makes one more connection.
type Opener = Arc<dyn Fn() -> Result<Connection, QueryError> + Send + Sync>;

/// A small pool of connections that only read.
pub(crate) struct Readers {
    projection: &'static str,
    open: Opener,
    permits: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

/// Nobody reads while this is held, and no connection is open.
pub(crate) struct Exclusive {
    _permits: OwnedSemaphorePermit,
}

impl Readers {
    /// Of a file that somebody else writes.
    pub(crate) fn new(file: ModelFile) -> Self {
        let projection = file.projection;
        let open = move || Ok(file.open_reader()?);
        Self::opened_by(projection, Vec::new(), Arc::new(open))
    }

    /// Of a view, whose first connection is there already.
    pub(crate) fn of_view(
        projection: &'static str,
        first: Connection,
        open: impl Fn() -> Result<Connection, OpenError> + Send + Sync + 'static,
    ) -> Self {
        Self::opened_by(projection, vec![first], Arc::new(move || Ok(open()?)))
    }

    fn opened_by(projection: &'static str, idle: Vec<Connection>, open: Opener) -> Self {
        let permits = Semaphore::new(usize::try_from(READERS_MAX).unwrap_or(1));
        Self { projection, open, permits: Arc::new(permits), idle: Arc::new(Mutex::new(idle)) }
    }

    /// Runs a query on a connection of its own, on a thread that may block.
    pub(crate) async fn run<T, Q>(&self, deadline: Instant, query: Q) -> Result<T, QueryError>
    where
        T: Send + 'static,
        Q: FnOnce(&mut Connection) -> Result<T, QueryError> + Send + 'static,
    {
        let projection = self.projection;
        let permit = match timeout_at(deadline, Arc::clone(&self.permits).acquire_owned()).await {
            Ok(Ok(permit)) => permit,
            Ok(Err(_)) => return Err(QueryError::Closed { projection }),
            Err(_) => return Err(QueryError::Busy { projection }),
        };
        let (open, idle) = (Arc::clone(&self.open), Arc::clone(&self.idle));
        let work = task::spawn_blocking(move || {
            // Held to the end, even when nobody waits for the answer any more.
            let _permit = permit;
            let pooled = idle.lock().pop();
            let mut connection = pooled.map_or_else(|| open(), Ok)?;
            let answer = query(&mut connection);
            idle.lock().push(connection);
            answer
        });
        work.await.map_err(|_| QueryError::Unavailable { cause: "the query ended in a panic".to_owned() })?
    }

    /// Waits for the queries that run, closes every connection, and keeps new queries out.
    pub(crate) async fn exclude(&self) -> Option<Exclusive> {
        let permits = Arc::clone(&self.permits).acquire_many_owned(READERS_MAX).await.ok()?;
        self.idle.lock().clear();
        Some(Exclusive { _permits: permits })
    }
}
