//! A copy follows its log, and nothing else.

use std::path::Path;

use rapport_domain::envelope::{EventId, ExpectedRevision, NewEvent, Position};
use rapport_domain::id::derived_uuid;
use rapport_event_store::{
    CopyError, Digest, EmbeddedOptions, EmbeddedStore, EventStore, LogCopy, LogFile, ReadError,
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::check::{check, meddle, seal};
use crate::sample::{append, event, fill, log, open, stream};

fn copied(from: &Path, to: &Path) -> Result<Digest, CopyError> {
    let log = LogFile::open(from).unwrap();
    let mut copy = LogCopy::open(to, log.log_id(), &mut |_| {})?;
    copy.extend(&log, log.head(), &mut |_| {})?;
    Ok(copy.digest())
}

#[tokio::test]
async fn a_copy_is_taken_while_the_log_is_served_and_follows_it() {
    let (directory, target) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let target = target.path().join("deep/copy");
    let store = open(directory.path());
    let mut digests = Vec::new();
    // More than is copied at a time, and then a little more each run.
    for (round, count) in [2_500, 0, 1, 30].into_iter().enumerate() {
        let own = stream(&round.to_string());
        for part in (0..count).collect::<Vec<usize>>().chunks(500) {
            let events = part.iter().map(|number| NewEvent {
                id: EventId(derived_uuid(&[&round.to_string(), &number.to_string()])),
                ..event(*number)
            });
            store.append(&own, ExpectedRevision::Any, events.collect()).await.unwrap();
        }
        digests.push(copied(directory.path(), &target).unwrap());
        let report = check(&target);
        assert_eq!((report.findings.as_slice(), report.digest), ([].as_slice(), digests.last().copied()));
    }
    assert_eq!(digests[0], digests[1], "nothing new");
    let original = log(&store).await.unwrap();
    let opened = EmbeddedStore::open(&target, EmbeddedOptions::default()).unwrap();
    assert_eq!(opened.log_id(), store.log_id());
    assert_eq!(log(&opened).await.unwrap(), original);
    let first = NewEvent { id: EventId(derived_uuid(&["0", "0"])), ..event(0) };
    let retried = opened.append(&stream("0"), ExpectedRevision::NoStream, vec![first]).await;
    assert_eq!(retried.unwrap().position, Position(1), "an id is known in the copy too");
}

#[tokio::test]
async fn a_copy_that_stops_half_way_goes_on_there() {
    let (directory, target) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let store = open(directory.path());
    fill(&store, 50).await;
    let log = LogFile::open(directory.path()).unwrap();
    let mut copy = LogCopy::open(target.path(), log.log_id(), &mut |_| {}).unwrap();
    copy.extend(&log, Position(20), &mut |_| {}).unwrap();
    drop(copy);
    let mut read_back = Vec::new();
    let copy = LogCopy::open(target.path(), log.log_id(), &mut |at| read_back.push(at)).unwrap();
    assert_eq!((copy.head(), read_back), (Position(20), vec![Position(20)]));
    drop(copy);
    let digest = copied(directory.path(), target.path()).unwrap();
    drop(log);
    store.close().await;
    assert_eq!(check(directory.path()).digest, Some(digest));
}

#[tokio::test]
async fn a_copy_of_another_log_is_refused() {
    let (directory, other, target) =
        (TempDir::new().unwrap(), TempDir::new().unwrap(), TempDir::new().unwrap());
    for directory in [&directory, &other] {
        let store = open(directory.path());
        fill(&store, 5).await;
        store.close().await;
    }
    copied(directory.path(), target.path()).unwrap();
    let refused = copied(other.path(), target.path()).unwrap_err();
    assert!(matches!(refused, CopyError::AnotherLog { .. }), "{refused}");
    assert_eq!(check(target.path()).events, 5);
}

#[tokio::test]
async fn a_log_that_went_back_and_on_another_way_is_not_copied_over_what_was_kept() {
    let (directory, target) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let store = open(directory.path());
    fill(&store, 5).await;
    copied(directory.path(), target.path()).unwrap();
    store.close().await;
    let before = std::fs::read(directory.path().join("log.db")).unwrap();
    let store = open(directory.path());
    append(&store, event(6)).await.unwrap();
    copied(directory.path(), target.path()).unwrap();
    store.close().await;
    std::fs::write(directory.path().join("log.db"), before).unwrap();

    let diverged = |refused: CopyError| matches!(refused, CopyError::Diverged { position: Position(6) });
    assert!(diverged(copied(directory.path(), target.path()).unwrap_err()), "the log has less");
    let store = open(directory.path());
    append(&store, event(7)).await.unwrap();
    store.close().await;
    assert!(diverged(copied(directory.path(), target.path()).unwrap_err()), "the log has another event");
}

#[tokio::test]
async fn a_copy_ends_before_the_first_damaged_event_and_names_it() {
    let (directory, target) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let store = open(directory.path());
    fill(&store, 30).await;
    store.close().await;
    Connection::open(directory.path().join("log.db"))
        .unwrap()
        .execute_batch(
            "DROP TRIGGER events_are_never_changed; UPDATE events SET data = '{}' WHERE position = 21",
        )
        .unwrap();
    let refused = copied(directory.path(), target.path()).unwrap_err();
    assert!(
        matches!(refused, CopyError::Read(ReadError::Corrupt { position: Position(21), .. })),
        "{refused}"
    );
    let report = check(target.path());
    assert_eq!((report.events, report.findings.len()), (20, 0));
}

#[tokio::test]
async fn a_step_of_a_copy_ends_after_so_many_bytes() {
    const STEP_BYTES: usize = 16 * 1024 * 1024;
    let (directory, target) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let store = open(directory.path());
    for number in 1..=20 {
        let large = NewEvent { data: "x".repeat(1_000_000), ..event(number) };
        append(&store, large).await.unwrap();
    }
    let log = LogFile::open(directory.path()).unwrap();
    let mut copy = LogCopy::open(target.path(), log.log_id(), &mut |_| {}).unwrap();
    let mut steps = Vec::new();
    copy.extend(&log, log.head(), &mut |at| steps.push(at.0)).unwrap();
    // The first event with which there are 16 MiB.
    let full = u64::try_from(STEP_BYTES.div_ceil(1_000_000)).unwrap();
    assert_eq!(steps, [full, 20]);
}

#[tokio::test]
async fn a_copy_ends_before_an_event_that_goes_back_in_time_and_keeps_those_before_it() {
    let (directory, target) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let store = open(directory.path());
    fill(&store, 30).await;
    store.close().await;
    meddle(directory.path(), "UPDATE events SET recorded_at = recorded_at - 60000000 WHERE position = 21");
    seal(directory.path(), 21);
    let refused = copied(directory.path(), target.path()).unwrap_err();
    assert!(
        matches!(refused, CopyError::Read(ReadError::Corrupt { position: Position(21), .. })),
        "{refused}"
    );
    let report = check(target.path());
    assert_eq!((report.events, report.findings.len()), (20, 0));
}
