//! The words that subjects are shown when they are asked: published once, and the same for ever.
//!
//! ```text
//! Unpublished --publish--> Published(version 1, de) --publish--> Published(version 1, de; version 1, en) ...
//! ```
//! One stream is one notice. Each of its versions has one text in each of its languages, known by the digest of its bytes:
//! a consent that names a notice of this ledger is a consent to exactly these words.

mod command;
mod decide;
mod event;
mod evolve;
mod state;
#[cfg(test)]
mod tests;
mod text;

pub use command::Command;
pub use decide::{Rejection, WORDINGS_MAX};
pub use event::{Event, Published};
pub use state::{State, Wording};
pub use text::Text;

use std::convert::Infallible;

use crate::aggregate::Aggregate;
use crate::context::Context;
use crate::id::{ContactId, NoticeId};
use crate::value::Reference;

impl NoticeId {
    /// The id of the notice that a company calls so.
    #[must_use]
    pub fn of(notice: &Reference) -> Self {
        Self::derived("notice", notice.as_str())
    }
}

/// The aggregate; see the module.
#[derive(Debug)]
pub struct Notice;

impl Aggregate for Notice {
    const CATEGORY: &'static str = "notice";
    type Id = NoticeId;
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

    fn subject(_id: &NoticeId) -> Option<&ContactId> {
        None
    }
}
