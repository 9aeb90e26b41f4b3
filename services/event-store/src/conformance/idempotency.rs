//! The same event is written once, however often it is sent.

use rapport_domain::envelope::{ExpectedRevision, Position, Revision};

use super::Subject;
use super::sample::{appended, event, events, repeated, reused, stream, with_data};

const EVERY_MODE: [ExpectedRevision; 5] = [
    ExpectedRevision::Any,
    ExpectedRevision::NoStream,
    ExpectedRevision::StreamExists,
    ExpectedRevision::Exact(Revision(0)),
    ExpectedRevision::Exact(Revision(40)),
];

pub(super) async fn a_repeated_append_is_answered_as_the_first_in_every_mode(subject: &mut dyn Subject) {
    let store = subject.store();
    store.append(&stream("b"), ExpectedRevision::Any, events([9])).await.unwrap();
    let first = store.append(&stream("a"), ExpectedRevision::NoStream, events([1, 2])).await.unwrap();
    store.append(&stream("a"), ExpectedRevision::Any, events([3])).await.unwrap();
    for expected in EVERY_MODE {
        assert_eq!(store.append(&stream("a"), expected, events([1, 2])).await.unwrap(), repeated(first));
    }
    assert_eq!(store.head().await.unwrap(), Position(4));
}

pub(super) async fn a_repetition_is_known_after_many_later_events_and_a_restart(subject: &mut dyn Subject) {
    let store = subject.store();
    let first = store.append(&stream("a"), ExpectedRevision::NoStream, events([1, 2])).await.unwrap();
    for batch in 0..20 {
        let later = events((0..500).map(|number| 1_000 + batch * 500 + number));
        store.append(&stream("b"), ExpectedRevision::Any, later).await.unwrap();
    }
    drop(store);
    for _ in 0..2 {
        for expected in EVERY_MODE {
            let again = subject.store().append(&stream("a"), expected, events([1, 2])).await;
            assert_eq!(again.unwrap(), repeated(first));
        }
        assert_eq!(subject.store().head().await.unwrap(), Position(10_002));
        subject.reopen().await;
    }
}

pub(super) async fn a_repetition_may_carry_other_metadata(subject: &mut dyn Subject) {
    let store = subject.store();
    let first = store.append(&stream("a"), ExpectedRevision::NoStream, events([1])).await.unwrap();
    let mut again = event(1);
    again.metadata = r#"{"traceparent":"another"}"#.to_owned();
    let answer = store.append(&stream("a"), ExpectedRevision::NoStream, vec![again]).await;
    assert_eq!(answer.unwrap(), repeated(first));
}

pub(super) async fn part_of_an_append_is_a_repetition_too(subject: &mut dyn Subject) {
    let store = subject.store();
    store.append(&stream("a"), ExpectedRevision::NoStream, events([1, 2, 3])).await.unwrap();
    let answer = store.append(&stream("a"), ExpectedRevision::NoStream, events([2])).await;
    assert_eq!(answer.unwrap(), repeated(appended(1, 2)));
}

pub(super) async fn an_id_with_other_data_or_another_type_is_refused(subject: &mut dyn Subject) {
    let store = subject.store();
    store.append(&stream("a"), ExpectedRevision::NoStream, events([1])).await.unwrap();
    let mut other_type = event(1);
    other_type.event_type = "case.closed.v1".to_owned();
    for other in [with_data(event(1), "{}"), other_type] {
        for expected in EVERY_MODE {
            let answer = store.append(&stream("a"), expected, vec![other.clone()]).await;
            assert_eq!(reused(&answer), event(1).id);
        }
    }
    assert_eq!(store.head().await.unwrap(), Position(1));
}

pub(super) async fn an_id_in_another_stream_is_refused(subject: &mut dyn Subject) {
    let store = subject.store();
    store.append(&stream("a"), ExpectedRevision::NoStream, events([1])).await.unwrap();
    let answer = store.append(&stream("b"), ExpectedRevision::NoStream, events([1])).await;
    assert_eq!(reused(&answer), event(1).id);
}

pub(super) async fn a_partial_overlap_is_refused_whole(subject: &mut dyn Subject) {
    let store = subject.store();
    store.append(&stream("a"), ExpectedRevision::NoStream, events([1, 2])).await.unwrap();
    for (overlapping, id) in [([2, 3], 2), ([3, 2], 2), ([3, 1], 1)] {
        let answer = store.append(&stream("a"), ExpectedRevision::Any, events(overlapping)).await;
        assert_eq!(reused(&answer), event(id).id);
    }
    assert_eq!(store.head().await.unwrap(), Position(2));
}

pub(super) async fn ids_in_another_order_are_refused(subject: &mut dyn Subject) {
    let store = subject.store();
    store.append(&stream("a"), ExpectedRevision::NoStream, events([1, 2, 3])).await.unwrap();
    for (shuffled, id) in [([2, 1], 1), ([1, 3], 3)] {
        let answer = store.append(&stream("a"), ExpectedRevision::Any, events(shuffled)).await;
        assert_eq!(reused(&answer), event(id).id);
    }
}

pub(super) async fn an_id_twice_in_one_append_is_refused(subject: &mut dyn Subject) {
    let store = subject.store();
    let answer = store.append(&stream("a"), ExpectedRevision::Any, events([1, 2, 1])).await;
    assert_eq!(reused(&answer), event(1).id);
    assert_eq!(store.head().await.unwrap(), Position::START);
}
