//! Given what a subject said, when somebody wants to address them, then they may or may not, and this decides.

use rapport_domain::DomainEvent;
use rapport_domain::contact::Erased;
use rapport_domain::id::SubjectRequestId;

use super::*;
use crate::consent::check::decisions;
use crate::testing::commands::random_commands;

fn checked(history: &History, time: &str) -> Decision {
    let model = Model::of(ConsentProjection, history);
    decisions(&model.connection, &[contact("ann")], &topic(), at(time)).unwrap().remove(0)
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
fn nobody_and_who_was_erased_may_not_be_addressed() {
    assert_eq!(verdict(&History::new(), NOON), Verdict::ContactUnknown);
    let mut history = said([requested().into(), given_until(NOON).into()]);
    let request_id = SubjectRequestId::derived("tests", "erasure");
    history.add::<Contact>(&contact("ann"), "2026-03-01T00:00:00Z", Erased { request_id });
    assert_eq!(verdict(&history, "2026-02-10T00:00:00Z"), Verdict::ContactErased);
}

/// The same by brute force: the aggregate's own fold of what had occurred.
fn may(history: &History, contact_id: ContactId, topic: &Topic, time: Instant) -> bool {
    let stream = consent::Consent::stream(&contact_id).unwrap();
    let mut state = State::default();
    for recorded in history.events.iter().filter(|recorded| recorded.stream == stream) {
        if recorded.metadata().unwrap().occurred_at > time {
            continue;
        }
        let Some(DomainEvent::Consent(event)) = DomainEvent::decode(recorded).unwrap() else { continue };
        state = consent::Consent::evolve(state, &event);
    }
    match state.topics.get(topic) {
        Some(Status::Given { valid_until, .. }) => valid_until.is_none_or(|until| time < until),
        Some(Status::Requested { .. } | Status::Refused | Status::Withdrawn | Status::Expired { .. })
        | None => false,
    }
}

fn topic_of(event: &Event) -> &Topic {
    match event {
        Event::Requested(event) => &event.topic,
        Event::Given(event) => &event.topic,
        Event::Refused(event) => &event.topic,
        Event::Withdrawn(event) => &event.topic,
        Event::Expired(event) => &event.topic,
    }
}

#[test]
fn any_history_allows_what_the_aggregate_would_at_any_time() {
    let mut allowed = 0;
    for seed in 0..12 {
        let history = random_commands(seed, 600);
        let model = Model::of(ConsentProjection, &history);
        for recorded in &history.events {
            let Some(DomainEvent::Consent(event)) = DomainEvent::decode(recorded).unwrap() else { continue };
            let contact_id = ContactId::parse(recorded.stream.id()).unwrap();
            let time = recorded.metadata().unwrap().occurred_at;
            let topic = topic_of(&event);
            let found = decisions(&model.connection, &[contact_id], topic, time).unwrap();
            let expected = may(&history, contact_id, topic, time);
            assert_eq!(found[0].verdict == Verdict::Allowed, expected, "seed {seed}, {}", recorded.position);
            allowed += usize::from(expected);
        }
    }
    assert!(allowed > 20, "there are consents that hold: {allowed}");
}
