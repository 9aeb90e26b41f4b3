//! Somebody who may become a customer, on the way to a deal or away from one.
//!
//! ```text
//! Uncaptured --capture--> New --assign--> Assigned --contact--> Working --qualify--> Qualified --convert--> Converted
//!                          ^  <--decline,--+
//!                          |     time out
//!                  capture |
//!                          +------ Recycled <--recycle-- New, Assigned, Working, Qualified
//! New, Assigned, Working, Qualified, Recycled --disqualify--> Disqualified
//! ```
//! What rests is taken up again by whatever is done for it: a capture, an assignment, a contact. Disqualified and Converted are
//! the end: who comes back then is another lead. So of the leads of a contact only the last can be open.
//!
//! A lead is about a contact, which keeps the name, the addresses and what is said: a lead holds no personal data, and names
//! interactions by their ids.

mod command;
mod decide;
mod event;
mod evolve;
mod field;
mod rejection;
mod score;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Assign, Command};
pub use decide::{ASSIGNMENTS_MAX, CONTRIBUTIONS_MAX, FIELDS_MAX, TOUCHES_MAX, decide};
pub use event::{
    Assigned, AssignmentDeclined, AssignmentTimedOut, Capture, Captured, CapturedAgain, Contacted, Converted,
    Disqualified, Enriched, Event, Holder, Qualified, Recycled, Routing, Scored, Source,
};
pub use field::{FieldKind, FieldValue, Fields};
pub use rejection::{LEADS_PER_CONTACT_MAX, Rejection};
pub use score::{Contribution, Grade, Model, Rating, Score};
pub use state::{Lead as Content, State};

use std::convert::Infallible;

use crate::aggregate::Aggregate;
use crate::context::Context;
use crate::id::{ContactId, LeadId};

/// The aggregate; see the module.
#[derive(Debug)]
pub struct Lead;

impl Aggregate for Lead {
    const CATEGORY: &'static str = "lead";
    type Id = LeadId;
    type State = State;
    type Command = Command;
    type Event = Event;
    type Part = Infallible;
    type Rejection = Rejection;

    fn decide(state: &State, command: &Command, _context: &Context) -> Result<Vec<Event>, Rejection> {
        decide(state, command)
    }

    fn evolve(state: State, event: &Event) -> State {
        evolve::evolve(state, event)
    }

    fn subject(_id: &LeadId) -> Option<&ContactId> {
        None
    }
}

/// The id of a contact's lead, counted from 0. It follows from the contact, so that two captures at once meet in one stream.
#[must_use]
pub fn id_of(contact_id: ContactId, number: usize) -> LeadId {
    LeadId::derived("contact", &format!("{contact_id}/{number}"))
}
