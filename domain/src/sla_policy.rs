//! What a company promises those whose cases it takes: how soon it answers and solves, in versions.
//!
//! ```text
//! Unpublished --publish--> Published(1) --publish--> Published(2) ...
//! ```
//! A case records the version that judged it, and when what it was promised is due.

mod command;
mod decide;
mod event;
mod evolve;
mod service_level;
mod state;
#[cfg(test)]
mod tests;

pub use command::Command;
pub use decide::{MINUTES_MAX, Rejection, WARNING_PERCENT_MAX, draft};
pub use event::{Event, Published};
pub use service_level::{Clock, Due, GoingUp, ServiceLevel, Target, Terms, missed_from};
pub use state::{Counted, Definition, Escalation, Priority, PriorityTargets, State, Wait};

use std::convert::Infallible;

use crate::aggregate::Aggregate;
use crate::context::Context;
use crate::id::{ContactId, SlaPolicyId};

/// The aggregate; see the module.
#[derive(Debug)]
pub struct SlaPolicy;

impl Aggregate for SlaPolicy {
    const CATEGORY: &'static str = "sla_policy";
    type Id = SlaPolicyId;
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

    fn subject(_id: &SlaPolicyId) -> Option<&ContactId> {
        None
    }
}
