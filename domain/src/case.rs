//! Something that a customer wants solved, on its way to a solution.
//!
//! ```text
//! Unopened --open--> Open <--await, resume--> Waiting
//!                     ^ \                      /
//!              reopen |  +------resolve------+--> Resolved --close--> Closed
//!                     +-----------------------------+-------------------+
//! Open, Waiting, Resolved, Closed --merge--> Merged --part--> where it stood
//! ```
//! The policy and its calendar are other aggregates: a command that sets the clock carries them as they are in force, and
//! the event keeps which versions judged and when what they promise is due. So no later version moves a promise.
//!
//! Once it is solved the customer may rate it. A low rating stands until somebody has looked at it, whatever becomes of the case.
//!
//! What is said in a case stands in the contact's interactions, sealed under the contact's key; a case names it by its id,
//! and holds no personal data.

mod command;
mod decide;
mod event;
mod evolve;
mod rating;
mod rejection;
mod replay;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Command, Mirror, Open, Standing};
pub use decide::{BUGS_MAX, SAID_MAX};
pub use event::{
    Assigned, Awaited, BugLinked, Closed, CustomerReplied, Escalated, Event, Kind, Merged, Opened, Parted,
    PriorityChanged, Rated, RatingReviewed, Reopened, Replied, Resolved, Resumed, TargetBreached,
    TargetWarned,
};
pub use rating::Rating;
pub use rejection::Rejection;
pub use replay::{Replay, Verdict};
pub use state::{Case as Content, Judged, State};

use std::convert::Infallible;

use crate::aggregate::Aggregate;
use crate::context::Context;
use crate::id::{CaseId, ContactId};

/// The aggregate; see the module.
#[derive(Debug)]
pub struct Case;

impl Aggregate for Case {
    const CATEGORY: &'static str = "case";
    type Id = CaseId;
    type State = State;
    type Command = Command;
    type Event = Event;
    type Part = Infallible;
    type Rejection = Rejection;

    fn decide(state: &State, command: &Command, context: &Context) -> Result<Vec<Event>, Rejection> {
        decide::decide(state, command, context.occurred_at)
    }

    fn evolve(state: State, event: &Event) -> State {
        evolve::evolve(state, event)
    }

    fn subject(_id: &CaseId) -> Option<&ContactId> {
        None
    }
}
