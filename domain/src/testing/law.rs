//! What holds for every history of an aggregate, whatever is asked and in whatever order.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::{Tested, fold};
use crate::context::Context;

/// The laws of one aggregate.
pub(crate) struct Law<A: Tested> {
    /// Whether a state that commands led to is one that the business knows.
    pub(crate) legal: fn(&A::State) -> bool,
    /// Whether an event may lead from a state to the next one. Holds for events that no command led to as well.
    pub(crate) step: fn(&A::State, &A::Event, &A::State) -> bool,
}

impl<A: Tested> Law<A> {
    /// No sequence of commands reaches an illegal state, a repeated command changes nothing, a refusal is given
    /// again, and the events alone lead to the same state again. Answers with the events.
    pub(crate) fn holds_for_commands(
        &self,
        asked: Vec<(A::Command, Context)>,
    ) -> Result<Vec<A::Event>, TestCaseError> {
        self.holds_for_commands_but_once(asked, |_| false)
    }

    /// The same, where some commands are accepted once: repeated, those are refused.
    pub(crate) fn holds_for_commands_but_once(
        &self,
        asked: Vec<(A::Command, Context)>,
        is_once: fn(&A::Command) -> bool,
    ) -> Result<Vec<A::Event>, TestCaseError> {
        let mut state = A::State::default();
        let mut history = Vec::new();
        for (command, context) in asked {
            match A::decide(&state, &command, &context) {
                Ok(events) => {
                    state = self.fold(state, &events)?;
                    history.extend(events);
                    let again = A::decide(&state, &command, &context);
                    if is_once(&command) {
                        prop_assert!(again.is_err(), "again: {:?}", command);
                    } else {
                        prop_assert_eq!(again, Ok(Vec::new()), "again: {:?}", command);
                    }
                }
                Err(rejection) => prop_assert_eq!(A::decide(&state, &command, &context), Err(rejection)),
            }
            prop_assert!((self.legal)(&state), "after {:?}: {:?}", command, state);
        }
        prop_assert_eq!(fold::<A>(A::State::default(), history.clone()), state);
        Ok(history)
    }

    /// Whatever stands in the log folds without a panic, and no event leads where it may not.
    pub(crate) fn holds_for_events(&self, events: &[A::Event]) -> Result<(), TestCaseError> {
        self.fold(A::State::default(), events).map(drop)
    }

    fn fold(&self, mut state: A::State, events: &[A::Event]) -> Result<A::State, TestCaseError> {
        for event in events {
            let next = A::evolve(state.clone(), event);
            prop_assert!((self.step)(&state, event, &next), "{:?} by {:?} to {:?}", state, event, next);
            state = next;
        }
        Ok(state)
    }
}
