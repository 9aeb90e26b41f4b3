//! What a person asks for about their own data, and until when it has to be answered.
//!
//! ```text
//! NotReceived --receive--> Received --approve--> Approved --fulfil--> Fulfilled
//!                             |  ^                  |  |
//!                             |  +--cancel erasure--+  |
//!                             +--------refuse----------+--> Refused
//! ```
//! Two different actors receive and approve. An extension moves the day, once, while the request is open.
//!
//! An approved erasure may have a window: until it closes the erasure can be cancelled, and then the request is open as it
//! was before. That it has begun is an event of its own, so that no cancelling races with the keys: the order of the stream
//! tells which came first. A request that is refused while its window is open ends too.
//!
//! That little time is left, or none, is noted in the stream by a timer, once for each last day.
//!
//! Those whom data of the subject went out to are listed when it was set right, erased or restricted. Each is told, or
//! it is said why not, after the request was fulfilled: what is open stays open in it.
//!
//! An archive of what is kept is made for a request for access or portability once it is approved, again too after it is
//! fulfilled.

mod command;
mod decide;
mod event;
mod evolve;
mod recipients;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Command, Receive};
pub use decide::Rejection;
pub use event::{
    Approved, Archive, ArchiveKey, ArchiveMade, DueSoon, Erasure, ErasureBegun, ErasureCancelled,
    ErasureScheduled, Event, Extended, Fulfilled, Outcome, Overdue, Received, RecipientNotTold,
    RecipientTold, RecipientsListed, Refused, Right, Store,
};
pub use recipients::{Notification, Recipients};
pub use state::{Approval, DAYS_OF_WARNING, Request, Schedule, State, due_soon_from, overdue_from};

use std::convert::Infallible;

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
    type Part = Infallible;
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
