//! Given a file with one writer, when it writes on and on, then its write-ahead log starts over, and at the end is empty.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use tempfile::TempDir;

use super::Checkpointer;

/// Pages after which a pass is asked for.
const INTERVAL: u32 = 16;
/// More commits than any machine needs; a test that comes so far has failed.
const COMMITS_MAX: u32 = 1_000_000;

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    Ok(connection)
}

/// A file with a table, its writer, and who copies what it writes.
struct House {
    checkpointer: Checkpointer,
    writer: Connection,
    directory: TempDir,
}

impl House {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("some.db");
        let mut writer = open(&path).unwrap();
        let mode: String = writer.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
        writer.execute_batch("CREATE TABLE numbers (number INTEGER NOT NULL) STRICT").unwrap();
        let checkpointer =
            Checkpointer::start("checkpoints".to_owned(), &mut writer, INTERVAL, move || open(&path))
                .unwrap();
        Self { checkpointer, writer, directory }
    }

    fn write(&mut self, number: u32) {
        self.writer.execute("INSERT INTO numbers VALUES (?1)", [number]).unwrap();
        self.checkpointer.after_commit(&self.writer);
    }

    fn bytes(&self, file: &str) -> u64 {
        fs::metadata(self.directory.path().join(file)).map_or(0, |file| file.len())
    }

    /// First bytes of the write-ahead log: its salts change when it starts over.
    fn header(&self) -> Vec<u8> {
        let mut bytes = fs::read(self.directory.path().join("some.db-wal")).unwrap();
        bytes.truncate(32);
        bytes
    }
}

#[test]
fn a_writer_that_never_pauses_sees_the_write_ahead_log_start_over() {
    let mut house = House::new();
    house.write(0);
    let first = house.header();
    let mut written = 1;
    while house.header() == first {
        assert!(written < COMMITS_MAX, "it never started over");
        house.write(written);
        written += 1;
    }
    let kept: u32 = house.writer.query_row("SELECT count(*) FROM numbers", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, written);
}

#[test]
fn at_the_end_everything_is_in_the_file() {
    let mut house = House::new();
    (0..100).for_each(|number| house.write(number));
    assert!(house.bytes("some.db-wal") > 0);
    house.checkpointer.finish(&house.writer);
    assert_eq!(house.bytes("some.db-wal"), 0);
    let House { checkpointer, writer, directory } = house;
    drop((checkpointer, writer));
    let kept: u32 = open(&directory.path().join("some.db"))
        .unwrap()
        .query_row("SELECT count(*) FROM numbers", [], |row| row.get(0))
        .unwrap();
    assert_eq!(kept, 100);
}

#[test]
fn what_is_abandoned_stays_in_the_write_ahead_log() {
    let mut house = House::new();
    // Far fewer pages than a pass is asked for after.
    house.write(1);
    house.checkpointer.abandon(&house.writer);
    let House { checkpointer, writer, directory } = house;
    drop((checkpointer, writer));
    let wal = fs::metadata(directory.path().join("some.db-wal")).unwrap();
    assert!(wal.len() > 0);
}
