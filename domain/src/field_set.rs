//! Which fields of its own a company keeps of one kind of record, in versions. There is one set for leads.
//!
//! ```text
//! Unpublished --publish--> Published(1) --publish--> Published(2) ...
//! ```
//! Until a set is published a lead takes any field. From then on it takes the fields of the version in force, and keeps which
//! version judged it. What a lead has already stays, whatever a later version says of it.
//!
//! A lead holds no personal data, so none of its fields is personal: what tells of a person stands with the contact.

mod check;
mod command;
mod decide;
mod event;
mod evolve;
mod state;
#[cfg(test)]
mod tests;

pub use check::{DECIMAL_PLACES_MAX, DECIMAL_WHOLE_MAX, Misfit};
pub use command::Command;
pub use decide::{FIELDS_DEFINED_MAX, OPTIONS_MAX, Rejection};
pub use event::{Event, Published};
pub use state::{Definition, Field, FieldType, State};

use std::convert::Infallible;

use crate::aggregate::Aggregate;
use crate::context::Context;
use crate::id::{ContactId, FieldSetId};

/// The aggregate; see the module.
#[derive(Debug)]
pub struct FieldSet;

impl Aggregate for FieldSet {
    const CATEGORY: &'static str = "field_set";
    type Id = FieldSetId;
    type State = State;
    type Command = Command;
    type Event = Event;
    type Part = Infallible;
    type Rejection = Rejection;

    fn decide(state: &State, command: &Command, _context: &Context) -> Result<Vec<Event>, Rejection> {
        decide::decide(state, command)
    }

    fn evolve(state: State, event: &Event) -> State {
        evolve::evolve(state, event)
    }

    fn subject(_id: &FieldSetId) -> Option<&ContactId> {
        None
    }
}

/// The id of the set for leads.
#[must_use]
pub fn of_leads() -> FieldSetId {
    FieldSetId::derived("record", "lead")
}
