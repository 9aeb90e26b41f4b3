//! A read model that is built anew while, where that can be, the older file goes on serving.

use std::sync::Arc;

use rapport_domain::envelope::Position;
use tokio::sync::watch;
use tokio::task;

use super::Core;
use super::comparison::{Comparison, Snapshot};
use super::file::ModelFile;
use super::progress::{Pace, State};
use crate::projection::ProjectError;
use crate::storage::StorageTrouble;

/// How far a rebuild is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// The log is folded up to where the older file is.
    Building,
    /// Both stand at the same position and are compared.
    Comparing,
    /// What came during the comparison is folded.
    CatchingUp,
    /// It waits for an operator to switch to it or to discard it, and says why.
    Held(Held),
}

/// Why a rebuild waits for an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// It was asked to be equal, and is not.
    Differs,
    /// The files could not be compared.
    NotCompared {
        /// What went wrong.
        cause: String,
    },
}

/// How a rebuild does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebuildStatus {
    /// How far it is.
    pub phase: Phase,
    /// Version of what is built.
    pub version: u32,
    /// Hash of its definition.
    pub definition: String,
    /// Whether the older file serves meanwhile; where it does not, queries wait.
    pub beside: bool,
    /// Whether it is switched to only where it says the same.
    pub require_equal: bool,
    /// What it is doing, as a follower of the log.
    pub state: State,
    /// Position of the last event that it has taken in.
    pub position: Position,
    /// How fast it goes; `None` before the first event.
    pub pace: Option<Pace>,
}

/// What everybody may know of a rebuild under way.
#[derive(Clone)]
pub(crate) struct Building {
    pub(crate) core: Arc<Core>,
    pub(crate) phase: Phase,
    pub(crate) beside: bool,
    pub(crate) require_equal: bool,
}

impl Building {
    pub(crate) fn status(&self, head: Position) -> RebuildStatus {
        let progress = self.core.progress.borrow().clone();
        RebuildStatus {
            phase: self.phase.clone(),
            version: self.core.file.version(),
            definition: self.core.file.definition.sha256.clone(),
            beside: self.beside,
            require_equal: self.require_equal,
            pace: progress.pace(head),
            position: progress.position,
            state: progress.state,
        }
    }
}

/// Why two files could not be compared.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotCompared {
    /// The older one does not get to where the newer one is, as after a crash that took its last commits.
    #[error(
        "the older file cannot get past position {older}, and the new one is at {newer} already: they have no position in common"
    )]
    Apart {
        /// Where the older one stands.
        older: Position,
        /// Where the newer one stands.
        newer: Position,
    },
    /// The older one was not folded from this log.
    #[error(transparent)]
    Log(ProjectError),
    /// One of them could not be read.
    #[error(transparent)]
    Storage(#[from] StorageTrouble),
}

/// What a newer file is compared with.
pub(crate) enum Older {
    /// A file that goes on following the log.
    Followed(Arc<Core>),
    /// A file that stands still, where it says.
    Kept(ModelFile, Position),
}

/// Brings two files to one position, and compares them there.
pub(crate) struct Meeting {
    pub(crate) older: Older,
    pub(crate) newer: Arc<Core>,
    /// The last position that the newer one takes in for now.
    pub(crate) bound: watch::Sender<Position>,
    /// Told when the comparison begins.
    pub(crate) comparing: Box<dyn Fn() + Send + Sync>,
}

/// Interrupts a comparison that nobody waits for any more.
struct Interrupting(rusqlite::InterruptHandle);

impl Drop for Interrupting {
    fn drop(&mut self) {
        self.0.interrupt();
    }
}

impl Meeting {
    /// How they compare; nothing where the older one cannot answer either, or was left half loaded, so that there is nothing to compare with. One
    /// that is parked is compared with where it stands.
    pub(crate) async fn compare(&self) -> Result<Option<Comparison>, NotCompared> {
        // The newer one never goes further than the older one is until they were compared: they could not meet again.
        let Some(at) = self.older.opened().await else { return Ok(None) };
        self.newer.opened().await;
        let at = at.max(self.newer.position());
        self.older.reached(at).await.map_err(|older| NotCompared::Apart { older, newer: at })?;
        self.bound.send_replace(at);
        self.newer.reached_by(at).await;
        let Some((snapshot, position)) = self.take_hold().await? else { return Ok(None) };
        self.bound.send_replace(position);
        self.newer.reached_by(position).await;
        (self.comparing)();
        let _interrupting = Interrupting(snapshot.interrupt());
        let comparing = task::spawn_blocking(move || snapshot.compare(position));
        Ok(Some(comparing.await.unwrap_or_else(|_| Err(panicked()))?))
    }

    /// Takes hold of the older file as it is, and says which position it stands for.
    async fn take_hold(&self) -> Result<Option<(Snapshot, Position)>, StorageTrouble> {
        let (older, known) = match &self.older {
            Older::Followed(core) => (core.file.clone(), Some(core.progress.borrow().clone())),
            Older::Kept(file, _) => (file.clone(), None),
        };
        let newer = self.newer.file.clone();
        let taking = task::spawn_blocking(move || Snapshot::take(&older, &newer));
        let taken = taking.await.unwrap_or_else(|_| Err(panicked()));
        let Some(snapshot) = taken? else { return Ok(None) };
        let stands = snapshot.checkpoint.position;
        let position = known.map_or(stands, |known| Core::stands_for(&known, stands));
        Ok(Some((snapshot, position)))
    }

    /// Waits until the newer one has everything that the older one has.
    pub(crate) async fn catch_up(&self) {
        match &self.older {
            Older::Followed(older) => {
                // Each look waits for what came since the one before, which gets less and less.
                while self.newer.position() < older.position() || self.newer.is_behind_its_floor() {
                    self.newer.reached_by(older.position().max(self.newer.floor())).await;
                }
            }
            Older::Kept(..) => {}
        }
    }
}

fn panicked() -> StorageTrouble {
    StorageTrouble::Refused { cause: "it ended in a panic; the log of the process says where".to_owned() }
}

impl Older {
    /// Where it stands, once that is known; nothing when it cannot be opened.
    async fn opened(&self) -> Option<Position> {
        let core = match self {
            Self::Kept(_, position) => return Some(*position),
            Self::Followed(core) => core,
        };
        let mut progress = core.progress.subscribe();
        let known = progress
            .wait_for(|progress| progress.floor.is_some() || matches!(progress.state, State::Parked(_)));
        let progress = known.await.ok()?;
        progress.floor.map(|_| progress.position)
    }

    /// Waits until it is at a position; where it stands, when it does not get there.
    async fn reached(&self, position: Position) -> Result<(), Position> {
        match self {
            Self::Followed(core) if core.reached_or_parked(position).await => Ok(()),
            Self::Followed(core) => Err(core.position()),
            Self::Kept(_, stands) if *stands >= position => Ok(()),
            Self::Kept(_, stands) => Err(*stands),
        }
    }
}
