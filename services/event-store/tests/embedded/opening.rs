//! Which directories are opened and which are refused, with what words.

use rapport_event_store::{EmbeddedOptions, EmbeddedStore, EventStore, LogFile, OpenError};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::sample::{append, event, fill, log, open};

fn refusal(directory: &TempDir) -> OpenError {
    EmbeddedStore::open(directory.path(), EmbeddedOptions::default()).unwrap_err()
}

#[tokio::test]
async fn a_directory_that_is_in_use_is_refused_and_the_holder_named() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    let refused = refusal(&directory);
    let own = std::process::id();
    assert!(
        matches!(&refused, OpenError::Held { pid: Some(pid), path } if *pid == own && path == directory.path())
    );
    assert_eq!(
        refused.to_string(),
        format!(
            "the data directory {} is in use by process {own}; stop that process or choose another directory",
            directory.path().display()
        )
    );
    store.close().await;
    open(directory.path());
}

#[tokio::test]
async fn a_directory_is_created_and_a_log_keeps_its_name() {
    let parent = TempDir::new().unwrap();
    let directory = parent.path().join("deep/data");
    let name = open(&directory).log_id().to_owned();
    assert_eq!(name.len(), 32);
    assert_eq!(open(&directory).log_id(), name);
    assert_ne!(open(&parent.path().join("other")).log_id(), name);
}

#[test]
fn a_file_of_another_program_is_refused_and_left_alone() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("log.db");
    let text = "these are somebody's notes, long enough to be taken for a database header of one hundred bytes or so";
    std::fs::write(&path, text).unwrap();
    assert!(matches!(refusal(&directory), OpenError::NotALog { .. }));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    std::fs::remove_file(&path).unwrap();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE notes (text TEXT)").unwrap();
    assert!(matches!(refusal(&directory), OpenError::NotALog { .. }));
}

#[tokio::test]
async fn a_log_of_another_format_is_refused() {
    let directory = TempDir::new().unwrap();
    open(directory.path()).close().await;
    let file = Connection::open(directory.path().join("log.db")).unwrap();
    file.execute("UPDATE meta SET value = 99 WHERE key = 'format'", []).unwrap();
    let refused = refusal(&directory);
    assert!(matches!(refused, OpenError::UnknownFormat { found: 99 }));
    assert_eq!(
        refused.to_string(),
        "the log has format 99, this version reads format 1; use the version of Rapport that wrote it"
    );
}

#[tokio::test]
async fn a_log_that_lacks_an_event_of_its_tail_is_refused() {
    let directory = TempDir::new().unwrap();
    let options = EmbeddedOptions::default();
    let store = EmbeddedStore::open(directory.path(), options).unwrap();
    fill(&store, 5).await;
    store.close().await;
    let file = Connection::open(directory.path().join("log.db")).unwrap();
    file.execute_batch("DROP TRIGGER events_are_never_deleted; DELETE FROM events WHERE position = 3")
        .unwrap();
    assert_eq!(
        refusal(&directory).to_string(),
        "log.db is damaged at position 3: it is missing; restore it from a backup"
    );
}

#[tokio::test]
async fn a_store_that_is_dropped_can_be_opened_again_at_once() {
    let directory = TempDir::new().unwrap();
    for round in 1..=5 {
        let store = open(directory.path());
        append(&store, event(round)).await.unwrap();
        assert_eq!(log(&store).await.unwrap().len(), round);
    }
}

#[tokio::test]
async fn the_limits_of_the_options_are_raised_to_what_works() {
    let directory = TempDir::new().unwrap();
    let nothing = EmbeddedOptions {
        index_interval: 0,
        readers: 0,
        stream_heads: 0,
        checkpoint_pages: 0,
        recent_bytes: 0,
        ..EmbeddedOptions::default()
    };
    let store = EmbeddedStore::open(directory.path(), nothing).unwrap();
    fill(&store, 20).await;
    assert_eq!(log(&store).await.unwrap().len(), 20);
    assert_eq!(store.head().await.unwrap().0, 20);
}

#[tokio::test]
async fn those_who_read_do_not_take_each_other_for_a_server() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    fill(&store, 3).await;
    assert!(LogFile::open(directory.path()).unwrap().is_served());
    store.close().await;
    let first = LogFile::open(directory.path()).unwrap();
    let second = LogFile::open(directory.path()).unwrap();
    assert!(!first.is_served() && !second.is_served());
    drop(first);
    assert!(matches!(refusal(&directory), OpenError::Held { .. }), "the second still reads");
    drop(second);
}
