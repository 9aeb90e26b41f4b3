//! What somebody is to do next, about a contact, a lead, a deal or a case.
//!
//! ```text
//! Uncreated --create--> Open --complete--> Completed
//!                        | ^ \-cancel--> Cancelled
//!                        | +--reopen-- Completed, Cancelled
//!                        +-- reassign, reschedule, remind, fall overdue: stays Open
//! ```
//! An open task reminds once for each time to remind, and falls overdue once for each time that it is due. Both times are facts
//! of its own events; who notes that they came is a reactor.
//!
//! A task holds no personal data: its subject is a short text for whoever works on it, and what is said is an interaction of the
//! contact.

mod about;
mod command;
mod decide;
mod event;
mod evolve;
mod rejection;
mod stage_rule;
mod state;
#[cfg(test)]
mod tests;

pub use about::About;
pub use command::Command;
pub use event::{
    Cancelled, Completed, Created, Details, Event, FellOverdue, Reassigned, Reminded, Reopened, Rescheduled,
};
pub use rejection::Rejection;
pub use stage_rule::StageRule;
pub use state::{State, Task as Content};

use std::convert::Infallible;

use crate::aggregate::Aggregate;
use crate::context::Context;
use crate::id::{ContactId, TaskId};

/// The aggregate; see the module.
#[derive(Debug)]
pub struct Task;

impl Aggregate for Task {
    const CATEGORY: &'static str = "task";
    type Id = TaskId;
    type State = State;
    type Command = Command;
    type Event = Event;
    type Part = Infallible;
    type Rejection = Rejection;

    fn decide(state: &State, command: &Command, context: &Context) -> Result<Vec<Event>, Rejection> {
        decide::decide(state, command, context.now)
    }

    fn evolve(state: State, event: &Event) -> State {
        evolve::evolve(state, event)
    }

    fn subject(_id: &TaskId) -> Option<&ContactId> {
        None
    }
}
