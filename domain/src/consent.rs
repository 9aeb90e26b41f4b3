//! What one subject agreed to: one stream for each contact, one state for each purpose and channel.
//!
//! ```text
//! Unknown --request--> Requested --give--> Given --withdraw--> Withdrawn
//!    |                     |                 +----expire-----> Expired
//!    |                     +----refuse---------------------->  Refused
//!    +--give (imported)--> Given
//! ```
//! From `Refused`, `Withdrawn` and `Expired` the only way on is a new request, and what is given then is a new
//! consent with an id of its own. A withdrawal is always accepted, whatever the state.

mod command;
mod decide;
mod event;
mod evolve;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Command, Give};
pub use decide::{Rejection, TOPICS_MAX};
pub use event::{
    Channel, Event, Evidence, EvidenceGrade, Expired, Given, Method, Notice, Refused, Requested, Topic,
    Withdrawn,
};
pub use state::{State, Status, Terms};

use crate::aggregate::Aggregate;
use crate::context::Context;
use crate::id::ContactId;

/// The aggregate; see the module.
#[derive(Debug)]
pub struct Consent;

impl Aggregate for Consent {
    const CATEGORY: &'static str = "consent";
    type Id = ContactId;
    type State = State;
    type Command = Command;
    type Event = Event;
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
