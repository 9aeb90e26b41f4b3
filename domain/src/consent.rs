//! What one subject agreed to: one stream for each contact, one state for each purpose and channel.
//!
//! ```text
//! Unknown --request--> Requested --give--------------------> Given --withdraw----> Withdrawn
//!    |                  |  |  |                               |  +----expire------> Expired
//!    |                  |  |  +--request confirmation-+       |  +----revoke------> Revoked
//!    |                  |  |           Pending <------+       |  +----invalidate--> Invalidated
//!    |                  |  |              +-----confirm-----> |  +----renew-------> Given
//!    |                  +--+--refuse------------------------> | Refused
//!    +--give (imported)---------------------------------------+
//! ```
//! From `Refused` and every end the only way on is a new request, and what is given then is a new consent with an id of
//! its own. A withdrawal is always accepted, whatever the state. A consent that waits to be confirmed is none.
//!
//! That one is invalid is found by two people, one who proposes and another who approves it, or by one alone.

mod command;
mod decide;
mod event;
mod evolve;
mod jurisdiction;
mod parts;
mod rejection;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Command, Give};
pub use decide::{CONFIRMATION_DAYS_MAX, TOPICS_MAX};
pub use event::{
    ConfirmationRequested, Event, Expired, Given, Invalidated, InvalidationProposed, Refused, Renewed,
    Requested, Revoked, Withdrawn,
};
pub use jurisdiction::{Jurisdiction, JurisdictionBasis, Region};
pub use parts::{Channel, Evidence, EvidenceGrade, Method, Notice, Topic};
pub use rejection::Rejection;
pub use state::{Pending, ProposedInvalidation, State, Status, Terms};

use std::convert::Infallible;

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
