//! The end of a store, its clock and its metrics.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures::StreamExt;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use rapport_domain::envelope::{Position, Revision};
use rapport_domain::value::Instant;
use rapport_event_store::{
    AppendError, Clock, Direction, EmbeddedStore, EventStore, Filter, Outcome, ReadError,
};
use tempfile::TempDir;

use crate::sample::{append, event, fill, log, open, restless, stream};

#[tokio::test]
async fn a_closed_store_answers_so_and_lets_go_of_the_directory() {
    let directory = TempDir::new().unwrap();
    let store = Arc::new(open(directory.path()));
    fill(&store, 3).await;
    let waiting = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.wait_for(Position(3)).await }
    });
    let mut begun = store.read_stream(&stream("a"), Revision(0), Direction::Forward);
    store.close().await;
    let refused = append(&store, event(4)).await.unwrap_err();
    assert!(matches!(refused, AppendError::Closed));
    assert_eq!(refused.outcome(), Outcome::NotApplied);
    assert!(matches!(store.head().await, Err(ReadError::Closed)));
    assert!(matches!(waiting.await.unwrap(), Err(ReadError::Closed)));
    assert!(matches!(log(&store).await, Err(ReadError::Closed)));
    assert!(matches!(begun.next().await, Some(Err(ReadError::Closed))));
    store.close().await;
    assert_eq!(log(&open(directory.path())).await.unwrap().len(), 3);
}

#[tokio::test]
async fn everything_is_in_the_log_file_once_closed() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    fill(&store, 50).await;
    store.close().await;
    let left: Vec<_> =
        std::fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name == "log.db" || name == "lock"), "{left:?}");
}

#[tokio::test]
async fn the_log_does_not_follow_a_clock_that_goes_backwards() {
    let directory = TempDir::new().unwrap();
    let ticks = Arc::new(AtomicI64::new(1_000));
    let clock = Clock::new({
        let ticks = Arc::clone(&ticks);
        move || Instant::from_micros(ticks.load(Ordering::Relaxed)).unwrap()
    });
    let options = rapport_event_store::EmbeddedOptions { clock, ..restless() };
    let store = EmbeddedStore::open(directory.path(), options.clone()).unwrap();
    append(&store, event(1)).await.unwrap();
    ticks.store(500, Ordering::Relaxed);
    append(&store, event(2)).await.unwrap();
    store.close().await;
    let store = EmbeddedStore::open(directory.path(), options).unwrap();
    append(&store, event(3)).await.unwrap();
    ticks.store(2_000, Ordering::Relaxed);
    append(&store, event(4)).await.unwrap();
    let times: Vec<i64> = log(&store).await.unwrap().iter().map(|event| event.recorded_at.micros()).collect();
    assert_eq!(times, [1_000, 1_000, 1_000, 2_000]);
    assert_eq!(store.position_at(Instant::from_micros(1_999).unwrap()).await.unwrap(), Position(3));
}

#[tokio::test]
async fn the_metrics_count_what_was_committed() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    let mut registry = Registry::default();
    store.metrics().register(&mut registry);
    fill(&store, 3).await;
    append(&store, event(1)).await.unwrap();
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    for line in [
        "rapport_log_events_total 3",
        "rapport_log_commit_events_sum 3.0",
        "rapport_log_commit_duration_seconds_count 3",
    ] {
        assert!(text.lines().any(|other| other == line), "{line} is not in\n{text}");
    }
}

#[tokio::test]
async fn a_reader_that_does_not_come_back_holds_nothing() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    fill(&store, 3).await;
    let mut begun: Vec<_> = (0..20).map(|_| store.read_all(Position::START, &Filter::all())).collect();
    for read in &mut begun {
        assert_eq!(read.next().await.unwrap().unwrap().position, Position(1));
    }
    assert_eq!(log(&store).await.unwrap().len(), 3);
    drop(store);
    assert_eq!(log(&open(directory.path())).await.unwrap().len(), 3);
    drop(begun);
}
