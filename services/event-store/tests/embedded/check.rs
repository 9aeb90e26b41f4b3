//! What a check finds, and that it finds everything.

use std::ops::RangeInclusive;
use std::path::Path;

use rapport_domain::envelope::{ExpectedRevision, Position, Recorded, Revision};
use rapport_event_store::{
    EmbeddedStore, EventStore, Inspector, LogCopy, LogFault, LogFile, LogFinding, LogReport, check_log,
};
use rusqlite::{Connection, params};
use tempfile::TempDir;

use crate::sample::{event, open, stream};

const PAGE_BYTES: usize = 8_192;
/// Every so many bytes one bit is flipped. A prime, so that fields of every alignment are met.
const FLIP_EVERY_BYTES: usize = 61;

/// Takes every event for good.
pub(crate) struct Easygoing;

impl Inspector for Easygoing {
    fn inspect(&mut self, _event: &Recorded) -> Option<LogFault> {
        None
    }

    fn progress(&mut self, _checked: Position) {}
}

pub(crate) fn check(directory: &Path) -> LogReport {
    check_log(&LogFile::open(directory).unwrap(), &mut Easygoing)
}

/// Three streams, most of it indexed and some of it not.
async fn fill(store: &EmbeddedStore, count: usize) {
    append_all(store, 1..=count).await;
}

async fn append_all(store: &EmbeddedStore, numbers: RangeInclusive<usize>) {
    for number in numbers {
        let own = stream(["a", "b", "c"][number % 3]);
        store.append(&own, ExpectedRevision::Any, vec![event(number)]).await.unwrap();
    }
}

async fn filled(count: usize) -> TempDir {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    fill(&store, count).await;
    store.close().await;
    directory
}

/// A log that was restored: the events up to 30 are in the tables of the index, later ones in its runs and in the tail.
async fn restored(count: usize) -> TempDir {
    let (original, directory) = (filled(30).await, TempDir::new().unwrap());
    let log = LogFile::open(original.path()).unwrap();
    let mut copy = LogCopy::open(directory.path(), log.log_id(), &mut |_| {}).unwrap();
    copy.extend(&log, log.head(), &mut |_| {}).unwrap();
    drop(copy);
    let store = open(directory.path());
    append_all(&store, 31..=count).await;
    store.close().await;
    directory
}

/// Runs SQL on a log as another program would, which the triggers do not stop.
pub(crate) fn meddle(directory: &Path, sql: &str) {
    let connection = Connection::open(directory.join("log.db")).unwrap();
    let triggers: Vec<(String, String)> = {
        let mut statement =
            connection.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    };
    for (name, _) in &triggers {
        connection.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    connection.execute_batch(sql).unwrap();
    // As they were declared: the check compares the words.
    for (_, sql) in &triggers {
        connection.execute_batch(sql).unwrap();
    }
}

/// Gives an event the checksum that fits its columns, computed as the format says.
pub(crate) fn seal(directory: &Path, position: i64) {
    let connection = Connection::open(directory.join("log.db")).unwrap();
    let checksum = connection
        .query_row("SELECT * FROM events WHERE position = ?1", [position], |row| {
            let mut bytes = Vec::new();
            for column in ["position", "revision", "recorded_at"] {
                bytes.extend_from_slice(&row.get::<_, i64>(column)?.to_le_bytes());
            }
            let mut add = |part: &[u8]| {
                bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
                bytes.extend_from_slice(part);
            };
            add(row.get::<_, String>("stream")?.as_bytes());
            add(row.get::<_, String>("type")?.as_bytes());
            add(&row.get::<_, Vec<u8>>("id")?);
            add(row.get::<_, String>("metadata")?.as_bytes());
            add(row.get::<_, String>("data")?.as_bytes());
            Ok(crc32fast::hash(&bytes))
        })
        .unwrap();
    meddle(directory, &format!("UPDATE events SET checksum = {checksum} WHERE position = {position}"));
}

fn faults(report: &LogReport) -> Vec<(Option<Position>, &LogFault)> {
    assert_eq!(report.more, 0);
    report.findings.iter().map(|finding| (finding.from, &finding.fault)).collect()
}

#[tokio::test]
async fn a_good_log_has_nothing_wrong_with_it() {
    for count in [0, 1, 6, 7, 8, 40] {
        let directory = filled(count).await;
        let report = check(directory.path());
        assert_eq!(report.findings, [], "{count} events");
        assert_eq!((report.events, report.streams), (count as u64, count.min(3) as u64));
        assert!(report.digest.is_some() && report.not_judged.is_empty());
    }
}

#[tokio::test]
async fn a_log_that_is_served_is_checked_while_it_is_appended_to() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    fill(&store, 40).await;
    let log = LogFile::open(directory.path()).unwrap();
    assert!(log.is_served());
    store.append(&stream("a"), ExpectedRevision::Any, vec![event(41)]).await.unwrap();
    let report = check_log(&log, &mut Easygoing);
    assert_eq!((report.findings.as_slice(), report.events, report.not_judged.len()), ([].as_slice(), 40, 1));
    let meanwhile = report.digest;
    drop(log);
    store.append(&stream("a"), ExpectedRevision::Any, vec![event(42)]).await.unwrap();
    store.close().await;
    let later = check(directory.path());
    assert_eq!((later.events, later.not_judged.len()), (42, 0));
    assert_ne!(later.digest, meanwhile, "the digest is one of all events");
}

#[tokio::test]
async fn nobody_can_open_a_log_that_is_being_checked() {
    let directory = filled(3).await;
    let mut log = LogFile::open(directory.path()).unwrap();
    assert!(!log.is_served());
    EmbeddedStore::open(directory.path(), crate::sample::restless()).unwrap_err();
    log.share();
    open(directory.path()).close().await;
    assert_eq!(check_log(&log, &mut Easygoing).events, 3);
}

#[tokio::test]
async fn damaged_events_are_named_and_the_others_are_read() {
    let directory = filled(40).await;
    meddle(
        directory.path(),
        "UPDATE events SET data = '{}' WHERE position = 5; DELETE FROM events WHERE position IN (9, 10, 11)",
    );
    let report = check(directory.path());
    let event = |cause: &str| LogFault::Event { cause: format!("in log.db, {cause}") };
    let named = [
        LogFinding {
            from: Some(Position(5)),
            to: Some(Position(5)),
            fault: event("its checksum does not fit its content"),
        },
        LogFinding { from: Some(Position(9)), to: Some(Position(11)), fault: event("it is missing") },
    ];
    assert_eq!(report.findings[..2], named);
    // The index still leads to what is gone.
    let gone = report.findings[2..].iter();
    assert!(gone.clone().all(|finding| matches!(finding.fault, LogFault::WrongEntry { .. })));
    assert_eq!(gone.flat_map(|finding| finding.from).min(), Some(Position(9)));
    assert_eq!((report.events, report.digest), (36, None));
}

#[tokio::test]
async fn an_index_that_does_not_agree_with_the_events_is_named() {
    let (streams, ids) = ("stream_index", "id_index");
    for (sql, expected) in [
        (
            "DELETE FROM stream_index WHERE position = 4",
            vec![
                (7, LogFault::Revision { before: Some(Revision(0)), found: Revision(2) }),
                (4, LogFault::NotIndexed { index: streams }),
            ],
        ),
        ("DELETE FROM id_index WHERE position = 4", vec![(4, LogFault::NotIndexed { index: ids })]),
        (
            "UPDATE id_index SET position = 5 WHERE position = 4",
            vec![(4, LogFault::NotIndexed { index: ids }), (5, LogFault::WrongEntry { index: ids })],
        ),
        (
            "INSERT INTO id_index VALUES (x'00112233445566778899aabbccddeeff', 6)",
            vec![(6, LogFault::WrongEntry { index: ids })],
        ),
        (
            "INSERT INTO stream_index VALUES ('case-z', 0, 6)",
            vec![(6, LogFault::WrongEntry { index: streams })],
        ),
        // After what the indexes are said to hold, where an interrupted merge may have left entries.
        (
            "INSERT INTO id_index VALUES (x'00112233445566778899aabbccddeeff', 40)",
            vec![(40, LogFault::WrongEntry { index: ids })],
        ),
    ] {
        let directory = restored(40).await;
        assert_eq!(check(directory.path()).findings, []);
        meddle(directory.path(), sql);
        let report = check(directory.path());
        let expected: Vec<_> =
            expected.iter().map(|(position, fault)| (Some(Position(*position)), fault)).collect();
        assert_eq!(faults(&report), expected, "{sql}");
    }
}

#[tokio::test]
async fn indexes_that_are_said_to_hold_too_much_or_too_little_are_judged_by_what_they_hold() {
    let directory = restored(40).await;
    meddle(directory.path(), "UPDATE meta SET value = 99 WHERE key = 'indexed_to'");
    let too_far = check(directory.path());
    assert_eq!(too_far.findings[0].fault, LogFault::IndexedTooFar { indexed_to: Position(99) });
    meddle(directory.path(), "UPDATE meta SET value = 30 WHERE key = 'indexed_to'");
    assert_eq!(check(directory.path()).findings, []);
}

#[tokio::test]
async fn runs_of_the_index_that_do_not_agree_with_the_events_are_named() {
    let runs = "index_pages";
    for (sql, expected) in [
        (
            "UPDATE events SET id = x'00112233445566778899aabbccddeeff' WHERE position = 4",
            vec![(4, LogFault::NotIndexed { index: runs }), (4, LogFault::WrongEntry { index: runs })],
        ),
        (
            "UPDATE events SET stream = 'case-z' WHERE position = 4",
            vec![(4, LogFault::NotIndexed { index: runs }), (4, LogFault::WrongEntry { index: runs })],
        ),
    ] {
        let directory = filled(40).await;
        assert_eq!(check(directory.path()).findings, []);
        meddle(directory.path(), sql);
        seal(directory.path(), 4);
        let expected: Vec<_> =
            expected.iter().map(|(position, fault)| (Some(Position(*position)), fault)).collect();
        assert_eq!(faults(&check(directory.path())), expected, "{sql}");
    }
    let directory = filled(40).await;
    meddle(directory.path(), "DELETE FROM index_pages WHERE page = (SELECT min(page) FROM index_pages)");
    let report = check(directory.path());
    let named =
        |finding: &LogFinding| matches!(&finding.fault, LogFault::Engine { says } if says.contains("page 0"));
    assert!(report.findings.iter().any(named), "{:?}", report.findings);
}

#[tokio::test]
async fn what_only_the_tail_can_have_wrong_is_found() {
    for (sql, expected) in [
        (
            "UPDATE events SET id = (SELECT id FROM events WHERE position = 2) WHERE position = 40",
            LogFault::IdTwice { other: Position(2) },
        ),
        (
            "UPDATE events SET id = (SELECT id FROM events WHERE position = 39) WHERE position = 40",
            LogFault::IdTwice { other: Position(39) },
        ),
        (
            "UPDATE events SET revision = 20 WHERE position = 40",
            LogFault::Revision { before: Some(Revision(12)), found: Revision(20) },
        ),
        (
            "UPDATE events SET stream = 'case-new' WHERE position = 40",
            LogFault::Revision { before: None, found: Revision(13) },
        ),
        ("UPDATE events SET recorded_at = recorded_at - 60000000 WHERE position = 40", LogFault::Time),
    ] {
        let directory = filled(40).await;
        meddle(directory.path(), sql);
        seal(directory.path(), 40);
        let report = check(directory.path());
        assert_eq!(faults(&report), [(Some(Position(40)), &expected)], "{sql}");
    }
}

#[tokio::test]
async fn a_changed_name_and_a_changed_declaration_are_named() {
    let directory = filled(3).await;
    meddle(
        directory.path(),
        "UPDATE meta SET value = 'f' || substr(value, 2) WHERE key = 'log_id'; CREATE TABLE notes (text TEXT)",
    );
    let first: String = Connection::open(directory.path().join("log.db"))
        .unwrap()
        .query_row("SELECT value FROM meta WHERE key = 'log_id'", [], |row| row.get(0))
        .unwrap();
    let report = check(directory.path());
    assert!(
        report
            .findings
            .iter()
            .any(|finding| matches!(&finding.fault, LogFault::Declaration { name } if name == "notes"))
    );
    // One name in sixteen begins so already.
    let sound = crc32_of_name(directory.path()) == crc32fast::hash(first.as_bytes());
    assert_ne!(report.findings.iter().any(|finding| finding.fault == LogFault::Name), sound);
}

fn crc32_of_name(directory: &Path) -> u32 {
    let connection = Connection::open(directory.join("log.db")).unwrap();
    let select = "SELECT value FROM meta WHERE key = 'log_id_checksum'";
    connection.query_row(select, params![], |row| row.get(0)).unwrap()
}

/// Everything that a log holds, as text. Not up to where the indexes are said to reach: they are judged by what they
/// hold, and may reach further.
fn content(path: &Path) -> rusqlite::Result<Vec<String>> {
    let connection = Connection::open(path)?;
    let mut content = Vec::new();
    for select in [
        "SELECT quote(position) || quote(stream) || quote(revision) || quote(type) || quote(recorded_at) || quote(id)
            || quote(checksum) || quote(metadata) || quote(data) FROM events",
        "SELECT quote(stream) || quote(revision) || quote(position) FROM stream_index",
        "SELECT quote(id) || quote(position) FROM id_index",
        "SELECT quote(key) || quote(value) FROM meta WHERE key <> 'indexed_to'",
        "SELECT quote(type) || quote(name) || quote(tbl_name) || quote(sql) FROM sqlite_schema",
        "SELECT quote(application_id) FROM pragma_application_id",
    ] {
        let mut statement = connection.prepare(select)?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        content.extend(rows.collect::<rusqlite::Result<Vec<String>>>()?);
    }
    Ok(content)
}

/// Where a flipped bit is not found, nothing that the log holds has changed.
#[tokio::test]
async fn every_bit_that_is_flipped_in_any_page_is_found_or_holds_nothing() {
    let directory = filled(60).await;
    let path = directory.path().join("log.db");
    let good = std::fs::read(&path).unwrap();
    let expected = content(&path).unwrap();
    let (mut found, mut empty) = (0, 0);
    for (number, at) in (0..good.len()).step_by(FLIP_EVERY_BYTES).enumerate() {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (number % 8);
        std::fs::write(&path, &bytes).unwrap();
        for file in ["log.db-wal", "log.db-shm"] {
            // They are there after some of the reads only.
            let _ = std::fs::remove_file(directory.path().join(file));
        }
        let report = LogFile::open(directory.path()).map(|log| check_log(&log, &mut Easygoing));
        if report.is_ok_and(|report| report.findings.is_empty()) {
            let same = content(&path).is_ok_and(|content| content == expected);
            assert!(same, "byte {} of page {} is not looked at", at % PAGE_BYTES, at / PAGE_BYTES + 1);
            empty += 1;
        } else {
            found += 1;
        }
    }
    assert!(found > 100, "{found} found, {empty} in unused space");
}

#[tokio::test]
async fn what_is_damaged_is_named_before_any_number_of_events_that_nobody_understands() {
    struct Puzzled;
    impl Inspector for Puzzled {
        fn inspect(&mut self, event: &Recorded) -> Option<LogFault> {
            // Each another, so that they do not become one.
            Some(LogFault::Content { cause: event.position.0.to_string() })
        }

        fn progress(&mut self, _checked: Position) {}
    }
    let directory = filled(150).await;
    meddle(directory.path(), "UPDATE events SET data = '{}' WHERE position = 140");
    let report = check_log(&LogFile::open(directory.path()).unwrap(), &mut Puzzled);
    let damaged: Vec<_> = report.findings.iter().filter(|finding| !finding.is_content()).collect();
    let event = LogFault::Event { cause: "in log.db, its checksum does not fit its content".to_owned() };
    assert_eq!(damaged, [&LogFinding { from: Some(Position(140)), to: Some(Position(140)), fault: event }]);
    assert_eq!((report.findings.len(), report.more), (100, 50));
}
