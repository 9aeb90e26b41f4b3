//! Where an operator sees how a reactor does, and lets it rest or go on.

use std::sync::Arc;

use parking_lot::Mutex;
use rapport_domain::envelope::Position;
use rapport_domain::value::Instant;
use tokio::sync::Notify;

use super::Reactor;
use super::agenda::{Agenda, Task};
use super::runner::Runner;

/// Most tasks tried in vain that are told of one by one; all are counted.
pub const SET_ASIDE_LISTED_MAX: usize = 100;

/// How a reactor does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReactorState {
    /// It follows the log and does what is due.
    Running,
    /// An operator let it rest.
    Paused,
    /// It met something that it cannot get past, and waits for an operator.
    Parked {
        /// The event that it cannot take in, or that left to do what went wrong.
        position: Position,
        /// What went wrong.
        cause: String,
    },
}

/// What parks a reactor.
#[derive(Debug)]
pub(super) struct Parked {
    pub(super) position: Position,
    pub(super) cause: String,
}

/// A task that was tried in vain. It holds up no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// The rule that it follows.
    pub rule: &'static str,
    /// What it is about.
    pub about: String,
    /// When it was due.
    pub due: Instant,
    /// How often it was tried.
    pub attempts: u32,
    /// What came of it last.
    pub cause: String,
    /// When it is tried again; `None`: when the reactor is resumed.
    pub again_at: Option<Instant>,
}

/// A reactor, as an operator is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReactorStatus {
    /// Its name.
    pub name: &'static str,
    /// How it does.
    pub state: ReactorState,
    /// What it has taken in of the log.
    pub position: Position,
    /// Tasks that are open.
    pub open: usize,
    /// When something is tried next.
    pub next_at: Option<Instant>,
    /// How late the earliest open task was at its last look, in microseconds; 0 when none is.
    pub late_micros: i64,
    /// Tasks done since the process began.
    pub fired: u64,
    /// Tasks that were tried in vain.
    pub set_aside: usize,
    /// The first of them.
    pub first_set_aside: Vec<SetAside>,
}

impl ReactorStatus {
    /// How late the earliest open task was at its last look, in whole seconds.
    #[must_use]
    pub fn late_seconds(&self) -> u64 {
        u64::try_from(self.late_micros / 1_000_000).unwrap_or_default()
    }
}

/// There is no reactor of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no reactor {name}; there are {known}")]
pub struct UnknownReactor {
    /// What was asked for.
    pub name: String,
    /// Those that there are.
    pub known: String,
}

/// Between a reactor that runs and whoever looks.
pub(super) struct Desk {
    status: Mutex<ReactorStatus>,
    /// Whether what was tried in vain is to be tried at once.
    forgives: Mutex<bool>,
    told: Notify,
}

impl Desk {
    pub(super) fn new(name: &'static str) -> Self {
        let status = ReactorStatus {
            name,
            state: ReactorState::Running,
            position: Position::START,
            open: 0,
            next_at: None,
            late_micros: 0,
            fired: 0,
            set_aside: 0,
            first_set_aside: Vec::new(),
        };
        Self { status: Mutex::new(status), forgives: Mutex::new(false), told: Notify::new() }
    }

    pub(super) fn is_running(&self) -> bool {
        self.status.lock().state == ReactorState::Running
    }

    pub(super) async fn changed(&self) {
        self.told.notified().await;
    }

    pub(super) fn takes_forgiveness(&self) -> bool {
        std::mem::take(&mut self.forgives.lock())
    }

    pub(super) fn fired(&self) {
        self.status.lock().fired += 1;
    }

    pub(super) fn park(&self, Parked { position, cause }: Parked) {
        self.status.lock().state = ReactorState::Parked { position, cause };
    }

    pub(super) fn report<T: Task>(&self, next: Position, agenda: &Agenda<T>, now: Instant) {
        let first: Vec<SetAside> = agenda
            .failed()
            .take(SET_ASIDE_LISTED_MAX)
            .map(|(task, entry, failed)| SetAside {
                rule: task.rule(),
                about: task.about(),
                due: entry.due,
                attempts: failed.attempts,
                cause: failed.cause.clone(),
                again_at: failed.again_at,
            })
            .collect();
        let late = agenda.earliest_due().map_or(0, |due| now.micros().saturating_sub(due.micros()).max(0));
        let mut status = self.status.lock();
        status.position = Position(next.0.saturating_sub(1));
        status.open = agenda.len();
        status.next_at = agenda.next();
        status.late_micros = late;
        status.set_aside = agenda.failed_count();
        status.first_set_aside = first;
    }
}

/// The reactors of a process, for whoever looks after them.
#[derive(Clone, Default)]
pub struct Reactors(Vec<Arc<Desk>>);

impl Reactors {
    /// The same, and one more.
    #[must_use]
    pub fn with<R: Reactor>(mut self, runner: &Runner<R>) -> Self {
        self.0.push(runner.desk());
        self
    }

    /// How they do, always in the same order.
    #[must_use]
    pub fn list(&self) -> Vec<ReactorStatus> {
        self.0.iter().map(|desk| desk.status.lock().clone()).collect()
    }

    /// Lets one rest: it does nothing until it is resumed, or the process starts again.
    ///
    /// # Errors
    /// [`UnknownReactor`].
    pub fn pause(&self, name: &str) -> Result<(), UnknownReactor> {
        let desk = self.named(name)?;
        let mut status = desk.status.lock();
        if status.state == ReactorState::Running {
            status.state = ReactorState::Paused;
        }
        Ok(())
    }

    /// Lets one go on, also after it parked: it tries the same again, and everything that was tried in vain.
    ///
    /// # Errors
    /// [`UnknownReactor`].
    pub fn resume(&self, name: &str) -> Result<(), UnknownReactor> {
        let desk = self.named(name)?;
        desk.status.lock().state = ReactorState::Running;
        *desk.forgives.lock() = true;
        desk.told.notify_one();
        Ok(())
    }

    fn named(&self, name: &str) -> Result<&Desk, UnknownReactor> {
        let named = |desk: &&Arc<Desk>| desk.status.lock().name == name;
        self.0.iter().find(named).map(AsRef::as_ref).ok_or_else(|| {
            let known: Vec<&str> = self.0.iter().map(|desk| desk.status.lock().name).collect();
            UnknownReactor { name: name.to_owned(), known: known.join(", ") }
        })
    }
}
