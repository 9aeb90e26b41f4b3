//! A person or an organisation that a relationship is kept with.
//!
//! ```text
//! Unregistered --register--> Active --archive--> Archived
//!                              ^                    |
//!                              +------restore-------+
//! Active, Archived --erase--> Erased
//! ```
//! An archived contact takes no change but to be restored, held or erased; that data of it went out is recorded of it too.
//! A legal hold keeps a contact from being erased.
//! Erased is the end: the subject's keys are destroyed, and nothing follows.

mod command;
mod decide;
mod disclosure;
mod event;
mod evolve;
mod hold;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Command, Register};
pub use decide::{CONTACT_POINTS_MAX, Rejection, SEGMENTS_MAX};
pub use disclosure::{DISCLOSURES_MAX, Disclosure, Disclosures};
pub use event::{
    Archived, ContactPointAdded, ContactPointEntry, ContactPointRemoved, Disclosed, Erased, Event,
    LegalHoldPlaced, LegalHoldReleaseProposed, LegalHoldReleased, LifecycleStageChanged, NameCorrected,
    OwnerAssigned, Registered, Restored, SegmentCleared, SegmentSet,
};
pub use hold::{LEGAL_HOLDS_MAX, LegalHold, LegalHolds, ProposedRelease};
pub use state::{Kind, LifecycleStage, Profile, State};

use std::convert::Infallible;

use crate::aggregate::Aggregate;
use crate::context::Context;
use crate::id::ContactId;

/// The aggregate; see the module.
#[derive(Debug)]
pub struct Contact;

impl Aggregate for Contact {
    const CATEGORY: &'static str = "contact";
    const JUDGES_PERSONAL_DATA: bool = true;
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

    /// Most of what happens to a contact is in place of something that happened before.
    fn size(state: &State) -> Option<usize> {
        Some(state.size())
    }

    fn subject(id: &ContactId) -> Option<&ContactId> {
        Some(id)
    }
}
