//! Nothing changes an event, and where something did, the log says so.

use std::path::Path;

use futures::{StreamExt, TryStreamExt};
use rapport_domain::envelope::{Position, Recorded, Revision};
use rapport_event_store::{AppendError, Direction, EventStore, Filter, Outcome, ReadError};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::sample::{append, event, fill, log, open, sized, stream};

async fn ten_events() -> TempDir {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    fill(&store, 10).await;
    store.close().await;
    directory
}

fn change(directory: &Path, sql: &str) -> rusqlite::Result<()> {
    Connection::open(directory.join("log.db")).unwrap().execute_batch(sql)
}

fn corrupt_position<T: std::fmt::Debug>(read: Result<T, ReadError>) -> Position {
    match read {
        Err(ReadError::Corrupt { position, .. }) => position,
        other => panic!("expected a damaged event, got {other:?}"),
    }
}

#[tokio::test]
async fn events_cannot_be_changed_deleted_or_replaced_by_any_program() {
    let directory = ten_events().await;
    for (sql, message) in [
        ("UPDATE events SET data = '{}' WHERE position = 3", "events are never changed"),
        ("DELETE FROM events WHERE position = 3", "events are never deleted"),
        ("DELETE FROM events", "events are never deleted"),
        (
            "INSERT OR REPLACE INTO events SELECT * FROM events WHERE position = 3",
            "events are never replaced",
        ),
    ] {
        assert_eq!(change(directory.path(), sql).unwrap_err().to_string(), message);
    }
    assert_eq!(log(&open(directory.path())).await.unwrap().len(), 10);
}

#[tokio::test]
async fn a_change_to_any_column_is_found_and_its_position_named() {
    for assignment in [
        "data = replace(data, '3', '4')",
        "data = CAST(data AS BLOB) || x'ff'",
        "metadata = '{ }'",
        "type = 'case.closed.v1'",
        "stream = 'case-b'",
        "revision = 77",
        "recorded_at = recorded_at + 1",
        "id = x'00112233445566778899aabbccddeeff'",
        "id = x'00'",
        "checksum = checksum + 1",
    ] {
        let directory = ten_events().await;
        let sql = format!(
            "DROP TRIGGER events_are_never_changed; UPDATE events SET {assignment} WHERE position = 3"
        );
        change(directory.path(), &sql).unwrap();
        let store = open(directory.path());
        assert_eq!(corrupt_position(log(&store).await), Position(3), "{assignment}");
        let stream = store.read_stream(&stream("a"), Revision(0), Direction::Forward);
        assert_eq!(corrupt_position(stream.try_collect::<Vec<_>>().await), Position(3), "{assignment}");
        let after: Vec<Recorded> = store.read_all(Position(4), &Filter::all()).try_collect().await.unwrap();
        assert_eq!(after.len(), 7);
    }
}

#[tokio::test]
async fn one_flipped_bit_in_the_file_is_found() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    fill(&store, 10).await;
    append(&store, sized(11, 500)).await.unwrap();
    store.close().await;
    let path = directory.path().join("log.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let needle = sized(11, 500).data.into_bytes();
    let at = bytes.windows(needle.len()).position(|window| window == needle).unwrap();
    bytes[at + 250] ^= 0x04;
    std::fs::write(&path, bytes).unwrap();
    let store = open(directory.path());
    assert_eq!(corrupt_position(log(&store).await), Position(11));
}

#[tokio::test]
async fn an_event_that_is_gone_is_missed() {
    let directory = ten_events().await;
    change(directory.path(), "DROP TRIGGER events_are_never_deleted; DELETE FROM events WHERE position = 3")
        .unwrap();
    let store = open(directory.path());
    assert_eq!(corrupt_position(log(&store).await), Position(3));
    assert_eq!(corrupt_position(store.read_at(Position(3)).await), Position(3));
    let mut stream = store.read_stream(&stream("a"), Revision(1), Direction::Backward);
    assert_eq!(stream.next().await.unwrap().unwrap().position, Position(2));
}

#[tokio::test]
async fn a_retry_of_a_damaged_event_is_not_written_twice() {
    let directory = ten_events().await;
    change(
        directory.path(),
        "DROP TRIGGER events_are_never_changed; UPDATE events SET data = '{}' WHERE position = 3",
    )
    .unwrap();
    let store = open(directory.path());
    let refused = append(&store, event(3)).await.unwrap_err();
    assert!(matches!(refused, AppendError::Unavailable { .. }));
    assert_eq!(refused.outcome(), Outcome::NotApplied);
    assert_eq!(append(&store, event(11)).await.unwrap().position, Position(11));
}

fn of_types(prefix: &str) -> Filter {
    Filter { type_prefixes: [prefix.to_owned()].into(), ..Filter::all() }
}

#[tokio::test]
async fn who_reads_some_types_meets_a_row_whose_type_could_be_one_of_them() {
    for sql in [
        "UPDATE events SET type = replace(type, 'a', 'b') WHERE position = 3",
        "UPDATE events SET type = '' WHERE position = 3",
        "UPDATE events SET type = CAST(type AS BLOB) || x'ff' WHERE position = 3",
        "DELETE FROM events WHERE position = 3",
    ] {
        let directory = ten_events().await;
        let triggers = "DROP TRIGGER events_are_never_changed; DROP TRIGGER events_are_never_deleted;";
        change(directory.path(), &format!("{triggers} {sql}")).unwrap();
        let store = open(directory.path());
        let read = store.read_all(Position(1), &of_types("no.such.")).try_collect::<Vec<_>>().await;
        assert_eq!(corrupt_position(read), Position(3), "{sql}");
    }
}

#[tokio::test]
async fn who_reads_some_types_gets_those_and_each_is_checked() {
    let directory = ten_events().await;
    let event_type = event(1).event_type;
    let store = open(directory.path());
    let all = log(&store).await.unwrap();
    let of_type: Vec<Recorded> =
        store.read_all(Position(1), &of_types(&event_type)).try_collect().await.unwrap();
    assert_eq!(of_type, all);
    let none: Vec<Recorded> = store.read_all(Position(1), &of_types("no.such.")).try_collect().await.unwrap();
    assert_eq!(none, []);
    store.close().await;
    change(
        directory.path(),
        "DROP TRIGGER events_are_never_changed; UPDATE events SET data = '{}' WHERE position = 3",
    )
    .unwrap();
    let store = open(directory.path());
    let read = store.read_all(Position(1), &of_types(&event_type)).try_collect::<Vec<_>>().await;
    assert_eq!(corrupt_position(read), Position(3));
}
