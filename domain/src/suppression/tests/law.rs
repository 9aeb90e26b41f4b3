//! What holds for the suppressions of every subject.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::context::Context;
use crate::testing::{Law, NOON, at, context, fold};

const LAW: Law<Suppression> = Law { legal, step };

/// Digests are kept where something was ever raised.
fn legal(state: &State) -> bool {
    state.retained.is_empty() || !state.suppressions.is_empty()
}

/// An event moves one suppression, or keeps digests; a lift follows what stands alone.
fn step(before: &State, event: &Event, after: &State) -> bool {
    let about = about(event);
    let others_stay = before
        .suppressions
        .iter()
        .all(|(which, was)| Some(which) == about.as_ref() || after.suppressions.get(which) == Some(was));
    let Some(about) = about else { return others_stay && before.suppressions == after.suppressions };
    let was = before.suppressions.get(&about).copied();
    let moved = match (was, after.suppressions.get(&about)) {
        (was, is) if was.as_ref() == is => true,
        (_, Some(Status::Raised)) => matches!(event, Event::Raised(_)),
        (Some(Status::Raised), Some(Status::LiftRequested)) => matches!(event, Event::LiftRequested(_)),
        (Some(Status::Raised | Status::LiftRequested), Some(Status::Lifted)) => {
            matches!(event, Event::Lifted(_))
        }
        (Some(Status::LiftRequested | Status::Lifted) | None, Some(Status::LiftRequested))
        | (Some(Status::Lifted) | None, Some(Status::Lifted))
        | (Some(_) | None, None) => false,
    };
    others_stay && moved && before.retained == after.retained
}

fn about(event: &Event) -> Option<(Kind, Scope)> {
    match event {
        Event::Raised(event) => Some((event.kind, event.scope.clone())),
        Event::LiftRequested(event) => Some((event.kind, event.scope.clone())),
        Event::Lifted(event) => Some((event.kind, event.scope.clone())),
        Event::Retained(_) => None,
    }
}

/// Whether every end of a history was a second act where it has to be one, after the last no. Read from the events
/// alone: it must not rest on the fold that it checks.
fn two_acts_end_a_signal(history: &[Event]) -> bool {
    let mut asked: BTreeMap<(Kind, Scope), bool> = BTreeMap::new();
    history.iter().all(|event| match event {
        Event::Raised(event) => {
            asked.insert((event.kind, event.scope.clone()), false);
            true
        }
        Event::LiftRequested(event) => asked.insert((event.kind, event.scope.clone()), true) == Some(false),
        Event::Lifted(event) => asked
            .remove(&(event.kind, event.scope.clone()))
            .is_some_and(|asked| asked || event.kind != Kind::OptOutSignal),
        Event::Retained(_) => true,
    })
}

fn scopes() -> impl Strategy<Value = Scope> {
    let purposes = option::of(select(vec!["newsletter", "offers"]).prop_map(key));
    let channels = option::of(select(vec![Channel::Email, Channel::Sms]));
    (purposes, channels).prop_map(|(purpose, channel)| Scope { purpose, channel })
}

fn sayings() -> impl Strategy<Value = Said> {
    let kinds = select(vec![Kind::Objection, Kind::OptOutSignal, Kind::Unsubscribe]);
    let methods = select(vec![Method::Button, Method::GpcSignal, Method::StaffRecorded]);
    (kinds, scopes(), methods).prop_map(|(kind, scope, method)| Said { kind, scope, method, evidence: None })
}

fn commands() -> impl Strategy<Value = Command> {
    prop_oneof![
        3 => sayings().prop_map(raise),
        2 => sayings().prop_map(Command::RequestLift),
        3 => sayings().prop_map(lift),
        1 => select(vec!["aa", "bb"]).prop_map(|digest| retain(&[digest])),
    ]
}

fn asked() -> impl Strategy<Value = Vec<(Command, Context)>> {
    vec(commands().prop_map(|command| (command, context(at(NOON)))), 0..60)
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        sayings().prop_map(raised),
        sayings().prop_map(lift_requested),
        sayings().prop_map(lifted),
        select(vec!["aa", "bb"]).prop_map(|digest| retained(&[digest])),
    ]
}

proptest! {
    #[test]
    fn no_commands_lead_to_an_illegal_state_and_a_signal_is_ended_by_two_acts(asked in asked()) {
        let history = LAW.holds_for_commands(asked)?;
        prop_assert!(two_acts_end_a_signal(&history), "{history:?}");
    }

    #[test]
    fn every_history_folds_and_only_what_stands_is_lifted(history in vec(events(), 0..40)) {
        LAW.holds_for_events(&history)?;
    }

    #[test]
    fn a_no_is_always_accepted_and_then_stands(history in vec(events(), 0..40), said in sayings()) {
        let state = fold::<Suppression>(State::default(), history);
        let events = Suppression::decide(&state, &raise(said.clone()), &context(at(NOON)));
        prop_assert!(events.is_ok());
        let state = fold::<Suppression>(state, events.unwrap_or_default());
        prop_assert_eq!(state.suppressions.get(&(said.kind, said.scope)), Some(&Status::Raised));
    }
}
