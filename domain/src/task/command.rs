//! What can be asked of a task.

use super::event::Details;
use crate::value::{Instant, Label, Reference};

/// A command to a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Begin it.
    Create(Box<Details>),
    /// Give it to somebody else.
    Reassign {
        /// To whom.
        owner: Reference,
    },
    /// Say anew when it is due and when to remind of it.
    Reschedule {
        /// When it is due.
        due_at: Option<Instant>,
        /// When to remind of it; not after it is due.
        remind_at: Option<Instant>,
    },
    /// Say that it is done.
    Complete {
        /// What came of it.
        outcome: Option<Label>,
    },
    /// Say that it is to be done no more.
    Cancel {
        /// Why.
        reason: Label,
    },
    /// Let it be done again.
    Reopen,
    /// Note that the time to remind has come. It changes nothing where it has not, or was told already.
    Remind,
    /// Note that it was not done in time, likewise.
    FallOverdue,
}
