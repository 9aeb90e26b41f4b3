//! What a subject does not want, whatever they agreed to: one stream for each contact, one state for each kind and scope.
//!
//! ```text
//! NotRaised --raise--> Raised --request_lift--> LiftRequested --lift--> Lifted
//!                        ^ +----lift (but for an opt-out signal)---------->|
//!                        +-------------------raise------------+------------+
//! ```
//! It stands beside consent, not in it: a consent that is given later does not end it. It is raised without being asked
//! for, by whatever means, and ends only by an act of the subject that says so; after an opt-out signal, by two of them.

mod command;
mod decide;
mod event;
mod evolve;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Command, Said};
pub use decide::Rejection;
pub use event::{Event, Kind, LiftRequested, Lifted, Raised, Retained, Scope};
pub use state::{State, Status};

use std::convert::Infallible;

use crate::aggregate::Aggregate;
use crate::context::Context;
use crate::id::ContactId;

/// The aggregate; see the module.
#[derive(Debug)]
pub struct Suppression;

impl Aggregate for Suppression {
    const CATEGORY: &'static str = "suppression";
    type Id = ContactId;
    type State = State;
    type Command = Command;
    type Event = Event;
    type Part = Infallible;
    type Rejection = Rejection;

    fn decide(state: &State, command: &Command, context: &Context) -> Result<Vec<Event>, Rejection> {
        decide::decide(state, command, context)
    }

    fn evolve(state: State, event: &Event) -> State {
        evolve::evolve(state, event)
    }

    fn subject(id: &ContactId) -> Option<&ContactId> {
        Some(id)
    }
}
