//! What holds for the consents of every subject.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::context::Context;
use crate::testing::{Law, context, fold};

const LAW: Law<Consent> = Law { legal, step };

/// A consent in force is one that was given, to this topic and until this time, and to no other topic.
fn legal(state: &State) -> bool {
    let mut seen = BTreeSet::new();
    state.topics.iter().all(|(topic, status)| match status {
        Status::Given { consent_id, valid_until } => {
            let terms = state.given.get(consent_id);
            terms.is_some_and(|terms| terms.topic == *topic && terms.valid_until == *valid_until)
                && seen.insert(*consent_id)
        }
        Status::Expired { consent_id } => state.given.contains_key(consent_id),
        Status::Requested { .. } | Status::Refused | Status::Withdrawn => true,
    })
}

/// An event moves one topic; an end is left by a request alone; agreement comes of agreement alone.
fn step(before: &State, event: &Event, after: &State) -> bool {
    let others_stay = before
        .topics
        .iter()
        .all(|(topic, was)| topic == event.topic() || after.topics.get(topic) == Some(was));
    let moved = match (before.topics.get(event.topic()), after.topics.get(event.topic())) {
        (_, None) => false,
        (was, Some(is)) if was == Some(is) => true,
        (_, Some(Status::Requested { .. })) => matches!(event, Event::Requested(_)),
        (_, Some(Status::Withdrawn)) => matches!(event, Event::Withdrawn(_)),
        (Some(Status::Refused | Status::Withdrawn | Status::Expired { .. }), Some(_)) => false,
        (_, Some(Status::Given { .. })) => matches!(event, Event::Given(_)),
        (_, Some(Status::Refused)) => matches!(event, Event::Refused(_)),
        (_, Some(Status::Expired { .. })) => matches!(event, Event::Expired(_)),
    };
    others_stay && moved && before.given.iter().all(|(id, terms)| after.given.get(id) == Some(terms))
}

/// Whether every consent of a history was asked for, or taken over before anything else was said, and has an
/// id that was never used before. Read from the events alone: it must not rest on the fold that it checks.
fn asked_for(history: &[Event]) -> bool {
    let mut awaited: BTreeMap<&Topic, bool> = BTreeMap::new();
    let mut used = BTreeSet::new();
    history.iter().all(|event| {
        let answers = match (event, awaited.get(event.topic())) {
            (Event::Given(given), Some(awaited)) => *awaited && used.insert(given.consent_id),
            (Event::Given(given), None) => given.method == Method::ApiImport && used.insert(given.consent_id),
            (Event::Requested(_) | Event::Refused(_) | Event::Withdrawn(_) | Event::Expired(_), _) => true,
        };
        awaited.insert(event.topic(), matches!(event, Event::Requested(_)));
        answers
    })
}

fn topics() -> impl Strategy<Value = Topic> {
    select(vec![topic(), by_sms()])
}

fn notices() -> impl Strategy<Value = Notice> {
    select(vec!["1", "2"]).prop_map(notice)
}

fn methods() -> impl Strategy<Value = Method> {
    select(vec![Method::Checkbox, Method::DoubleOptIn, Method::ApiImport])
}

fn gives() -> impl Strategy<Value = Give> {
    let ids = select(vec!["first", "second", "third"]).prop_map(id);
    let ends = option::of(select(vec!["2026-11-23T00:00:00Z", "2026-11-27T00:00:00Z"]).prop_map(at));
    (ids, topics(), notices(), methods(), ends).prop_map(
        |(consent_id, topic, notice, method, valid_until)| Give {
            consent_id,
            topic,
            notice,
            method,
            evidence: None,
            valid_until,
        },
    )
}

fn commands() -> impl Strategy<Value = Command> {
    prop_oneof![
        3 => (topics(), notices()).prop_map(|(topic, notice)| Command::Request { topic, notice }),
        4 => gives().prop_map(Command::Give),
        1 => (topics(), methods()).prop_map(|(topic, method)| Command::Refuse { topic, method }),
        1 => (topics(), methods()).prop_map(|(topic, method)| Command::Withdraw { topic, method, evidence: None }),
        1 => topics().prop_map(|topic| Command::Expire { topic }),
    ]
}

/// A time in the week in which the consents of [`gives`] run out, and a day it may tell of.
fn contexts() -> impl Strategy<Value = Context> {
    (21..29_u32, 0..3_u32).prop_map(|(day, days_ago)| Context {
        occurred_at: at(&format!("2026-11-{:02}T12:00:00Z", day - days_ago)),
        ..context(at(&format!("2026-11-{day:02}T12:00:00Z")))
    })
}

/// Commands in the order of their times.
fn weeks() -> impl Strategy<Value = Vec<(Command, Context)>> {
    vec((commands(), contexts()), 0..40).prop_map(|mut asked| {
        asked.sort_by_key(|(_, context)| context.now);
        asked
    })
}

fn events() -> impl Strategy<Value = Event> {
    let ids = || select(vec!["first", "second"]).prop_map(id);
    prop_oneof![
        (topics(), notices()).prop_map(|(topic, notice)| Requested { topic, notice }.into()),
        gives().prop_map(given_by),
        (topics(), methods()).prop_map(|(topic, method)| Refused { topic, method }.into()),
        (option::of(ids()), topics(), methods()).prop_map(|(consent_id, topic, method)| Withdrawn {
            consent_id,
            topic,
            method,
            evidence: None
        }
        .into()),
        (ids(), topics()).prop_map(|(consent_id, topic)| Expired {
            consent_id,
            topic,
            valid_until: at(FUTURE)
        }
        .into()),
    ]
}

proptest! {
    #[test]
    fn no_commands_lead_to_an_illegal_state_and_a_repeated_one_changes_nothing(asked in weeks()) {
        LAW.holds_for_commands(asked)?;
    }

    #[test]
    fn no_consent_is_given_unasked_or_revived(asked in weeks()) {
        let history = LAW.holds_for_commands(asked)?;
        prop_assert!(asked_for(&history), "{history:?}");
    }

    #[test]
    fn every_history_folds_and_a_no_is_left_by_a_request_alone(history in vec(events(), 0..30)) {
        LAW.holds_for_events(&history)?;
    }

    #[test]
    fn a_withdrawal_is_always_accepted(history in vec(events(), 0..30), context in contexts()) {
        let state = fold::<Consent>(State::default(), history);
        let events = Consent::decide(&state, &withdraw(), &context);
        prop_assert!(events.is_ok());
        let state = fold::<Consent>(state, events.unwrap_or_default());
        prop_assert_eq!(state.topics.get(&topic()), Some(&Status::Withdrawn));
    }
}
