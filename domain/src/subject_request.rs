//! What a person asks for about their own data, and until when it has to be answered.
//!
//! ```text
//! NotReceived --receive--> Received --approve--> Approved --fulfil--> Fulfilled
//!                             |                     |
//!                             +-------refuse--------+--> Refused
//! ```
//! Two different actors receive and approve. An extension moves the day, once, while the request is open.

mod command;
mod decide;
mod event;
mod evolve;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Command, Receive};
pub use decide::Rejection;
pub use event::{Approved, Erasure, Event, Extended, Fulfilled, Outcome, Received, Refused, Right, Store};
pub use state::{Request, State};

use crate::aggregate::Aggregate;
use crate::context::Context;
use crate::id::{ContactId, SubjectRequestId};

/// The aggregate; see the module.
#[derive(Debug)]
pub struct SubjectRequest;

impl Aggregate for SubjectRequest {
    const CATEGORY: &'static str = "subject_request";
    type Id = SubjectRequestId;
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

    fn subject(_id: &SubjectRequestId) -> Option<&ContactId> {
        None
    }
}
