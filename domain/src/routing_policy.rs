//! To whom a company hands its leads, in versions.
//!
//! ```text
//! Unpublished --publish--> Published(1) --publish--> Published(2) ...
//! ```
//! The first rule that a lead meets chooses among its candidates. Where none of them can take it, or no rule holds, it waits in
//! the fallback queue, which every policy has: no lead is without a holder.

mod command;
mod decide;
mod event;
mod evolve;
mod route;
mod state;
#[cfg(test)]
mod tests;

pub use command::Command;
pub use decide::{CANDIDATES_MAX, MINUTES_MAX, RULES_MAX, Rejection, draft};
pub use event::{Event, Published};
pub use route::{Decision, Ledger, Looked, PassedOver, Standing, route};
pub use state::{Candidate, Definition, Rule, State, Strategy};

use std::convert::Infallible;

use crate::aggregate::Aggregate;
use crate::context::Context;
use crate::id::{ContactId, RoutingPolicyId};

/// The aggregate; see the module.
#[derive(Debug)]
pub struct RoutingPolicy;

impl Aggregate for RoutingPolicy {
    const CATEGORY: &'static str = "routing_policy";
    type Id = RoutingPolicyId;
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

    fn subject(_id: &RoutingPolicyId) -> Option<&ContactId> {
        None
    }
}
