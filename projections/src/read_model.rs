//! The runtime of every read model: a file that serves, a task that follows the log into it, a few readers; and, while
//! it is rebuilt, a second file beside.
//!
//! It owns three promises. Every event is taken in once, in order: rows and checkpoint are one transaction, and
//! a hole in the log is an alarm. An answer says which position it stands for. What is derived can be derived
//! again: any file may be deleted, and comes back.

mod comparison;
mod core;
mod event;
mod feed;
mod file;
mod follower;
mod following;
mod keeper;
mod loading;
mod page_cache;
mod past;
mod progress;
mod readers;
mod rebuild;
mod skips;
mod snapshots;
mod source;
mod visibility;
mod writer;

use std::path::Path;
use std::sync::Arc;

use rapport_domain::envelope::{Position, Recorded};
use rapport_domain::value::Instant as Moment;
use rapport_event_store::{AppendError, EventStore};
use rusqlite::Connection;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

pub(crate) use self::core::Core;
pub(crate) use self::feed::Feed;
pub(crate) use self::file::Survey;
pub(crate) use self::keeper::Refused;
pub(crate) use self::source::Log;
pub(crate) use self::visibility::{Visibility, now_micros};
#[cfg(test)]
pub(crate) use self::writer::take_in;

pub(crate) use self::past::Archive;

use self::file::Checkpoint;
use self::file::ModelFile;
use self::following::ask;
use self::keeper::{Command, Keeper};
use self::past::{Known, Past};
use self::progress::wait_until;
use self::rebuild::Building;
use crate::definition::Definition;
use crate::projection::{ProjectError, Projection};
use crate::query::{Answer, Freshness, QueryError};

pub use self::comparison::{Comparison, Difference, SAMPLE_CHARS_MAX, SAMPLES_MAX, Sample, TableComparison};
pub use self::feed::BATCHES_KEPT_MAX;
pub use self::file::{ModelReport, OpenError};
pub use self::follower::{
    BATCH_BYTES_MAX, CATCH_UP_BATCH_EVENTS_MAX, LIVE_BATCH_EVENTS_MAX, STORAGE_RETRIES_MAX,
};
pub use self::past::{FOLDS_MAX, VIEWS_BYTES_MAX, VIEWS_MAX};
pub use self::progress::{Pace, Parked, State};
pub use self::readers::READERS_MAX;
pub use self::rebuild::{Held, Phase, RebuildStatus};
pub use self::skips::Skip;
pub(crate) use self::snapshots::SnapshotStock;
pub use self::snapshots::{
    SNAPSHOTS_BYTES_FREE, SNAPSHOTS_MAX, SnapshotFault, SnapshotReport, inspect_snapshots,
};
pub use self::visibility::Latency;

/// Commands of operators that wait for one read model.
const COMMANDS_QUEUED_MAX: usize = 8;

/// What the keeper, the readers and the operator share.
pub(crate) struct Shared {
    /// The file that is asked.
    serving: watch::Sender<Arc<Core>>,
    /// The rebuild under way.
    building: watch::Sender<Option<Building>>,
    /// How the last rebuild compared.
    compared: watch::Sender<Option<Comparison>>,
    /// What it was at any moment, by this build's definition.
    past: Arc<Past>,
}

impl Shared {
    fn new(serving: Arc<Core>, past: Arc<Past>) -> Self {
        serving.serve();
        Self {
            past,
            serving: watch::Sender::new(serving),
            building: watch::Sender::new(None),
            compared: watch::Sender::new(None),
        }
    }

    fn serve(&self, core: Arc<Core>) {
        core.serve();
        self.serving.send_replace(core);
        // What was copied from the older file may be what it was built anew for.
        self.past.forget();
        self.building.send_replace(None);
    }

    fn enter(&self, phase: Phase) {
        self.building.send_modify(|building| {
            if let Some(building) = building {
                building.phase = phase;
            }
        });
    }

    fn phase(&self) -> Option<Phase> {
        self.building.borrow().as_ref().map(|building| building.phase.clone())
    }

    /// The file that is asked now.
    pub(crate) fn core(&self) -> Arc<Core> {
        Arc::clone(&self.serving.borrow())
    }

    /// How the rebuild under way does.
    pub(crate) fn rebuild(&self, head: Position) -> Option<RebuildStatus> {
        self.building.borrow().as_ref().map(|building| building.status(head))
    }

    /// Waits until no rebuild is under way.
    #[cfg(test)]
    pub(crate) async fn settled(&self) {
        self.building.subscribe().wait_for(Option::is_none).await.unwrap();
    }

    /// Waits until what serves follows the log.
    #[cfg(test)]
    pub(crate) async fn follows(&self) {
        let mut progress = self.core().progress.subscribe();
        progress.wait_for(|progress| progress.state == State::Running).await.unwrap();
    }

    /// Waits until what is being built stands still.
    #[cfg(test)]
    pub(crate) async fn rests(&self) {
        let building = self.building.borrow().clone();
        building.unwrap().core.reached_or_at_rest(source::UNBOUNDED).await;
    }

    /// Waits until a rebuild is in a phase.
    #[cfg(test)]
    pub(crate) async fn entered(&self, phase: &Phase) {
        let mut building = self.building.subscribe();
        building.wait_for(|building| building.as_ref().is_some_and(|b| b.phase == *phase)).await.unwrap();
    }

    /// What it has of snapshots.
    pub(crate) fn snapshots(&self) -> SnapshotStock {
        self.past.snapshots.stock()
    }

    pub(crate) fn compared(&self) -> Option<Comparison> {
        self.compared.borrow().clone()
    }
}

/// Asks a read model.
#[derive(Clone)]
pub(crate) struct Reader {
    shared: Arc<Shared>,
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
            return self.shared.past.read(known, freshness.deadline, query).await;
        }
        let query = Arc::new(query);
        loop {
            // Nothing: the file was thrown away, or another one has taken its place.
            if let Some(answer) = self.shared.core().answer(freshness, &query).await? {
                return Ok(answer);
            }
        }
    }

    /// As [`Self::read`], of a read model that keeps what its rows said before: the file that serves is asked for any moment
    /// too, if it has come that far and this build made it. The query is told the moment.
    pub(crate) async fn read_kept<T, Q>(
        &self,
        freshness: Freshness,
        query: Q,
    ) -> Result<Answer<T>, QueryError>
    where
        T: Send + 'static,
        Q: Fn(&Connection, Option<Position>) -> Result<T, QueryError> + Send + Sync + 'static,
    {
        let keeps = |at| {
            let core = self.shared.core();
            core.has(at) && self.shared.past.is_of(&core.file)
        };
        match freshness.as_of {
            Some(at) if keeps(at) => {
                let whole = Freshness { min_position: at, as_of: None, ..freshness };
                let answer = self.read(whole, move |connection| query(connection, Some(at))).await?;
                Ok(Answer { position: at, ..answer })
            }
            Some(_) | None => self.read(freshness, move |connection| query(connection, None)).await,
        }
    }

    /// Up to where the file that serves, if this build made it, has taken in all events whose type begins so; `None` while it
    /// does not answer, and once one of them was skipped.
    pub(crate) async fn whole_up_to(&self, type_prefix: &str) -> Option<Position> {
        let core = self.shared.core();
        // Before the skips are asked for: one that it has passed over stands in the log by then.
        let answers = core.has(Position::START) && self.shared.past.is_of(&core.file);
        let position = answers.then(|| core.position())?;
        self.shared.past.skips_none(type_prefix).await.then_some(position)
    }

    /// Where the read model is, once that is as fresh as it is asked for.
    async fn reached(&self, freshness: Freshness) -> Result<Position, QueryError> {
        loop {
            let core = self.shared.core();
            // Nothing: another file has taken its place.
            if wait_until(core.file.projection, core.progress.subscribe(), freshness).await?.is_some() {
                return Ok(core.position());
            }
        }
    }

    /// Waits until the file that serves has taken in more than a position; `false` when that cannot come any more.
    pub(crate) async fn moved(&self, after: Position) -> bool {
        let mut serving = self.shared.serving.subscribe();
        loop {
            let core = Arc::clone(&serving.borrow_and_update());
            tokio::select! {
                moved = core.moved(after) => return moved,
                switched = serving.changed() => if switched.is_err() { return false },
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
            None => self.reached(freshness).await?,
        };
        self.shared.past.read(Known { at, valid_at: Some(valid_at) }, freshness.deadline, query).await
    }
}

/// Where a file stands, for a query that has to know.
pub(crate) fn position_of(connection: &Connection) -> rusqlite::Result<Position> {
    Checkpoint::read(connection).map(|checkpoint| checkpoint.position)
}

/// A running read model, as an operator sees it.
pub(crate) struct ReadModel {
    definition: Definition,
    schema: &'static str,
    shared: Arc<Shared>,
    visibility: Arc<Visibility>,
    commands: mpsc::Sender<Command>,
    task: parking_lot::Mutex<Option<JoinHandle<()>>>,
}

impl ReadModel {
    /// Starts to follow the log, on the current tokio runtime.
    pub(crate) fn start<P: Projection>(
        directory: &Path,
        projection: P,
        log: Log,
        archive: Arc<Archive>,
        visibility: Visibility,
        require_equal: bool,
    ) -> Self {
        let past = Arc::new(Past::new(
            ModelFile::somewhere::<P>(),
            projection.clone(),
            Arc::clone(&log.store),
            archive,
        ));
        let positions = log.store.positions();
        let (commands, received) = mpsc::channel(COMMANDS_QUEUED_MAX);
        let visibility = Arc::new(visibility);
        let (keeper, shared) = Keeper::open(
            directory.to_owned(),
            projection,
            log,
            past,
            Arc::clone(&visibility),
            received,
            require_equal,
        );
        tokio::spawn(snapshots::keep(Arc::clone(&shared), positions));
        let task = parking_lot::Mutex::new(Some(tokio::spawn(keeper.run())));
        Self { definition: Definition::of::<P>(), schema: P::schema(), shared, visibility, commands, task }
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader { shared: Arc::clone(&self.shared) }
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    pub(crate) const fn name(&self) -> &'static str {
        self.definition.projection
    }

    /// What this build means by it.
    pub(crate) const fn definition(&self) -> &Definition {
        &self.definition
    }

    pub(crate) fn latency(&self) -> Option<Latency> {
        self.visibility.latency()
    }

    /// Its tables, as SQL.
    pub(crate) const fn schema(&self) -> &'static str {
        self.schema
    }

    /// Lets it stand still; `None` when it has ended.
    pub(crate) async fn pause(&self) -> Option<()> {
        ask(&self.commands, Command::Pause).await
    }

    /// Lets it go on; `None` when it has ended.
    pub(crate) async fn resume(&self) -> Option<()> {
        ask(&self.commands, Command::Resume).await
    }

    /// Begins to build it anew; `None` when it has ended.
    pub(crate) async fn rebuild(&self, require_equal: bool) -> Option<Result<(), Refused>> {
        ask(&self.commands, |done| Command::Rebuild { require_equal, done }).await
    }

    /// Takes over what was held back; `None` when it has ended.
    pub(crate) async fn switch(&self) -> Option<Result<(), Refused>> {
        ask(&self.commands, Command::Switch).await
    }

    /// Throws away what is built beside; `None` when it has ended.
    pub(crate) async fn discard(&self) -> Option<Result<(), Refused>> {
        ask(&self.commands, Command::Discard).await
    }

    /// Leaves nothing of what was deleted; `None` when it has ended.
    pub(crate) async fn scrub(&self) -> Option<Result<(), ProjectError>> {
        ask(&self.commands, Command::Scrub).await
    }

    /// The event that it, or what is built beside it, is parked at.
    pub(crate) fn parked_at(&self, position: Position) -> Option<Parked> {
        let building = self.shared.building.borrow().as_ref().map(|building| Arc::clone(&building.core));
        let cores = [Some(self.shared.core()), building];
        cores.into_iter().flatten().find_map(|core| match core.state() {
            State::Parked(parked) if parked.position == position => Some(parked),
            State::Parked(_) | State::Running | State::Paused => None,
        })
    }

    /// Writes down that it passes over an event that it is parked at.
    pub(crate) async fn skip(
        &self,
        store: &dyn EventStore,
        event: &Recorded,
        parked: &Parked,
        skip: Skip,
    ) -> Result<(), AppendError> {
        skips::write(store, &self.definition, event, parked, skip).await
    }

    /// Lets it end after the batch at hand.
    pub(crate) async fn shutdown(&self) {
        // A keeper that has ended already hears nothing, and that is what is wanted.
        let _ = self.commands.send(Command::Stop).await;
        let task = self.task.lock().take();
        if let Some(task) = task {
            let _ = task.await;
        }
    }
}
