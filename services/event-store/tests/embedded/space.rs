//! A full disk.

use rapport_domain::envelope::{ExpectedRevision, Position};
use rapport_event_store::{Append, AppendError, EmbeddedOptions, EmbeddedStore, EventStore, Outcome};
use tempfile::TempDir;

use crate::sample::{append, event, log, restless, sized, stream};

const LIMIT: u64 = 512 * 1_024;

/// Appends until there is no space; how many were taken.
async fn fill_up(store: &EmbeddedStore) -> usize {
    for number in 1.. {
        match append(store, sized(number, 9_000)).await {
            Ok(appended) => assert_eq!(appended.position.0, number as u64),
            Err(error) => {
                assert!(matches!(error, AppendError::StorageFull), "{error:?}");
                assert_eq!(error.outcome(), Outcome::NotApplied);
                return number - 1;
            }
        }
    }
    unreachable!("the log has a limit")
}

#[tokio::test]
async fn a_full_log_says_so_and_goes_on_once_there_is_space() {
    for index_interval in [7, 50_000] {
        let directory = TempDir::new().unwrap();
        let options = EmbeddedOptions { log_bytes_max: Some(LIMIT), index_interval, ..restless() };
        let store = EmbeddedStore::open(directory.path(), options).unwrap();
        let taken = fill_up(&store).await;
        assert!(taken > 10);
        assert_eq!(log(&store).await.unwrap().len(), taken);
        assert_eq!(store.head().await.unwrap(), Position(taken as u64));

        store.set_log_bytes_max(None);
        for number in taken + 1..taken + 30 {
            assert_eq!(append(&store, sized(number, 9_000)).await.unwrap().position.0, number as u64);
        }
        store.close().await;
        let store = EmbeddedStore::open(directory.path(), restless()).unwrap();
        assert_eq!(log(&store).await.unwrap().len(), taken + 29);
        assert_eq!(append(&store, sized(1, 9_000)).await.unwrap().position, Position(1));
    }
}

#[tokio::test]
async fn an_append_that_does_not_fit_leaves_none_of_its_events() {
    let directory = TempDir::new().unwrap();
    let options = EmbeddedOptions { log_bytes_max: Some(LIMIT), ..restless() };
    let store = EmbeddedStore::open(directory.path(), options).unwrap();
    append(&store, event(0)).await.unwrap();
    let large = (1..=100).map(|number| sized(number, 9_000)).collect::<Vec<_>>();
    let refused = store.append(&stream("b"), ExpectedRevision::NoStream, large.clone()).await;
    assert!(matches!(refused, Err(AppendError::StorageFull)));
    assert_eq!(log(&store).await.unwrap().len(), 1);
    store.set_log_bytes_max(None);
    let taken = store.append(&stream("b"), ExpectedRevision::NoStream, large).await.unwrap();
    assert_eq!(taken.position, Position(101));
}

#[tokio::test]
async fn appends_in_turn_share_a_commit_so_a_full_log_takes_all_of_them_or_none() {
    let directory = TempDir::new().unwrap();
    let options = EmbeddedOptions { log_bytes_max: Some(LIMIT), ..restless() };
    let store = EmbeddedStore::open(directory.path(), options).unwrap();
    append(&store, event(0)).await.unwrap();
    let turn: Vec<Append> = (1..=100)
        .map(|number| Append {
            stream: stream(&format!("{}", number % 7)),
            expected: ExpectedRevision::Any,
            events: vec![sized(number, 9_000)],
            recorded_at: None,
        })
        .collect();
    let refused = store.append_in_turn(turn.clone()).await;
    assert!(matches!(refused[..], [Err(AppendError::StorageFull)]), "{refused:?}");
    assert_eq!(log(&store).await.unwrap().len(), 1);
    store.set_log_bytes_max(None);
    let taken = store.append_in_turn(turn).await;
    let positions: Vec<u64> = taken.into_iter().map(|answer| answer.unwrap().position.0).collect();
    assert_eq!(positions, (2..=101).collect::<Vec<_>>());
}
