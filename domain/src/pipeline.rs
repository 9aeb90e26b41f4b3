//! A company's sales process, in versions: the stages that a deal goes through.
//!
//! ```text
//! Unpublished --publish--> Published(1) --publish--> Published(2) ...
//! ```
//! A deal records the version that judged it, so that a later version changes no report about the past.

mod command;
mod deal_field;
mod decide;
mod event;
mod evolve;
mod exit_criterion;
mod required_fields;
mod stage_tasks;
mod state;
#[cfg(test)]
mod tests;

pub use command::Command;
pub use deal_field::DealField;
pub use decide::{Rejection, STAGES_MAX};
pub use event::{Event, Published};
pub use exit_criterion::{EXIT_CRITERIA_MAX, ExitCriterion};
pub use required_fields::{REQUIRED_FIELDS_MAX, RequiredFields};
pub use stage_tasks::{DUE_IN_DAYS_MAX, DueInDays, STAGE_TASKS_MAX, StageTask, StageTasks};
pub use state::{Definition, ForecastCategory, Percent, Stage, StageType, State};

use std::convert::Infallible;

use crate::aggregate::Aggregate;
use crate::context::Context;
use crate::id::{ContactId, PipelineId};

/// The aggregate; see the module.
#[derive(Debug)]
pub struct Pipeline;

impl Aggregate for Pipeline {
    const CATEGORY: &'static str = "pipeline";
    type Id = PipelineId;
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

    fn subject(_id: &PipelineId) -> Option<&ContactId> {
        None
    }
}
