//! How the tests of an aggregate are written: given what happened, when this is asked, then that follows.
//!
//! ```text
//! given::<Contact>([registered()]).when(Command::Archive).then([Archived {}.into()]);
//! ```
//! Each stage is a type of its own, so that a sentence cannot be left half said. Every accepted command is
//! also asked a second time: see [`Asked::then`].

mod law;
mod sample;

use std::fmt::Debug;

pub(crate) use law::Law;
pub(crate) use sample::{
    actor, at, california, contact_id, day, eur, key, label, other, reference, sealed, segments, usd,
};

use crate::aggregate::Aggregate;
use crate::context::Context;
use crate::value::Instant;

/// An aggregate whose values can be compared and shown.
pub(crate) trait Tested:
    Aggregate<State: PartialEq + Debug, Command: Clone + Debug, Event: PartialEq + Debug, Rejection: PartialEq>
{
}
impl<A> Tested for A where
    A: Aggregate<
            State: PartialEq + Debug,
            Command: Clone + Debug,
            Event: PartialEq + Debug,
            Rejection: PartialEq,
        >
{
}

/// A history, and the time of the next command.
#[must_use]
pub(crate) struct Given<A: Tested> {
    state: A::State,
    context: Context,
}

/// A command, asked of a history.
#[must_use]
pub(crate) struct Asked<A: Tested> {
    given: Given<A>,
    command: A::Command,
}

/// What happened so far. The time is [`NOON`] of the first day, unless [`Given::at`] says otherwise.
pub(crate) fn given<A: Tested>(history: impl IntoIterator<Item = A::Event>) -> Given<A> {
    Given { state: fold::<A>(A::State::default(), history), context: context(at(NOON)) }
}

/// The time of a command that does not name one.
pub(crate) const NOON: &str = "2026-11-21T12:00:00Z";

/// A command at a time, about something that happened then.
pub(crate) fn context(now: Instant) -> Context {
    Context { now, occurred_at: now, actor: actor() }
}

/// Folds events, one after the other.
pub(crate) fn fold<A: Aggregate>(state: A::State, events: impl IntoIterator<Item = A::Event>) -> A::State {
    events.into_iter().fold(state, |state, event| A::evolve(state, &event))
}

impl<A: Tested> Given<A> {
    /// When the command is asked.
    pub(crate) fn at(mut self, now: &str) -> Self {
        self.context = context(at(now));
        self
    }

    /// When that which the command tells of took place.
    pub(crate) fn about(mut self, occurred_at: &str) -> Self {
        self.context.occurred_at = at(occurred_at);
        self
    }

    /// What is asked.
    pub(crate) fn when(self, command: A::Command) -> Asked<A> {
        Asked { given: self, command }
    }
}

impl<A: Tested> Asked<A> {
    /// These events follow, in this order; and the same command, asked again, is accepted and changes nothing.
    #[track_caller]
    pub(crate) fn then(self, expected: impl IntoIterator<Item = A::Event>) {
        let Self { given: Given { state, context }, command } = self;
        let expected: Vec<A::Event> = expected.into_iter().collect();
        assert_eq!(A::decide(&state, &command, &context), Ok(expected.clone()), "asked: {command:?}");
        let state = fold::<A>(state, expected);
        assert_eq!(A::decide(&state, &command, &context), Ok(Vec::new()), "asked again: {command:?}");
    }

    /// The command is accepted and changes nothing.
    #[track_caller]
    pub(crate) fn then_nothing(self) {
        self.then([]);
    }

    /// The command is refused.
    #[track_caller]
    pub(crate) fn then_rejected(self, rejection: A::Rejection) {
        let Self { given: Given { state, context }, command } = self;
        assert_eq!(A::decide(&state, &command, &context), Err(rejection), "asked: {command:?}");
    }
}
