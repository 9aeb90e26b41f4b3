//! A possible sale, on its way through a pipeline.
//!
//! ```text
//! Unopened --open--> Open --win---> Won  --+
//!                     ^  +--lose--> Lost --+
//!                     +------reopen--------+
//! ```
//! The pipeline is another aggregate: a command that needs it carries the definition in force, and the event
//! keeps the version that judged it. A stage may ask for fields: a deal does not come there without them, unless it is lost.
//! An open stage may have exit criteria: a deal leaves it for a later one, or is won, when all are met; see `checklist`.
//! A quote is chosen here before it is accepted in its own stream: so a deal has one accepted quote, however many are accepted at once.
//! What a seller forecasts instead of the stage's category and probability stands through every move, until it is taken back
//! or the deal is closed. An amount may say what it is worth in another currency, by a rate that stands with it: another amount
//! says its own rate, or none.

mod checklist;
mod command;
mod contact_role;
mod decide;
mod event;
mod evolve;
mod requirement;
mod state;
#[cfg(test)]
mod tests;

pub use checklist::Checklist;
pub use command::{Command, Open};
pub use contact_role::{ContactRole, Role};
pub use decide::{CONTACT_ROLES_MAX, Rejection, SEGMENTS_MAX};
pub use event::{
    AmountRevised, CloseDateMoved, ContactRoleAdded, ContactRoleRemoved, CriterionMet, CriterionRetracted,
    Event, ForecastOverridden, Lost, NextStepSet, Opened, OwnerAssigned, QuoteChosen, Reopened,
    SegmentCleared, SegmentSet, StageMoved, StagePlace, Won,
};
pub use state::{Deal, State};

use std::convert::Infallible;

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
    type Part = Infallible;
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
