//! Expectations, atomicity, limits.

use rapport_domain::envelope::{ExpectedRevision, Position, Revision};

use super::Subject;
use super::sample::{actual, appended, event, events, json_of, log, stream, with_data};
use crate::port::{APPEND_BYTES_MAX, AppendError, Appended, EVENT_BYTES_MAX, EVENTS_PER_APPEND_MAX, Outcome};

pub(super) async fn a_new_stream_begins_at_revision_0(subject: &mut dyn Subject) {
    let store = subject.store();
    let first = store.append(&stream("a"), ExpectedRevision::NoStream, events([1])).await;
    assert_eq!(first.unwrap(), appended(0, 1));
    let other = store.append(&stream("b"), ExpectedRevision::NoStream, events([2, 3])).await;
    assert_eq!(other.unwrap(), appended(1, 3));
}

pub(super) async fn any_holds_always(subject: &mut dyn Subject) {
    let store = subject.store();
    let first = store.append(&stream("a"), ExpectedRevision::Any, events([1])).await;
    assert_eq!(first.unwrap(), appended(0, 1));
    let second = store.append(&stream("a"), ExpectedRevision::Any, events([2])).await;
    assert_eq!(second.unwrap(), appended(1, 2));
}

pub(super) async fn no_stream_holds_only_before_the_first_event(subject: &mut dyn Subject) {
    let store = subject.store();
    store.append(&stream("a"), ExpectedRevision::NoStream, events([1])).await.unwrap();
    let refused = store.append(&stream("a"), ExpectedRevision::NoStream, events([2])).await;
    assert_eq!(actual(&refused), Some(Revision(0)));
}

pub(super) async fn stream_exists_holds_only_after_the_first_event(subject: &mut dyn Subject) {
    let store = subject.store();
    let refused = store.append(&stream("a"), ExpectedRevision::StreamExists, events([1])).await;
    assert_eq!(actual(&refused), None);
    store.append(&stream("a"), ExpectedRevision::Any, events([2])).await.unwrap();
    let taken = store.append(&stream("a"), ExpectedRevision::StreamExists, events([3])).await;
    assert_eq!(taken.unwrap(), appended(1, 2));
}

pub(super) async fn exact_holds_only_at_that_revision(subject: &mut dyn Subject) {
    let store = subject.store();
    let exact = |revision| ExpectedRevision::Exact(Revision(revision));
    let before = store.append(&stream("a"), exact(0), events([1])).await;
    assert_eq!(actual(&before), None);
    store.append(&stream("a"), ExpectedRevision::NoStream, events([1, 2])).await.unwrap();
    for wrong in [0, 2, u64::MAX] {
        let refused = store.append(&stream("a"), exact(wrong), events([3])).await;
        let Err(AppendError::WrongRevision { stream: named, expected, actual }) = refused else {
            panic!("expected a wrong revision, got {refused:?}");
        };
        assert_eq!((named, expected, actual), (stream("a"), exact(wrong), Some(Revision(1))));
    }
    assert_eq!(store.append(&stream("a"), exact(1), events([3])).await.unwrap(), appended(2, 3));
}

pub(super) async fn what_is_submitted_later_to_a_stream_comes_later(subject: &mut dyn Subject) {
    let store = subject.store();
    let mut pending = Vec::new();
    for number in 0..200 {
        let name = if number % 2 == 0 { "a" } else { "b" };
        pending.push(store.submit(stream(name), ExpectedRevision::Any, events([number])).await);
    }
    let refused = store.submit(stream("a"), ExpectedRevision::NoStream, events([200])).await;
    for (number, pending) in (0..).zip(pending) {
        assert_eq!(pending.await.unwrap().revision, Some(Revision(number / 2)));
    }
    assert_eq!(actual(&refused.await), Some(Revision(99)));
    // Nobody waits for this answer, and it is taken all the same.
    drop(store.submit(stream("a"), ExpectedRevision::Any, events([300])).await);
    assert_eq!(
        store.append(&stream("a"), ExpectedRevision::Any, events([301])).await.unwrap().revision,
        Some(Revision(101))
    );
}

pub(super) async fn a_refused_append_leaves_nothing(subject: &mut dyn Subject) {
    let store = subject.store();
    store.append(&stream("a"), ExpectedRevision::NoStream, events([1])).await.unwrap();
    let refused = store.append(&stream("a"), ExpectedRevision::NoStream, events([2, 3])).await.unwrap_err();
    assert_eq!(refused.outcome(), Outcome::NotApplied);
    assert_eq!(store.head().await.unwrap(), Position(1));
    let next = store.append(&stream("a"), ExpectedRevision::Any, events([2])).await;
    assert_eq!(next.unwrap(), appended(1, 2));
}

pub(super) async fn an_append_of_nothing_says_where_the_stream_is(subject: &mut dyn Subject) {
    let store = subject.store();
    let nowhere = store.append(&stream("a"), ExpectedRevision::NoStream, vec![]).await;
    assert_eq!(nowhere.unwrap(), Appended { revision: None, position: Position::START, repeated: false });
    store.append(&stream("a"), ExpectedRevision::Any, events([1, 2])).await.unwrap();
    store.append(&stream("b"), ExpectedRevision::Any, events([3])).await.unwrap();
    for expected in
        [ExpectedRevision::Any, ExpectedRevision::StreamExists, ExpectedRevision::Exact(Revision(1))]
    {
        assert_eq!(store.append(&stream("a"), expected, vec![]).await.unwrap(), appended(1, 2));
    }
}

pub(super) async fn an_append_of_nothing_is_refused_where_the_expectation_does_not_hold(
    subject: &mut dyn Subject,
) {
    let store = subject.store();
    let refused = store.append(&stream("a"), ExpectedRevision::StreamExists, vec![]).await;
    assert_eq!(actual(&refused), None);
    store.append(&stream("a"), ExpectedRevision::Any, events([1])).await.unwrap();
    let refused = store.append(&stream("a"), ExpectedRevision::NoStream, vec![]).await;
    assert_eq!(actual(&refused), Some(Revision(0)));
}

pub(super) async fn the_events_of_an_append_stand_next_to_each_other(subject: &mut dyn Subject) {
    let store = subject.store();
    let writers = (0..8_u64).map(|writer| {
        let store = subject.store();
        tokio::spawn(async move {
            for append in 0..10 {
                let first = (writer * 10 + append) * 5;
                let own = stream(&writer.to_string());
                store.append(&own, ExpectedRevision::Any, events(first..first + 5)).await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let log = log(&*store).await;
    assert_eq!(log.len(), 400);
    for append in log.chunks(5) {
        let first = super::sample::number(&append[0]);
        let numbers: Vec<u64> = append.iter().map(super::sample::number).collect();
        assert_eq!(first % 5, 0);
        assert_eq!(numbers, (first..first + 5).collect::<Vec<_>>());
    }
}

pub(super) async fn what_is_read_is_what_was_appended(subject: &mut dyn Subject) {
    let store = subject.store();
    let mut sent = event(7);
    sent.event_type = "case.closed.v2".to_owned();
    sent.metadata = r#"{"who":"Zoë \u0000 🦀"}"#.to_owned();
    sent.data = r#"{ "b":1.50,"a" : [null, "\u00e9é"] }"#.to_owned();
    store.append(&stream("a"), ExpectedRevision::Any, events([1])).await.unwrap();
    store.append(&stream("a"), ExpectedRevision::Any, vec![sent.clone()]).await.unwrap();
    let read = log(&*store).await.pop().unwrap();
    assert_eq!((read.id, read.event_type), (sent.id, sent.event_type));
    assert_eq!((read.metadata, read.data), (sent.metadata, sent.data));
    assert_eq!((read.stream, read.revision, read.position), (stream("a"), Revision(1), Position(2)));
}

pub(super) async fn appends_beyond_a_limit_are_refused(subject: &mut dyn Subject) {
    let store = subject.store();
    let too_many = events(0..1 + EVENTS_PER_APPEND_MAX as u64);
    let mut too_large = event(1);
    too_large.data = json_of(EVENT_BYTES_MAX);
    let mut large = event(0);
    large.data = json_of(EVENT_BYTES_MAX - 1_024);
    let too_large_together = events(0..17).into_iter().map(|event| with_data(event, &large.data));
    for refused in [too_many, vec![too_large], too_large_together.collect()] {
        let answer = store.append(&stream("a"), ExpectedRevision::Any, refused).await;
        let Err(AppendError::TooLarge { limit, actual, .. }) = answer else {
            panic!("expected a refusal for size, got {answer:?}");
        };
        assert!([EVENTS_PER_APPEND_MAX, EVENT_BYTES_MAX, APPEND_BYTES_MAX].contains(&limit));
        assert!(actual > limit);
    }
    assert_eq!(store.head().await.unwrap(), Position::START);
}

pub(super) async fn the_largest_appends_are_taken(subject: &mut dyn Subject) {
    let store = subject.store();
    let most = events(0..EVENTS_PER_APPEND_MAX as u64);
    let answer = store.append(&stream("a"), ExpectedRevision::NoStream, most).await;
    assert_eq!(answer.unwrap(), appended(999, 1_000));
    let mut largest = event(1_000);
    largest.metadata = "{}".to_owned();
    largest.data = json_of(EVENT_BYTES_MAX - largest.event_type.len() - largest.metadata.len());
    let answer = store.append(&stream("a"), ExpectedRevision::Any, vec![largest]).await;
    assert_eq!(answer.unwrap(), appended(1_000, 1_001));
    assert_eq!(log(&*store).await.len(), 1_001);
}
