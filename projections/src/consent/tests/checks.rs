//! Given what a subject said, when somebody wants to address them, then they may or may not, and this decides.

mod about_to_be_erased;
mod suppressed;

use rapport_domain::contact::Erased;
use rapport_domain::id::SubjectRequestId;
use rapport_domain::suppression::Suppression;
use rapport_domain::{DomainEvent, StoredEvent};

use super::*;
use crate::consent::check::{Question, decisions};
use crate::testing::commands::random_commands;
use crate::testing::open_vault;

fn checked(history: &History, time: &str) -> Decision {
    asked(history, "ann", topic(), at(time))
}

fn asked(history: &History, name: &str, topic: Topic, at: Instant) -> Decision {
    let directory = tempfile::tempdir().unwrap();
    judged(&Model::of(ConsentProjection, history), &open_vault(directory.path()), name, topic, at)
}

fn judged(
    model: &Model<ConsentProjection>,
    vault: &Vault,
    name: &str,
    topic: Topic,
    at: Instant,
) -> Decision {
    decisions(&model.connection, vault, &[contact(name)], &Question { topic, at }).unwrap().remove(0)
}

fn verdict(history: &History, time: &str) -> Verdict {
    checked(history, time).verdict
}

#[test]
fn a_consent_allows_from_when_it_was_given_until_it_ends_or_is_taken_back() {
    let history = said([requested().into(), given_until(NOON).into(), withdrawn().into()]);
    for (time, expected) in [
        ("2026-01-31T00:00:00Z", Verdict::NotAsked),
        ("2026-02-01T00:00:00Z", Verdict::NotAnswered),
        ("2026-02-02T00:00:00Z", Verdict::Allowed),
        ("2026-02-02T23:59:59Z", Verdict::Allowed),
        ("2026-02-03T00:00:00Z", Verdict::Withdrawn),
    ] {
        assert_eq!(verdict(&history, time), expected, "{time}");
    }
    let decision = checked(&history, "2026-02-02T12:00:00Z").decided_by.unwrap();
    assert_eq!((decision.position, decision.consent_id), (Position(3), Some(id("a"))));
}

#[test]
fn a_consent_is_over_at_its_end_whether_or_not_that_was_recorded() {
    let history = said([requested().into(), given_until(NOON).into()]);
    assert_eq!(verdict(&history, "2026-06-01T11:59:59Z"), Verdict::Allowed);
    assert_eq!(verdict(&history, NOON), Verdict::Expired);
}

#[test]
fn a_first_act_allows_nothing_before_it_is_confirmed() {
    let confirmed = Given { method: Method::DoubleOptIn, ..given("a", topic()) };
    let history = said([requested().into(), first_act("a").into(), confirmed.into()]);
    for (time, expected) in [
        ("2026-02-01T00:00:00Z", Verdict::NotAnswered),
        ("2026-02-02T00:00:00Z", Verdict::NotConfirmed),
        ("2026-02-02T23:59:59Z", Verdict::NotConfirmed),
        ("2026-02-03T00:00:00Z", Verdict::Allowed),
    ] {
        assert_eq!(verdict(&history, time), expected, "{time}");
    }
    let unconfirmed = said([requested().into(), first_act("a").into()]);
    assert_eq!(verdict(&unconfirmed, "2026-07-01T00:00:00Z"), Verdict::NotConfirmed);
    let status = |time| standing(&unconfirmed, time)[0].status;
    assert_eq!(status("2026-06-01T11:59:59Z"), ConsentStatus::Pending);
    assert_eq!(status(NOON), ConsentStatus::Lapsed);
}

#[test]
fn a_renewed_consent_allows_past_its_first_end() {
    let history = said([requested().into(), given_until(NOON).into(), renewed("b", "a").into()]);
    assert_eq!(verdict(&history, "2026-07-01T00:00:00Z"), Verdict::Allowed);
    let decision = checked(&history, "2026-07-01T00:00:00Z").decided_by.unwrap();
    assert_eq!((decision.position, decision.consent_id), (Position(4), Some(id("b"))));
    assert_eq!(standing(&history, NOON)[0].status, ConsentStatus::Renewed);
}

#[test]
fn what_the_controller_ended_is_over() {
    let history = said([requested().into(), given_until(NOON).into(), revoked("a").into()]);
    assert_eq!(verdict(&history, "2026-02-02T12:00:00Z"), Verdict::Allowed);
    assert_eq!(verdict(&history, "2026-02-03T00:00:00Z"), Verdict::Revoked);
}

#[test]
fn what_was_found_invalid_does_not_count_since_then_and_before_that_was_found_it_did() {
    let given = [requested().into(), given_until(NOON).into()];
    let found = invalidated("a", "2026-02-02T12:00:00Z");
    let known = said(given.clone().into_iter().chain([found.into()]));
    for (time, before, after) in [
        ("2026-02-02T11:59:59Z", Verdict::Allowed, Verdict::Allowed),
        ("2026-02-02T12:00:00Z", Verdict::Allowed, Verdict::Invalidated),
        ("2026-02-10T00:00:00Z", Verdict::Allowed, Verdict::Invalidated),
    ] {
        assert_eq!(verdict(&said(given.clone()), time), before, "{time}");
        assert_eq!(verdict(&known, time), after, "{time}");
    }
    let decision = checked(&known, NOON).decided_by.unwrap();
    assert_eq!((decision.position, decision.consent_id), (Position(4), Some(id("a"))));
}

#[test]
fn a_later_consent_is_not_touched_by_what_was_found_of_an_earlier_one() {
    let anew = given("b", topic());
    let history = said([
        requested().into(),
        given_until(NOON).into(),
        withdrawn().into(),
        requested().into(),
        anew.into(),
        invalidated("a", "2026-02-01T00:00:00Z").into(),
    ]);
    assert_eq!(verdict(&history, "2026-02-02T12:00:00Z"), Verdict::Invalidated);
    assert_eq!(verdict(&history, "2026-02-10T00:00:00Z"), Verdict::Allowed);
}

#[test]
fn nobody_and_who_was_erased_may_not_be_addressed() {
    assert_eq!(verdict(&History::new(), NOON), Verdict::ContactUnknown);
    let mut history = said([requested().into(), given_until(NOON).into()]);
    let request_id = SubjectRequestId::derived("tests", "erasure");
    history.add::<Contact>(&contact("ann"), "2026-03-01T00:00:00Z", Erased { request_id });
    assert_eq!(verdict(&history, "2026-02-10T00:00:00Z"), Verdict::ContactErased);
}

/// An aggregate's own fold of the events that count at a time.
fn state_at<A: Aggregate<Event: StoredEvent>>(
    history: &History,
    id: &A::Id,
    time: Instant,
    counts_from: fn(&A::Event, Instant) -> Instant,
) -> A::State {
    let stream = A::stream(id).unwrap();
    let events = history.events.iter().filter(|recorded| recorded.stream == stream).map(|recorded| {
        let event = A::Event::decode(&recorded.event_type, &recorded.data).unwrap().unwrap();
        (recorded.metadata().unwrap().occurred_at, event)
    });
    let counting = events.filter(|(occurred_at, event)| counts_from(event, *occurred_at) <= time);
    counting.fold(A::State::default(), |state, (_, event)| A::evolve(state, &event))
}

/// What is found invalid counts since then, everything else since it occurred.
fn consent_counts_from(event: &Event, occurred_at: Instant) -> Instant {
    if let Event::Invalidated(found) = event { found.since } else { occurred_at }
}

/// The same by brute force.
fn may(history: &History, contact_id: ContactId, topic: &Topic, time: Instant) -> bool {
    let who = contact_id.to_string();
    if !history
        .events
        .iter()
        .any(|event| event.event_type == "contact.registered.v1" && event.stream.id() == who)
    {
        return false;
    }
    let suppressions = state_at::<Suppression>(history, &contact_id, time, |_, at| at).suppressions;
    if suppressions.iter().any(|((_, scope), status)| status.stands() && scope.covers(topic)) {
        return false;
    }
    let state = state_at::<consent::Consent>(history, &contact_id, time, consent_counts_from);
    match state.topics.get(topic) {
        Some(Status::Given { valid_until, .. }) => valid_until.is_none_or(|until| time < until),
        Some(
            Status::Requested { .. }
            | Status::Pending(_)
            | Status::Refused
            | Status::Withdrawn
            | Status::Expired { .. }
            | Status::Revoked { .. }
            | Status::Invalidated { .. },
        )
        | None => false,
    }
}

#[test]
fn any_history_allows_what_the_aggregates_would_at_any_time() {
    let directory = tempfile::tempdir().unwrap();
    let vault = open_vault(directory.path());
    let (mut allowed, mut suppressed) = (0, 0);
    for seed in 0..12 {
        let history = random_commands(seed, 600);
        let model = Model::of(ConsentProjection, &history);
        for recorded in &history.events {
            let Some(DomainEvent::Consent(event)) = DomainEvent::decode(recorded).unwrap() else { continue };
            let contact_id = ContactId::parse(recorded.stream.id()).unwrap();
            let (topic, at) = (event.topic().clone(), recorded.metadata().unwrap().occurred_at);
            let expected = may(&history, contact_id, &topic, at);
            let found = decisions(&model.connection, &vault, &[contact_id], &Question { topic, at }).unwrap();
            assert_eq!(found[0].verdict == Verdict::Allowed, expected, "seed {seed}, {}", recorded.position);
            allowed += usize::from(expected);
            suppressed += usize::from(is_suppression(found[0].verdict));
        }
    }
    assert!(allowed > 20 && suppressed > 20, "both happen: {allowed}, {suppressed}");
}

const fn is_suppression(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Objected | Verdict::OptedOut | Verdict::Unsubscribed => true,
        Verdict::Allowed
        | Verdict::NotAsked
        | Verdict::NotAnswered
        | Verdict::Refused
        | Verdict::Withdrawn
        | Verdict::Expired
        | Verdict::ContactUnknown
        | Verdict::ContactErased
        | Verdict::NotConfirmed
        | Verdict::Revoked
        | Verdict::Invalidated
        | Verdict::ErasureApproved => false,
    }
}
