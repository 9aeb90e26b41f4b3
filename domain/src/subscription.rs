//! A recurring contract, measured in monthly recurring revenue (MRR).
//!
//! ```text
//! NotStarted --start--> Active --pause--> Paused
//!                       ^    |               |
//!                       |    +----cancel-----+--> Cancelled
//!                       +--reactivate--------------------+
//! ```
//! A paused or cancelled contract counts with an MRR of nothing until it is reactivated.

mod command;
mod decide;
mod event;
mod evolve;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Command, Start};
pub use decide::Rejection;
pub use event::{AmountChanged, CancellationKind, Cancelled, Event, Paused, Reactivated, Renewed, Started};
pub use state::{Contract, State};

use std::convert::Infallible;

use crate::aggregate::Aggregate;
use crate::context::Context;
use crate::id::{ContactId, SubscriptionId};

/// The aggregate; see the module.
#[derive(Debug)]
pub struct Subscription;

impl Aggregate for Subscription {
    const CATEGORY: &'static str = "subscription";
    type Id = SubscriptionId;
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

    fn subject(_id: &SubscriptionId) -> Option<&ContactId> {
        None
    }
}
