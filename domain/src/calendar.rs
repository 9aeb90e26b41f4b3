//! When a company works: its hours, its holidays and its zone, in versions.
//!
//! ```text
//! Unpublished --publish--> Published(1) --publish--> Published(2) ...
//! ```
//! What is due after so much working time is computed when the promise is made, and written down: neither a later version
//! nor a later database of zones moves it.

mod command;
mod decide;
mod event;
mod evolve;
mod state;
#[cfg(test)]
mod tests;
mod working_time;

pub use command::Command;
pub use decide::{HOLIDAYS_MAX, HOURS_MAX, Rejection};
pub use event::{Event, Published};
pub use state::{Definition, Hours, State, Weekday};
pub use working_time::DAYS_AHEAD_MAX;

use std::convert::Infallible;

use crate::aggregate::Aggregate;
use crate::context::Context;
use crate::id::{CalendarId, ContactId};

/// The aggregate; see the module.
#[derive(Debug)]
pub struct Calendar;

impl Aggregate for Calendar {
    const CATEGORY: &'static str = "calendar";
    type Id = CalendarId;
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

    fn subject(_id: &CalendarId) -> Option<&ContactId> {
        None
    }
}
