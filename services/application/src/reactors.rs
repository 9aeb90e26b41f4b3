//! Reactors: rules that follow the log and answer with commands, at once or when a time has come.
//!
//! A reactor folds the log to an [`Agenda`]: what is still to do, when it is due, and which event left it to do. The times
//! are facts of the domain's own events, so an agenda is derived: it is folded again at every start, and nothing of it has
//! to be kept, moved or repaired. Nothing is done before the log is folded to its end, because what was done stands in the
//! log as well and takes its task off the agenda. So a replay does nothing.
//!
//! What is due is begun in the order of its times, late ones at the start. The request id of its command derives from the
//! rule, what it is about and the event that left it to do: after a crash, or beside another server, the log itself refuses the second one.
//!
//! Where to look: [`Reactor`] for what a rule says, `first_reading` and `runner` for when it is asked, `desk` for what an
//! operator sees.

mod agenda;
mod circles;
mod deadlines;
mod desk;
mod erasures;
mod escalations;
mod expiries;
mod first_reading;
mod follow_ups;
mod mentions;
mod pressing;
mod promises;
mod reminders;
mod routing;
mod runner;
mod scoring;
mod stage_tasks;

use async_trait::async_trait;
use rapport_domain::event::DomainEvent;
use rapport_domain::value::Instant;

use crate::call::Call;
use crate::failure::Failure;

pub use agenda::{AGENDA_MAX, Agenda, Left, Task};
pub use circles::Circles;
pub use deadlines::Deadlines;
pub use desk::{ReactorState, ReactorStatus, Reactors, SET_ASIDE_LISTED_MAX, SetAside, UnknownReactor};
pub use erasures::{Erasures, Forget};
pub use escalations::Escalations;
pub use expiries::Expiries;
pub use first_reading::{Unread, read_once};
pub use follow_ups::FollowUps;
pub use mentions::{Mention, Mentions};
pub use pressing::{Press, Pressing};
pub use promises::Promises;
pub use reminders::Reminders;
pub use routing::Routing;
pub use runner::{CAUSATION_DEPTH_MAX, Runner};
pub use scoring::Scoring;
pub use stage_tasks::StageTasks;

/// A rule that follows the log and answers with commands.
#[async_trait]
pub trait Reactor: Send + Sync + 'static {
    /// What it has to do.
    type Task: Task;
    /// Its name. A part of its request ids: changed, everything that is open would be done once more.
    const NAME: &'static str;
    /// Categories of the streams that it follows.
    const CATEGORIES: &'static [&'static str];
    /// How many tasks are tried beside each other, so that they share commits. Where it is more than one, none of them needs to
    /// find in the log what the others do.
    const AT_ONCE: usize = 1;

    /// Puts on the agenda what an event leaves to do, and takes off what it settles. The same log makes the same agenda.
    fn fold(&self, event: &DomainEvent, left: &mut Left<'_, Self::Task>);

    /// Does it. Asked again with the same call until it succeeds, also after it has succeeded. Answers when to look at it
    /// again, where time alone may leave more to do.
    ///
    /// # Errors
    /// See [`Trouble`].
    async fn act(&self, task: &Self::Task, call: Call) -> Result<Option<Instant>, Trouble>;
}

/// Why a reactor could not do what was due.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The command was refused or failed.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// A read model still holds what is to be forgotten.
    #[error("a read model did not forget: {cause}")]
    NotForgotten {
        /// What went wrong there.
        cause: String,
    },
}

impl Trouble {
    /// Whether somebody has to look before anything more is done: what was done does not hold, or the log is damaged.
    const fn is_fault(&self) -> bool {
        matches!(
            self,
            Self::Failed(
                Failure::StillReadable { .. } | Failure::EventCorrupt { .. } | Failure::Unwritable { .. }
            )
        )
    }
}
