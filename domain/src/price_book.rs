//! What a company sells and for how much, in versions.
//!
//! ```text
//! Unpublished --publish--> Published(1) --publish--> Published(2) ...
//! ```
//! A quote takes its prices and taxes from the version in force and keeps them: a later version changes no quote.

mod command;
mod decide;
mod event;
mod evolve;
mod state;
#[cfg(test)]
mod tests;

pub use command::Command;
pub use decide::{ENTRIES_MAX, Rejection};
pub use event::{Event, Published};
pub use state::{Definition, Entry, State};

use std::convert::Infallible;

use crate::aggregate::Aggregate;
use crate::context::Context;
use crate::id::{ContactId, PriceBookId};

/// The aggregate; see the module.
#[derive(Debug)]
pub struct PriceBook;

impl Aggregate for PriceBook {
    const CATEGORY: &'static str = "price_book";
    type Id = PriceBookId;
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

    fn subject(_id: &PriceBookId) -> Option<&ContactId> {
        None
    }
}
