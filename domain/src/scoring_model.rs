//! How a company judges its leads: how well they fit, how much they are interested, in versions.
//!
//! ```text
//! Unpublished --publish--> Published(1) --publish--> Published(2) ...
//! ```
//! A lead records the version that judged it, with the rules that gave points and the events that they looked at.

mod command;
mod decide;
mod event;
mod evolve;
mod score;
mod state;
#[cfg(test)]
mod tests;

pub use command::Command;
pub use decide::{COUNT_MAX, DAYS_MAX, POINTS_MAX, RULES_PER_AXIS_MAX, Rejection, draft};
pub use event::{Event, Published};
pub use score::{next_look, score};
pub use state::{Axis, Decay, Definition, EngagementRule, FitRule, SegmentPrefix, State, Thresholds};

use std::convert::Infallible;

use crate::aggregate::Aggregate;
use crate::context::Context;
use crate::id::{ContactId, ScoringModelId};

/// The aggregate; see the module.
#[derive(Debug)]
pub struct ScoringModel;

impl Aggregate for ScoringModel {
    const CATEGORY: &'static str = "scoring_model";
    type Id = ScoringModelId;
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

    fn subject(_id: &ScoringModelId) -> Option<&ContactId> {
        None
    }
}
