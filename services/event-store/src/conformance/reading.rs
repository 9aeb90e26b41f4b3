//! Reads of streams and of the log.

use futures::TryStreamExt;
use rapport_domain::envelope::{ExpectedRevision, Position, Recorded, StreamId};

use super::Subject;
use super::sample::{event, events, log, number, numbers, stream};
use crate::port::{Direction, EventStore, Filter};

/// Streams `a` and `b`, five events each, taking turns: 0 to 9.
async fn two_streams(store: &dyn EventStore) {
    for pair in 0..5 {
        store.append(&stream("a"), ExpectedRevision::Any, events([pair * 2])).await.unwrap();
        store.append(&stream("b"), ExpectedRevision::Any, events([pair * 2 + 1])).await.unwrap();
    }
}

pub(super) async fn a_stream_is_read_forward_from_a_revision_inclusive(subject: &mut dyn Subject) {
    let store = subject.store();
    two_streams(&*store).await;
    assert_eq!(numbers(&*store, &stream("a"), 0, Direction::Forward).await, [0, 2, 4, 6, 8]);
    assert_eq!(numbers(&*store, &stream("b"), 3, Direction::Forward).await, [7, 9]);
    assert_eq!(numbers(&*store, &stream("b"), 4, Direction::Forward).await, [9]);
}

pub(super) async fn a_stream_is_read_backward_from_a_revision_inclusive(subject: &mut dyn Subject) {
    let store = subject.store();
    two_streams(&*store).await;
    assert_eq!(numbers(&*store, &stream("a"), u64::MAX, Direction::Backward).await, [8, 6, 4, 2, 0]);
    assert_eq!(numbers(&*store, &stream("b"), 1, Direction::Backward).await, [3, 1]);
    assert_eq!(numbers(&*store, &stream("b"), 0, Direction::Backward).await, [1]);
}

pub(super) async fn a_read_past_the_end_or_of_no_stream_is_empty(subject: &mut dyn Subject) {
    let store = subject.store();
    assert!(log(&*store).await.is_empty());
    two_streams(&*store).await;
    assert!(numbers(&*store, &stream("a"), 5, Direction::Forward).await.is_empty());
    assert!(numbers(&*store, &stream("a"), u64::MAX, Direction::Forward).await.is_empty());
    for direction in [Direction::Forward, Direction::Backward] {
        assert!(numbers(&*store, &stream("none"), 0, direction).await.is_empty());
    }
    for past in [Position(11), Position(u64::MAX)] {
        let read: Vec<Recorded> = store.read_all(past, &Filter::all()).try_collect().await.unwrap();
        assert!(read.is_empty());
    }
}

pub(super) async fn a_long_stream_is_read_whole_in_both_directions(subject: &mut dyn Subject) {
    let store = subject.store();
    for batch in 0..30 {
        let first = batch * 100;
        store.append(&stream("a"), ExpectedRevision::Any, events(first..first + 99)).await.unwrap();
        store.append(&stream("b"), ExpectedRevision::Any, events([first + 99])).await.unwrap();
    }
    let mut expected: Vec<u64> = (0..3_000).filter(|number| number % 100 != 99).collect();
    assert_eq!(numbers(&*store, &stream("a"), 0, Direction::Forward).await, expected);
    assert_eq!(numbers(&*store, &stream("a"), 1_000, Direction::Forward).await, expected[1_000..]);
    expected.reverse();
    assert_eq!(numbers(&*store, &stream("a"), u64::MAX, Direction::Backward).await, expected);
}

pub(super) async fn the_log_is_read_from_a_position_inclusive(subject: &mut dyn Subject) {
    let store = subject.store();
    two_streams(&*store).await;
    for (from, expected) in [(0, 0..10), (1, 0..10), (2, 1..10), (10, 9..10)] {
        let read: Vec<Recorded> = store.read_all(Position(from), &Filter::all()).try_collect().await.unwrap();
        assert_eq!(read.iter().map(number).collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        assert!(read.iter().all(|event| event.position.0 == number(event) + 1));
    }
}

pub(super) async fn the_log_is_read_to_the_head_of_the_moment_of_the_call(subject: &mut dyn Subject) {
    let store = subject.store();
    store.append(&stream("a"), ExpectedRevision::Any, events([0, 1])).await.unwrap();
    let read = store.read_all(Position::START, &Filter::all());
    store.append(&stream("a"), ExpectedRevision::Any, events([2])).await.unwrap();
    let read: Vec<Recorded> = read.try_collect().await.unwrap();
    assert_eq!(read.iter().map(number).collect::<Vec<_>>(), [0, 1]);
}

pub(super) async fn filters_let_through_what_they_name(subject: &mut dyn Subject) {
    let store = subject.store();
    two_streams(&*store).await;
    let lead = StreamId::new("lead", "a").unwrap();
    let mut closed = event(10);
    closed.event_type = "lead.closed.v1".to_owned();
    store.append(&lead, ExpectedRevision::Any, vec![closed]).await.unwrap();
    let categories = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let filters: [(Filter, &[u64]); 6] = [
        (Filter { streams: [stream("b")].into(), ..Filter::all() }, &[1, 3, 5, 7, 9]),
        (Filter { categories: categories(&["lead"]), ..Filter::all() }, &[10]),
        (Filter { categories: categories(&["le"]), ..Filter::all() }, &[]),
        (Filter { type_prefixes: categories(&["lead."]), ..Filter::all() }, &[10]),
        (Filter { type_prefixes: categories(&["nothing", "lead.closed"]), ..Filter::all() }, &[10]),
        (
            Filter { streams: [stream("a")].into(), type_prefixes: categories(&["lead."]), ..Filter::all() },
            &[],
        ),
    ];
    for (filter, expected) in filters {
        let read: Vec<Recorded> = store.read_all(Position::START, &filter).try_collect().await.unwrap();
        assert_eq!(read.iter().map(number).collect::<Vec<_>>(), expected, "{filter:?}");
    }
}

pub(super) async fn everything_is_read_again_after_a_restart(subject: &mut dyn Subject) {
    two_streams(&*subject.store()).await;
    let before = log(&*subject.store()).await;
    subject.reopen().await;
    assert_eq!(log(&*subject.store()).await, before);
    let store = subject.store();
    assert_eq!(numbers(&*store, &stream("a"), 0, Direction::Forward).await, [0, 2, 4, 6, 8]);
    let next = store.append(&stream("a"), ExpectedRevision::StreamExists, events([10])).await;
    assert_eq!(next.unwrap(), super::sample::appended(5, 11));
}
