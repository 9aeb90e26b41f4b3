//! What was exchanged with one contact: one stream for each contact.
//!
//! ```text
//! absent --record--> Recorded --correct--> Recorded
//!                       |
//!                       +-----redact-----> Redacted
//! ```
//! The same reference of another system, recorded twice, is one interaction. A redacted interaction keeps its
//! place and its time and loses its text.
//!
//! A contact may have a hundred thousand interactions, and a command is about one: see [`Part`].

mod command;
mod decide;
mod event;
mod evolve;
mod part;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Command, Correct, Record};
pub use decide::{MENTIONS_MAX, RELATED_MAX, Rejection};
pub use event::{Channel, Corrected, Direction, Event, Recorded, Redacted, Related, Source};
pub use part::Part;
pub use state::{Entry, State};

use crate::aggregate::Aggregate;
use crate::context::Context;
use crate::id::ContactId;

/// The aggregate; see the module.
#[derive(Debug)]
pub struct Interactions;

impl Aggregate for Interactions {
    const CATEGORY: &'static str = "interaction";
    type Id = ContactId;
    type State = State;
    type Command = Command;
    type Event = Event;
    type Part = Part;
    type Rejection = Rejection;

    fn decide(state: &State, command: &Command, context: &Context) -> Result<Vec<Event>, Rejection> {
        decide::decide(state, command, context)
    }

    fn evolve(state: State, event: &Event) -> State {
        evolve::evolve(state, event)
    }

    fn judged(command: &Command) -> Vec<Part> {
        part::judged(command)
    }

    fn concerned(event: &Event) -> Vec<Part> {
        part::concerned(event)
    }

    fn subject(id: &ContactId) -> Option<&ContactId> {
        Some(id)
    }
}
