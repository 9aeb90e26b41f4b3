//! The runtime of every read model: one file, one task that follows the log, a few readers.
//!
//! It owns three promises. Every event is taken in once, in order: rows and checkpoint are one transaction, and
//! a hole in the log is an alarm. An answer says which position it stands for. What is derived can be derived
//! again: any file may be deleted, and comes back.

mod feed;
mod file;
mod follower;
mod past;
mod progress;
mod readers;
mod snapshots;
mod writer;

use std::path::Path;
use std::sync::Arc;

use rapport_domain::envelope::Position;
use rapport_domain::value::Instant as Moment;
use rapport_event_store::EventStore;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

pub(crate) use self::feed::Feed;
pub(crate) use self::file::ModelFile;

pub(crate) use self::past::Archive;

use self::file::Checkpoint;
use self::follower::{Command, Follower};
use self::past::{Known, Past};
use self::progress::{Progress, wait_until};
use self::readers::Readers;
use crate::projection::Projection;
use crate::query::{Answer, Freshness, QueryError};

pub use self::feed::{PAGE_BYTES_MAX, PAGES_KEPT_MAX};
pub use self::file::{ModelReport, OpenError};
pub use self::follower::{
    BATCH_BYTES_MAX, CATCH_UP_BATCH_EVENTS_MAX, LIVE_BATCH_EVENTS_MAX, STORAGE_RETRIES_MAX,
};
pub use self::past::{FOLDS_MAX, VIEWS_BYTES_MAX, VIEWS_MAX};
pub use self::progress::{Parked, State};
pub use self::readers::READERS_MAX;
pub use self::snapshots::{SNAPSHOTS_BYTES_FREE, SNAPSHOTS_MAX};

/// Commands of operators that wait for one read model.
const COMMANDS_QUEUED_MAX: usize = 8;

/// What the follower, the readers and the operator share.
pub(crate) struct Core {
    file: ModelFile,
    progress: watch::Sender<Progress>,
    readers: Readers,
    past: Arc<Past>,
}

impl Core {
    pub(crate) fn state(&self) -> State {
        self.progress.borrow().state.clone()
    }

    pub(crate) fn position(&self) -> Position {
        self.progress.borrow().position
    }

    /// Whether it is not known yet from where on it may answer.
    fn is_starting(&self) -> bool {
        self.progress.borrow().floor.is_none()
    }

    fn enter(&self, state: State) {
        self.progress.send_modify(|progress| progress.state = state);
    }

    fn reached(&self, position: Position, written: Position) {
        self.progress.send_modify(|progress| {
            progress.position = position;
            progress.written = written;
        });
    }

    /// The position that an answer stands for, from the checkpoint that it was read with and from what was known
    /// before: the events between `written` and `position` change nothing.
    fn stands_for(known: &Progress, checkpoint: Position) -> Position {
        if checkpoint >= known.written { checkpoint.max(known.position) } else { checkpoint }
    }

    fn may_answer_from(&self, position: Position, floor: Position) {
        self.progress.send_modify(|progress| {
            progress.position = position;
            progress.written = position;
            progress.floor = Some(floor);
        });
    }

    fn end(&self) {
        self.progress.send_modify(|progress| progress.ended = true);
    }

    fn start_over(&self) {
        self.progress.send_replace(Progress::starting());
    }
}

/// Asks a read model.
#[derive(Clone)]
pub(crate) struct Reader {
    core: Arc<Core>,
}

impl Reader {
    /// Runs a query on one consistent state: as fresh as it is asked for, or as of the moment that is.
    pub(crate) async fn read<T, Q>(&self, freshness: Freshness, query: Q) -> Result<Answer<T>, QueryError>
    where
        T: Send + 'static,
        Q: Fn(&Connection) -> Result<T, QueryError> + Send + Sync + 'static,
    {
        if let Some(at) = freshness.as_of {
            let known = Known { at, valid_at: None };
            return self.core.past.read(known, freshness.deadline, query).await;
        }
        let query = Arc::new(query);
        loop {
            let required =
                wait_until(self.core.file.projection, self.core.progress.subscribe(), freshness).await?;
            let query = Arc::clone(&query);
            let known = self.core.progress.borrow().clone();
            let answer = self.core.readers.run(freshness.deadline, move |connection| {
                let snapshot = connection.transaction()?;
                let position = Core::stands_for(&known, Checkpoint::read(&snapshot)?.position);
                // Less than was waited for: the file has been thrown away in between, and is folded again.
                if position < required {
                    return Ok(None);
                }
                query(&snapshot).map(|value| Some(Answer { position, value }))
            });
            match answer.await {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) => {}
                // The file was just being thrown away.
                Err(QueryError::Unavailable { .. }) if self.core.is_starting() => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The same on what had happened by a time, however late it was recorded: the events that are known, folded in the
    /// order in which they happened.
    pub(crate) async fn read_valid<T, Q>(
        &self,
        freshness: Freshness,
        valid_at: Moment,
        query: Q,
    ) -> Result<Answer<T>, QueryError>
    where
        T: Send + 'static,
        Q: Fn(&Connection) -> Result<T, QueryError> + Send + Sync + 'static,
    {
        let at = match freshness.as_of {
            Some(at) => at,
            None => {
                wait_until(self.core.file.projection, self.core.progress.subscribe(), freshness).await?;
                self.core.position()
            }
        };
        self.core.past.read(Known { at, valid_at: Some(valid_at) }, freshness.deadline, query).await
    }
}

/// A running read model, as an operator sees it.
pub(crate) struct ReadModel {
    core: Arc<Core>,
    commands: mpsc::Sender<Command>,
    task: parking_lot::Mutex<Option<JoinHandle<()>>>,
}

impl ReadModel {
    /// Starts to follow the log, on the current tokio runtime.
    pub(crate) fn start<P: Projection>(
        directory: &Path,
        projection: P,
        store: Arc<dyn EventStore>,
        feed: Arc<Feed>,
        head: watch::Receiver<Position>,
        archive: Arc<Archive>,
    ) -> Self {
        let file = ModelFile::of::<P>(directory);
        let readers = Readers::new(file.clone());
        let past = Arc::new(Past::new(file.clone(), projection.clone(), Arc::clone(&store), archive));
        let core = Arc::new(Core { file, progress: watch::Sender::new(Progress::starting()), readers, past });
        tokio::spawn(snapshots::keep(Arc::clone(&core), store.positions()));
        let (commands, received) = mpsc::channel(COMMANDS_QUEUED_MAX);
        let follower = Follower::new(Arc::clone(&core), store, feed, head, received, projection);
        let task = parking_lot::Mutex::new(Some(tokio::spawn(follower.run())));
        Self { core, commands, task }
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader { core: Arc::clone(&self.core) }
    }

    pub(crate) fn core(&self) -> Arc<Core> {
        Arc::clone(&self.core)
    }

    pub(crate) fn name(&self) -> &'static str {
        self.core.file.projection
    }

    pub(crate) fn version(&self) -> u32 {
        self.core.file.version
    }

    /// Lets it stand still; `None` when it has ended.
    pub(crate) async fn pause(&self) -> Option<()> {
        self.ask(Command::Pause).await
    }

    /// Lets it go on; `None` when it has ended.
    pub(crate) async fn resume(&self) -> Option<()> {
        self.ask(Command::Resume).await
    }

    /// Deletes its file and lets it begin again; `None` when it has ended.
    pub(crate) async fn rebuild(&self) -> Option<Result<(), OpenError>> {
        self.ask(Command::Rebuild).await
    }

    /// Lets it end after the batch at hand.
    pub(crate) async fn shutdown(&self) {
        // A follower that has ended already hears nothing, and that is what is wanted.
        let _ = self.commands.send(Command::Stop).await;
        let task = self.task.lock().take();
        if let Some(task) = task {
            let _ = task.await;
        }
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Option<T> {
        let (done, answer) = oneshot::channel();
        self.commands.send(command(done)).await.ok()?;
        answer.await.ok()
    }
}
