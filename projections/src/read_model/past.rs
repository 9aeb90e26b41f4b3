//! A read model as it was: what was known at a position of the log.
//!
//! A moment is answered from a view of its own: the nearest snapshot before it and the events from there up to the
//! moment, folded as they always are. A view shares the snapshot's file and keeps what it adds beside it, so that
//! nothing is copied, however large the snapshot. Views are kept for whoever asks next, a few for each read model;
//! they, and the snapshots, may be thrown away at any time.

mod by_occurrence;
mod fold;
mod view;

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lru::LruCache;
use parking_lot::Mutex;
use rapport_domain::envelope::Position;
use rapport_domain::value::Instant as Moment;
use rapport_event_store::EventStore;
use rusqlite::Connection;
use tokio::sync::{OwnedMutexGuard, Semaphore};
use tokio::task;
use tokio::time::{Instant, timeout_at};

use self::fold::{Recipe, read_log};
use self::view::{Draft, View};
use super::file::{Checkpoint, ModelFile, OpenError};
use super::skips::Skips;
use super::snapshots::{Snapshot, Snapshots};
use super::writer::Failure;
use crate::projection::{ProjectError, Projection, Remedy};
use crate::query::{Answer, QueryError};
use crate::storage::StorageTrouble;

/// Views of past moments that are kept for each read model.
pub const VIEWS_MAX: NonZeroUsize = NonZeroUsize::new(8).unwrap();
/// Bytes of disk that they take, besides the snapshots; the one that was asked for last is kept in any case.
pub const VIEWS_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Views that are put together at the same time, of all read models.
pub const FOLDS_MAX: usize = 2;
/// Snapshots that are copied at the same time, of all read models.
const COPIES_MAX: usize = 1;
/// Batches of events on their way from the log into a view.
const BATCHES_WAITING_MAX: usize = 2;

/// What the pasts of all read models share.
pub(crate) struct Archive {
    directory: PathBuf,
    folds: Semaphore,
    pub(super) copies: Arc<Semaphore>,
    /// Events between two snapshots, at least.
    pub(super) spacing: u64,
}

impl Archive {
    /// The archive in a directory of read models. Views of another run are thrown away.
    pub(crate) fn open(directory: &Path, spacing: u64) -> Self {
        let archive = Self {
            directory: directory.to_owned(),
            folds: Semaphore::new(FOLDS_MAX),
            copies: Arc::new(Semaphore::new(COPIES_MAX)),
            spacing,
        };
        // What cannot be deleted is in nobody's way: names are not used twice in a run, and files are made anew.
        let _ = fs::remove_dir_all(archive.views());
        archive
    }

    fn views(&self) -> PathBuf {
        self.directory.join("views")
    }

    fn snapshots(&self) -> PathBuf {
        snapshots_in(&self.directory)
    }

    /// Throws away what was copied of a read model by other definitions of it.
    fn forget_others(&self, file: &ModelFile) {
        let (own, of_it) = (file.label(), format!("{}.v", file.projection));
        let is_other = |name: &str| name.starts_with(&of_it) && name != own;
        for entry in fs::read_dir(self.snapshots()).into_iter().flatten().flatten() {
            if entry.file_name().to_str().is_some_and(is_other) {
                // Should it stay, it is in nobody's way, and goes at the next start.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

/// Where the snapshots of a directory of read models are.
pub(super) fn snapshots_in(directory: &Path) -> PathBuf {
    directory.join("snapshots")
}

/// Which state of a read model: what was known at a position and, of that, what had happened by a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Known {
    pub(crate) at: Position,
    pub(crate) valid_at: Option<Moment>,
}

/// A view, once it is there; held by whoever puts it together.
type Slot = Arc<tokio::sync::Mutex<Option<Arc<View>>>>;
type Held = OwnedMutexGuard<Option<Arc<View>>>;

/// The past of one read model.
pub(crate) struct Past {
    file: ModelFile,
    recipe: Recipe,
    store: Arc<dyn EventStore>,
    archive: Arc<Archive>,
    pub(super) snapshots: Snapshots,
    views: Mutex<LruCache<Known, Slot>>,
    views_made: AtomicU64,
}

impl Past {
    pub(super) fn new<P: Projection>(
        file: ModelFile,
        projection: P,
        store: Arc<dyn EventStore>,
        archive: Arc<Archive>,
    ) -> Self {
        archive.forget_others(&file);
        let snapshots = Snapshots::open(archive.snapshots().join(file.label()));
        Self {
            file,
            recipe: Recipe::of(projection),
            store,
            archive,
            snapshots,
            views: Mutex::new(LruCache::new(VIEWS_MAX)),
            views_made: AtomicU64::new(0),
        }
    }

    /// Whether a file was begun with the definition that moments are folded with.
    pub(super) fn is_of(&self, file: &ModelFile) -> bool {
        self.file.definition == file.definition
    }

    pub(super) fn archive(&self) -> &Archive {
        &self.archive
    }

    /// Asks the read model as it was.
    pub(super) async fn read<T, Q>(
        self: &Arc<Self>,
        known: Known,
        deadline: Instant,
        query: Q,
    ) -> Result<Answer<T>, QueryError>
    where
        T: Send + 'static,
        Q: FnOnce(&Connection) -> Result<T, QueryError> + Send + 'static,
    {
        let slot = self.slot(known);
        let late = |_| QueryError::NotReady { projection: self.file.projection, requested: known.at };
        let held = timeout_at(deadline, slot.lock_owned()).await.map_err(late)?;
        let view = match held.clone() {
            Some(view) => {
                // Others may ask it meanwhile.
                drop(held);
                view
            }
            None => {
                // Goes on when the caller has gone away: whoever asks next finds it done.
                let put_together = tokio::spawn(Arc::clone(self).put_together(known, held));
                timeout_at(deadline, put_together).await.map_err(late)?.map_err(panicked)??
            }
        };
        let value = view.ask(deadline, query).await?;
        Ok(Answer { position: known.at, value })
    }

    /// Throws every snapshot and every view away: the read model is going to be folded anew.
    pub(super) fn forget(&self) {
        self.views.lock().clear();
        self.snapshots.forget();
    }

    fn slot(&self, known: Known) -> Slot {
        Arc::clone(self.views.lock().get_or_insert(known, Slot::default))
    }

    async fn put_together(self: Arc<Self>, known: Known, mut held: Held) -> Result<Arc<View>, QueryError> {
        let view = Arc::new(self.build(known).await?);
        *held = Some(Arc::clone(&view));
        self.make_room(view.bytes());
        Ok(view)
    }

    /// Lets go of the views that were not asked for longest, while all of them take too much of the disk.
    fn make_room(&self, newest: u64) {
        let mut views = self.views.lock();
        // One that is being put together right now counts as nothing: it is among the newest.
        let bytes =
            |slot: &Slot| slot.try_lock().ok().and_then(|view| view.as_ref().map(|view| view.bytes()));
        let mut total = newest + views.iter().filter_map(|(_, slot)| bytes(slot)).sum::<u64>();
        while total > VIEWS_BYTES_MAX && views.len() > 1 {
            let dropped = views.pop_lru().and_then(|(_, slot)| bytes(&slot));
            total = total.saturating_sub(dropped.unwrap_or(0));
        }
    }

    async fn build(&self, known: Known) -> Result<View, QueryError> {
        let closed = |_| QueryError::Closed { projection: self.file.projection };
        let _permit = self.archive.folds.acquire().await.map_err(closed)?;
        loop {
            let (draft, snapshot) = self.base(known).await?;
            match (self.fold(draft, known).await, snapshot) {
                (Ok(view), _) => return Ok(view),
                (Err(failure), Some(snapshot)) if is_of_file(&failure) => {
                    self.discard(&snapshot, &failure.error.to_string());
                }
                (Err(failure), _) => return Err(self.trouble(failure)),
            }
        }
    }

    /// The nearest sound snapshot before a moment, or an empty read model.
    async fn base(&self, known: Known) -> Result<(Draft, Option<Snapshot>), QueryError> {
        // Business time is not the order of the log: it is folded from the beginning.
        let before = if known.valid_at.is_none() { self.snapshots.before(known.at) } else { Vec::new() };
        for snapshot in before {
            let (file, path, used) = (self.file.clone(), self.next_path(), snapshot.clone());
            let opened =
                task::spawn_blocking(move || Draft::of(&used, &file, path)).await.map_err(panicked)?;
            match opened {
                Ok(draft) => {
                    let checkpoint = draft.checkpoint().clone();
                    if self.is_of_this_log(checkpoint, snapshot.position).await? {
                        return Ok((draft, Some(snapshot)));
                    }
                    self.discard(&snapshot, "it belongs to another log");
                }
                Err(error @ (OpenError::Damaged { .. } | OpenError::Foreign { .. })) => {
                    self.discard(&snapshot, &error.to_string());
                }
                // It may be sound: the machine is short of something at present.
                Err(error @ (OpenError::Unusable { .. } | OpenError::Directory { .. })) => {
                    let (projection, position) = (self.file.projection, snapshot.position);
                    tracing::warn!(projection, %position, %error, "a snapshot cannot be used at the moment");
                }
            }
        }
        let (file, path) = (self.file.clone(), self.next_path());
        let made = task::spawn_blocking(move || Draft::empty(&file, path)).await.map_err(panicked)?;
        Ok((made.map_err(|error| unavailable(&error))?, None))
    }

    /// Whether no event is to be passed over whose type begins so. What cannot be read may say otherwise.
    pub(super) async fn skips_none(&self, type_prefix: &str) -> bool {
        let skips = Skips::read(self.store.as_ref(), self.file.projection).await;
        skips.is_ok_and(|skips| !skips.has_type(type_prefix))
    }

    async fn is_of_this_log(&self, checkpoint: Checkpoint, position: Position) -> Result<bool, QueryError> {
        let event = self.store.read_at(position).await.map_err(|error| unavailable(&error))?;
        let same = event.is_some_and(|event| checkpoint.event_id == Some(event.id.to_string()));
        Ok(same && checkpoint.position == position)
    }

    async fn fold(&self, draft: Draft, known: Known) -> Result<View, Failure> {
        let after = draft.checkpoint().position;
        let (sender, events) = tokio::sync::mpsc::channel(BATCHES_WAITING_MAX);
        let skips = Skips::read(self.store.as_ref(), self.file.projection).await;
        let skips = skips.map_err(|error| Failure::general(error.into()))?;
        let fold = self.recipe.begin(known.valid_at, skips);
        let folding = task::spawn_blocking(move || fold(draft, events));
        let read = read_log(self.store.as_ref(), &self.recipe, after, known.at, sender).await;
        let folded = folding.await.unwrap_or_else(|_| Err(Failure::general(ProjectError::Panicked)));
        // Where the fold has ended early it says why; and what was read in part is no view.
        let view = folded?;
        read.map(|()| view).map_err(Failure::general)
    }

    fn discard(&self, snapshot: &Snapshot, why: &str) {
        let (projection, position) = (self.file.projection, snapshot.position);
        tracing::warn!(projection, %position, why, "a snapshot of a read model is thrown away");
        self.snapshots.discard(snapshot);
    }

    fn trouble(&self, failure: Failure) -> QueryError {
        let projection = self.file.projection;
        match failure.error.remedy() {
            Remedy::None => QueryError::Closed { projection },
            Remedy::Operator if failure.position > Position::START => {
                QueryError::Parked { projection, position: failure.position }
            }
            Remedy::Operator | Remedy::Patience | Remedy::Retry => unavailable(&failure.error),
        }
    }

    fn next_path(&self) -> PathBuf {
        let number = self.views_made.fetch_add(1, Ordering::Relaxed);
        self.archive.views().join(self.file.label()).join(format!("{number}.db"))
    }
}

/// Whether it is the file that is at fault. What the engine refuses may be the fault of an event.
fn is_of_file(failure: &Failure) -> bool {
    matches!(failure.error, ProjectError::Storage(StorageTrouble::Damaged))
}

fn panicked(_: task::JoinError) -> QueryError {
    QueryError::Unavailable { cause: "a query ended in a panic".to_owned() }
}

fn unavailable(error: &impl std::fmt::Display) -> QueryError {
    QueryError::Unavailable { cause: error.to_string() }
}

impl From<OpenError> for QueryError {
    fn from(error: OpenError) -> Self {
        unavailable(&error)
    }
}
