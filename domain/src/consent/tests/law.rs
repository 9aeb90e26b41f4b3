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
        Status::Expired { consent_id } | Status::Revoked { consent_id } => {
            state.given.contains_key(consent_id)
        }
        Status::Invalidated { consent_id } => {
            state.given.contains_key(consent_id) && state.invalid.contains_key(consent_id)
        }
        Status::Pending(pending) => {
            !state.given.contains_key(&pending.consent_id) && pending.terms.topic == *topic
        }
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
        (before, None) => {
            before.is_none() && matches!(event, Event::Invalidated(_) | Event::InvalidationProposed(_))
        }
        (was, Some(is)) if was == Some(is) => true,
        (_, Some(Status::Requested { .. })) => matches!(event, Event::Requested(_)),
        (_, Some(Status::Withdrawn)) => matches!(event, Event::Withdrawn(_)),
        (
            Some(
                Status::Refused
                | Status::Withdrawn
                | Status::Expired { .. }
                | Status::Revoked { .. }
                | Status::Invalidated { .. },
            ),
            Some(_),
        ) => false,
        (_, Some(Status::Given { .. })) => matches!(event, Event::Given(_) | Event::Renewed(_)),
        (_, Some(Status::Pending(_))) => matches!(event, Event::ConfirmationRequested(_)),
        (_, Some(Status::Revoked { .. })) => matches!(event, Event::Revoked(_)),
        (Some(Status::Given { consent_id: was, .. }), Some(Status::Invalidated { consent_id: is })) => {
            matches!(event, Event::Invalidated(_)) && was == is
        }
        (_, Some(Status::Invalidated { .. })) => false,
        (_, Some(Status::Refused)) => matches!(event, Event::Refused(_)),
        (_, Some(Status::Expired { .. })) => matches!(event, Event::Expired(_)),
    };
    others_stay && moved && before.given.iter().all(|(id, terms)| after.given.get(id) == Some(terms))
}

/// Whether every consent of a history was asked for, or taken over before anything else was said, or goes on from one that
/// was in force; whether it has an id that was never used before; and whether one that waits to be confirmed is given by
/// two acts alone. Read from the events alone: it must not rest on the fold that it checks.
fn asked_for(history: &[Event]) -> bool {
    let mut last: BTreeMap<&Topic, &Event> = BTreeMap::new();
    let mut used = BTreeSet::new();
    history.iter().all(|event| {
        let before = last.get(event.topic()).copied();
        let may = match (event, before) {
            (Event::Given(given), Some(Event::Requested(_))) => used.insert(given.consent_id),
            (Event::Given(given), Some(Event::ConfirmationRequested(first))) => {
                given.consent_id == first.consent_id
                    && given.method == Method::DoubleOptIn
                    && used.insert(given.consent_id)
            }
            (Event::Given(given), None) => given.method == Method::ApiImport && used.insert(given.consent_id),
            (Event::Given(_), Some(_)) => false,
            (Event::Renewed(renewed), Some(Event::Given(Given { consent_id, .. })))
            | (Event::Renewed(renewed), Some(Event::Renewed(Renewed { consent_id, .. }))) => {
                renewed.renews == *consent_id && used.insert(renewed.consent_id)
            }
            (Event::Renewed(_), _) => false,
            (
                Event::ConfirmationRequested(_),
                Some(Event::Requested(_) | Event::ConfirmationRequested(_)),
            ) => true,
            (Event::ConfirmationRequested(_), _) => false,
            (Event::Invalidated(found), _) => used.contains(&found.consent_id),
            (Event::InvalidationProposed(proposed), _) => used.contains(&proposed.consent_id),
            (
                Event::Requested(_)
                | Event::Refused(_)
                | Event::Withdrawn(_)
                | Event::Expired(_)
                | Event::Revoked(_),
                _,
            ) => true,
        };
        // What is found about a consent that is not the one that stands says nothing about the topic.
        let about_another = match (event, before) {
            (Event::Invalidated(found), Some(Event::Given(given))) => found.consent_id != given.consent_id,
            (Event::Invalidated(found), Some(Event::Renewed(given))) => found.consent_id != given.consent_id,
            (Event::Invalidated(_) | Event::InvalidationProposed(_), _) => true,
            (_, _) => false,
        };
        if !about_another {
            last.insert(event.topic(), event);
        }
        may
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
            jurisdiction: None,
        },
    )
}

fn tokens() -> impl Strategy<Value = Sha256> {
    select(vec!["one", "two"]).prop_map(token)
}

fn laws() -> impl Strategy<Value = Option<Jurisdiction>> {
    prop_oneof![3 => Just(None), 1 => Just(testing::california())]
}

fn instants() -> impl Strategy<Value = Instant> {
    select(vec!["2026-11-20T00:00:00Z", "2026-11-24T00:00:00Z"]).prop_map(at)
}

fn found(consent_id: ConsentId, since: Instant) -> Command {
    Command::Invalidate { consent_id, since, authority: label("audit"), reason: label("bundled") }
}

fn ids() -> impl Strategy<Value = ConsentId> {
    select(vec!["first", "second", "third"]).prop_map(id)
}

fn is_confirmation(command: &Command) -> bool {
    matches!(command, Command::Confirm { .. })
}

fn commands() -> impl Strategy<Value = Command> {
    let ends = || option::of(select(vec!["2026-11-24T00:00:00Z", "2026-11-29T00:00:00Z"]).prop_map(at));
    prop_oneof![
        6 => (topics(), notices(), laws()).prop_map(|(topic, notice, jurisdiction)| Command::Request {
            topic,
            notice,
            jurisdiction,
            opted_out_until: None,
        }),
        4 => gives().prop_map(Command::Give),
        4 => (gives(), tokens()).prop_map(|(give, token_sha256)| Command::RequestConfirmation {
            give,
            token_sha256,
            confirm_by: None,
        }),
        3 => tokens().prop_map(|token_sha256| Command::Confirm { token_sha256, evidence: None }),
        1 => (topics(), methods(), laws()).prop_map(|(topic, method, jurisdiction)| Command::Refuse {
            topic,
            method,
            jurisdiction,
        }),
        1 => (topics(), methods(), laws()).prop_map(|(topic, method, jurisdiction)| Command::Withdraw {
            topic,
            method,
            evidence: None,
            jurisdiction,
        }),
        1 => topics().prop_map(|topic| Command::Expire { topic }),
        2 => (ids(), topics(), methods(), ends()).prop_map(|(consent_id, topic, method, valid_until)| {
            Command::Renew { consent_id, topic, method, evidence: Evidence::default().into(), valid_until }
        }),
        1 => topics().prop_map(|topic| Command::Revoke { topic, reason: label("ended") }),
        1 => (ids(), instants()).prop_map(|(consent_id, since)| found(consent_id, since)),
        2 => (ids(), instants()).prop_map(|(consent_id, since)| Command::ProposeInvalidation {
            consent_id,
            since,
            authority: label("audit"),
            reason: label("bundled"),
        }),
        2 => ids().prop_map(|consent_id| Command::ApproveInvalidation { consent_id, since: None }),
    ]
}

/// A time in the week in which the consents of [`gives`] run out, and a day it may tell of.
fn contexts() -> impl Strategy<Value = Context> {
    let people = select(vec![testing::actor(), testing::other()]);
    (21..29_u32, 0..3_u32, people).prop_map(|(day, days_ago, actor)| Context {
        actor,
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

fn findings() -> impl Strategy<Value = Event> {
    prop_oneof![
        (ids(), topics(), instants()).prop_map(|(consent_id, topic, since)| Invalidated {
            consent_id,
            topic,
            since,
            authority: label("audit"),
            reason: label("bundled"),
            proposed_by: None,
            approved_by: None,
        }
        .into()),
        (ids(), topics(), instants()).prop_map(|(consent_id, topic, since)| InvalidationProposed {
            consent_id,
            topic,
            since,
            authority: label("audit"),
            reason: label("bundled"),
            proposed_by: testing::other(),
        }
        .into()),
    ]
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        (topics(), notices())
            .prop_map(|(topic, notice)| Requested { topic, notice, jurisdiction: None }.into()),
        gives().prop_map(given_by),
        (gives(), tokens()).prop_map(|(give, token_sha256)| ConfirmationRequested {
            consent_id: give.consent_id,
            topic: give.topic,
            notice: give.notice,
            method: give.method,
            evidence: give.evidence,
            token_sha256,
            confirm_by: at(A_WEEK_LATER),
            valid_until: give.valid_until,
            jurisdiction: None,
        }
        .into()),
        (ids(), gives()).prop_map(|(renews, give)| Renewed {
            consent_id: give.consent_id,
            renews,
            topic: give.topic,
            notice: give.notice,
            method: give.method,
            evidence_grade: give.method.grade(),
            evidence: Evidence::default().into(),
            valid_until: give.valid_until,
        }
        .into()),
        (topics(), methods()).prop_map(|(topic, method)| Refused {
            topic,
            method,
            jurisdiction: None,
            no_reask_before: None,
        }
        .into()),
        (option::of(ids()), topics(), methods()).prop_map(|(consent_id, topic, method)| Withdrawn {
            consent_id,
            topic,
            method,
            evidence: None,
            jurisdiction: None,
            no_reask_before: None,
        }
        .into()),
        (ids(), topics()).prop_map(|(consent_id, topic)| Expired {
            consent_id,
            topic,
            valid_until: at(FUTURE)
        }
        .into()),
        (ids(), topics()).prop_map(|(consent_id, topic)| Revoked {
            consent_id,
            topic,
            reason: label("ended")
        }
        .into()),
        findings(),
    ]
}

/// Whether two people found what two have to find, or one alone what one may. Read from the events alone.
fn found_by_one_or_by_two(history: &[Event]) -> bool {
    history.iter().all(|event| match event {
        Event::Invalidated(found) => match (&found.proposed_by, &found.approved_by) {
            (Some(proposed_by), Some(approved_by)) => proposed_by != approved_by,
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        },
        Event::Requested(_)
        | Event::Given(_)
        | Event::Refused(_)
        | Event::Withdrawn(_)
        | Event::Expired(_)
        | Event::ConfirmationRequested(_)
        | Event::Renewed(_)
        | Event::Revoked(_)
        | Event::InvalidationProposed(_) => true,
    })
}

proptest! {
    #[test]
    fn no_commands_lead_to_an_illegal_state_and_a_repeated_one_changes_nothing(asked in weeks()) {
        LAW.holds_for_commands_but_once(asked, is_confirmation)?;
    }

    #[test]
    fn no_consent_is_given_unasked_or_revived(asked in weeks()) {
        let history = LAW.holds_for_commands_but_once(asked, is_confirmation)?;
        prop_assert!(asked_for(&history), "{history:?}");
        prop_assert!(found_by_one_or_by_two(&history), "{history:?}");
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
