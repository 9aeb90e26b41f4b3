//! What a customer is offered for a deal: lines with prices and taxes, in versions.
//!
//! ```text
//! Uncreated --create--> Draft(1) --send--> Sent(1) --accept---> Accepted
//!                        |  ^               |  |-----decline--> Declined
//!                        |  +----revise-----+  |-----expire---> Expired
//!                        |   Draft(n + 1)      |
//!                        +------withdraw-------+--------------> Withdrawn
//! ```
//! A draft is revised as well. The latest version alone counts: it supersedes those before. What is accepted, declined, expired or
//! withdrawn stays so; another offer is another quote. That a deal has one accepted quote at most is a rule over several streams,
//! which nothing here sees: the deal holds it, which chooses a quote before that is accepted.
//!
//! Once the last day of what was sent is over, it is taken, declined, withdrawn and revised no more, whether it is noted yet that it
//! expired or not.
//!
//! Prices and taxes are copied from the price book's version in force, and what two currencies are worth to each other is said
//! with the offer: whatever changes later changes no quote. Amounts are counted in one way, see `pricing`.

mod command;
mod decide;
mod event;
mod evolve;
mod offer;
mod pricing;
mod rejection;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Asked, Command, Create, LineAsked};
pub use decide::VERSIONS_MAX;
pub use event::{Accepted, Created, Declined, Event, Expired, Revised, Sent, Withdrawn};
pub use offer::{Line, Offer, Totals};
pub use pricing::LINES_MAX;
pub use rejection::Rejection;
pub use state::{Begun, Quote as Content, State};

use std::convert::Infallible;

use crate::aggregate::Aggregate;
use crate::context::Context;
use crate::id::{ContactId, QuoteId};

/// The aggregate; see the module.
#[derive(Debug)]
pub struct Quote;

impl Aggregate for Quote {
    const CATEGORY: &'static str = "quote";
    type Id = QuoteId;
    type State = State;
    type Command = Command;
    type Event = Event;
    type Part = Infallible;
    type Rejection = Rejection;

    fn decide(state: &State, command: &Command, context: &Context) -> Result<Vec<Event>, Rejection> {
        let event = decide::decide(state, command, context.now)?;
        Ok(event.into_iter().collect())
    }

    fn evolve(state: State, event: &Event) -> State {
        evolve::evolve(state, event)
    }

    fn subject(_id: &QuoteId) -> Option<&ContactId> {
        None
    }
}
