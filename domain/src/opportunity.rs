//! A possible sale, on its way through a pipeline.
//!
//! ```text
//! Unopened --open--> Open --win---> Won  --+
//!                     ^  +--lose--> Lost --+
//!                     +------reopen--------+
//! ```
//! The pipeline is another aggregate: a command that needs it carries the definition in force, and the event
//! keeps the version that judged it. A stage may ask for fields: a deal does not come there without them, unless it is lost.
//! What a seller forecasts instead of the stage's category and probability stands through every move, until it is taken back
//! or the deal is closed.

mod command;
mod contact_role;
mod decide;
mod event;
mod evolve;
mod requirement;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Command, Open};
pub use contact_role::{ContactRole, Role};
pub use decide::{CONTACT_ROLES_MAX, Rejection, SEGMENTS_MAX};
pub use event::{
    AmountRevised, CloseDateMoved, ContactRoleAdded, ContactRoleRemoved, Event, ForecastOverridden, Lost,
    NextStepSet, Opened, OwnerAssigned, Reopened, SegmentCleared, SegmentSet, StageMoved, StagePlace, Won,
};
pub use state::{Deal, State};

use crate::aggregate::Aggregate;
use crate::context::Context;
use crate::id::{ContactId, OpportunityId};

/// The aggregate; see the module.
#[derive(Debug)]
pub struct Opportunity;

impl Aggregate for Opportunity {
    const CATEGORY: &'static str = "opportunity";
    type Id = OpportunityId;
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

    fn subject(_id: &OpportunityId) -> Option<&ContactId> {
        None
    }
}
