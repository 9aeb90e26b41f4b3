//! The head, those who wait for it, and time.

use rapport_domain::envelope::{ExpectedRevision, Position};
use rapport_domain::value::Instant;

use super::Subject;
use super::sample::{event, events, log, stream};

pub(super) async fn the_head_is_the_last_position(subject: &mut dyn Subject) {
    assert_eq!(subject.store().head().await.unwrap(), Position::START);
    subject.store().append(&stream("a"), ExpectedRevision::Any, events([1, 2])).await.unwrap();
    assert_eq!(subject.store().head().await.unwrap(), Position(2));
    subject.reopen().await;
    assert_eq!(subject.store().head().await.unwrap(), Position(2));
}

pub(super) async fn who_waits_is_woken_by_an_append(subject: &mut dyn Subject) {
    let store = subject.store();
    let waiters: Vec<_> = (0..3)
        .map(|after| {
            let store = subject.store();
            tokio::spawn(async move { store.wait_for(Position(after)).await.unwrap() })
        })
        .collect();
    for number in 0..3 {
        store.append(&stream("a"), ExpectedRevision::Any, events([number])).await.unwrap();
    }
    for (after, waiter) in (0..3).zip(waiters) {
        assert!(waiter.await.unwrap() > Position(after));
    }
}

pub(super) async fn who_waits_for_the_past_is_answered_at_once(subject: &mut dyn Subject) {
    let store = subject.store();
    store.append(&stream("a"), ExpectedRevision::Any, events([1, 2, 3])).await.unwrap();
    for after in 0..3 {
        assert_eq!(store.wait_for(Position(after)).await.unwrap(), Position(3));
    }
}

pub(super) async fn a_position_is_found_by_time(subject: &mut dyn Subject) {
    assert_eq!(subject.store().position_at(Instant::MAX).await.unwrap(), Position::START);
    for number in 0..9 {
        subject.store().append(&stream("a"), ExpectedRevision::Any, events([number])).await.unwrap();
    }
    subject.reopen().await;
    let store = subject.store();
    let log = log(&*store).await;
    assert_eq!(store.position_at(Instant::MIN).await.unwrap(), Position::START);
    assert_eq!(store.position_at(Instant::MAX).await.unwrap(), Position(9));
    for event in &log {
        let before = Instant::from_micros(event.recorded_at.micros() - 1).unwrap();
        let at_or_before =
            |time| log.iter().rfind(|other| other.recorded_at <= time).map(|other| other.position);
        let found = store.position_at(event.recorded_at).await.unwrap();
        assert_eq!(Some(found), at_or_before(event.recorded_at));
        let found = store.position_at(before).await.unwrap();
        assert_eq!(found, at_or_before(before).unwrap_or(Position::START));
    }
}

pub(super) async fn an_event_is_found_by_its_id_and_by_its_position(subject: &mut dyn Subject) {
    assert_eq!(subject.store().position_of(event(0).id).await.unwrap(), None);
    for number in 0..9 {
        let name = if number % 2 == 0 { "a" } else { "b" };
        subject.store().append(&stream(name), ExpectedRevision::Any, events([number])).await.unwrap();
    }
    for _ in ["as written", "after a restart"] {
        let store = subject.store();
        for written in log(&*store).await {
            assert_eq!(store.position_of(written.id).await.unwrap(), Some(written.position));
            assert_eq!(store.read_at(written.position).await.unwrap(), Some(written));
        }
        assert_eq!(store.position_of(event(9).id).await.unwrap(), None);
        let asked = vec![event(8).id, event(9).id, event(0).id];
        let found = store.positions_of(asked).await.unwrap();
        assert_eq!(found, [Some(log(&*store).await[8].position), None, Some(log(&*store).await[0].position)]);
        let head = store.head().await.unwrap();
        assert_eq!(store.read_at(head.next()).await.unwrap(), None);
        assert_eq!(store.read_at(Position::START).await.unwrap(), None);
        subject.reopen().await;
    }
}

pub(super) async fn recorded_times_never_go_backwards(subject: &mut dyn Subject) {
    for number in 0..50 {
        subject.store().append(&stream("a"), ExpectedRevision::Any, events([number])).await.unwrap();
        if number % 20 == 19 {
            subject.reopen().await;
        }
    }
    let log = log(&*subject.store()).await;
    assert!(log.is_sorted_by_key(|event| event.recorded_at));
    assert!(log[0].recorded_at > Instant::parse("2020-01-01T00:00:00Z").unwrap());
}
