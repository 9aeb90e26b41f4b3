//! The log file: its tables, its format and how connections to it are set up.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rapport_domain::envelope::Position;
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};

use super::error::OpenError;
use super::lock::sync_directory;
use super::runs;
#[cfg(feature = "seeded-bugs")]
use crate::seeded_bug::{self, SeededBug};

/// Version of the layout below.
pub(super) const FORMAT: i64 = 1;
/// Bytes of a page. Rows are about 600 bytes: fewer pages per append than with 4 KiB, less waste than with 16 KiB.
pub(super) const PAGE_BYTES: u64 = 8_192;

const LOG_FILE: &str = "log.db";
/// `RPLG`: tells our files from those of other programs.
const APPLICATION_ID: i64 = 0x5250_4C47;
/// How long a connection waits for a lock that an operator's own connection holds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Statements that a connection keeps prepared.
const STATEMENTS_MAX: usize = 32;
const WRITER_CACHE_KIB: i64 = 8_192;
const READER_CACHE_KIB: i64 = 2_048;
/// The write-ahead log is cut back to this size when it starts over, in bytes. It is larger than the log becomes
/// unless a reader holds on to it: cutting it and growing it again costs an append tens of milliseconds.
const WAL_BYTES_KEPT: i64 = 201_326_592;

/// Keys of `meta`.
const SETTINGS: [&str; 4] = ["format", "indexed_to", "log_id", "log_id_checksum"];
/// `checksum` is a CRC-32 over all other columns. `stream_index` and `id_index` hold every event up to
/// `meta.indexed_to`, and may hold some after it: in logs that were restored, and in those of early builds. Events after
/// that are in the runs of [`runs`], whose tables are made when the log is next opened for writing.
const TABLES: &str = "
    CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE events (
        position    INTEGER PRIMARY KEY,
        stream      TEXT    NOT NULL,
        revision    INTEGER NOT NULL,
        type        TEXT    NOT NULL,
        recorded_at INTEGER NOT NULL,
        id          BLOB    NOT NULL,
        checksum    INTEGER NOT NULL,
        metadata    TEXT    NOT NULL,
        data        TEXT    NOT NULL
    ) STRICT;
    CREATE TABLE stream_index (
        stream   TEXT    NOT NULL,
        revision INTEGER NOT NULL,
        position INTEGER NOT NULL,
        PRIMARY KEY (stream, revision)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE id_index (id BLOB PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
    CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
    CREATE TRIGGER events_are_never_replaced BEFORE INSERT ON events
        WHEN EXISTS (SELECT 1 FROM events WHERE position = NEW.position)
        BEGIN SELECT RAISE(ABORT, 'events are never replaced'); END;
";

/// Where the log of a data directory is.
pub(super) fn log_path(directory: &Path) -> PathBuf {
    directory.join(LOG_FILE)
}

/// Opens the log for writing, and creates it when there is none. Does not touch files of other programs.
pub(super) fn open_writer(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    keep_private(path)?;
    let mut connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    match identify(&connection, path)? {
        Content::Log => write_ahead(&connection, path)?,
        Content::Nothing => create(&connection, path)?,
    }
    connection.execute_batch(runs::table::TABLES)?;
    set_up(&connection, WRITER_CACHE_KIB)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    #[cfg(feature = "seeded-bugs")]
    if seeded_bug::is_planted(SeededBug::AckBeforeFsync) {
        connection.pragma_update(None, "synchronous", "NORMAL")?;
    }
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", WAL_BYTES_KEPT)?;
    refuse_changes(&mut connection)?;
    Ok(connection)
}

/// Holds the writer to what the triggers hold everybody to, when a statement is prepared. With a trigger on it, each
/// INSERT copies its page first, so that it alone could be taken back: that cost a quarter of a bulk append.
fn refuse_changes(writer: &mut Connection) -> rusqlite::Result<()> {
    let refuse = |context: AuthContext<'_>| match context.action {
        AuthAction::Update { table_name: "events", .. } | AuthAction::Delete { table_name: "events" } => {
            Authorization::Deny
        }
        _ => Authorization::Allow,
    };
    writer.authorizer(Some(refuse))?;
    writer.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false).map(|_| ())
}

/// Makes an empty file that its owner alone may read, before SQLite makes one that others may. The files beside it
/// take over its rights.
fn keep_private(path: &Path) -> Result<(), OpenError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(source) if source.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(OpenError::Io { path: path.to_owned(), source })
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Opens the log for reading.
pub(super) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    set_up(&connection, READER_CACHE_KIB)?;
    Ok(connection)
}

/// Opens the log for copying the write-ahead log into it.
pub(super) fn open_checkpointer(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    Ok(connection)
}

fn set_up(connection: &Connection, cache_kib: i64) -> rusqlite::Result<()> {
    // Else the engine would plan statements anew each time that other values are bound.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    connection.pragma_update(None, "temp_store", "MEMORY")
}

/// What stands in a file that is to be a log.
pub(super) enum Content {
    /// A log.
    Log,
    /// Nothing yet.
    Nothing,
}

/// Looks at what a file is, and changes nothing.
pub(super) fn identify(connection: &Connection, path: &Path) -> Result<Content, OpenError> {
    let foreign = || OpenError::NotALog { path: path.to_owned() };
    let marks = connection.query_row(
        "SELECT (SELECT application_id FROM pragma_application_id), (SELECT count(*) FROM sqlite_schema)",
        [],
        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
    );
    match marks {
        Ok((APPLICATION_ID, _)) => {}
        Ok((0, 0)) => return Ok(Content::Nothing),
        Ok(_) => return Err(foreign()),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => return Err(foreign()),
        Err(error) => return Err(error.into()),
    }
    match number(connection, "format")? {
        Some(FORMAT) => Ok(Content::Log),
        Some(found) => Err(OpenError::UnknownFormat { found }),
        None => Err(foreign()),
    }
}

/// A copy that another tool made may have come without it. The switch is committed when its statement ends, which is
/// after it has answered: so it runs to its end, and what holds then is asked for.
fn write_ahead(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let mut switch = connection.prepare("PRAGMA journal_mode = WAL")?;
    let mut rows = switch.query([])?;
    while rows.next()?.is_some() {}
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    if mode == "wal" { Ok(()) } else { Err(OpenError::NoSharedMemory { path: path.to_owned() }) }
}

fn create(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    connection.pragma_update(None, "page_size", PAGE_BYTES.cast_signed())?;
    write_ahead(connection, path)?;
    let creation = connection.unchecked_transaction()?;
    creation.execute_batch(TABLES)?;
    creation.pragma_update(None, "application_id", APPLICATION_ID)?;
    creation.execute("INSERT INTO meta VALUES ('format', ?1), ('indexed_to', 0)", [FORMAT])?;
    let log_id: String = creation.query_row("SELECT lower(hex(randomblob(16)))", [], |row| row.get(0))?;
    write_log_id(&creation, &log_id)?;
    creation.commit()?;
    let directory = path.parent().unwrap_or(path);
    sync_directory(directory).map_err(|source| OpenError::Io { path: directory.to_owned(), source })
}

fn number(connection: &Connection, key: &str) -> rusqlite::Result<Option<i64>> {
    connection.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0)).optional()
}

/// The random name of this log, 32 hexadecimal digits.
pub(super) fn log_id(connection: &Connection) -> rusqlite::Result<String> {
    connection.query_row("SELECT value FROM meta WHERE key = 'log_id'", [], |row| row.get(0))
}

/// Names a log. The checksum tells a damaged name from another one.
pub(super) fn write_log_id(connection: &Connection, log_id: &str) -> rusqlite::Result<()> {
    let checksum = crc32fast::hash(log_id.as_bytes());
    let entries = params![log_id, checksum];
    connection
        .execute("INSERT OR REPLACE INTO meta VALUES ('log_id', ?1), ('log_id_checksum', ?2)", entries)?;
    Ok(())
}

/// Whether the name of the log is the one that was written. Logs of early builds have no checksum of it.
pub(super) fn log_id_is_sound(connection: &Connection) -> rusqlite::Result<bool> {
    let expected = i64::from(crc32fast::hash(log_id(connection)?.as_bytes()));
    Ok(number(connection, "log_id_checksum")?.is_none_or(|checksum| checksum == expected))
}

/// Names of tables, triggers and settings of the file that are not those of [`TABLES`] and [`SETTINGS`].
pub(super) fn differing(connection: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    let model = Connection::open_in_memory()?;
    model.execute_batch(TABLES)?;
    let (expected, found) = (declarations(&model)?, declarations(connection)?);
    model.execute_batch(runs::table::TABLES)?;
    let allowed = declarations(&model)?;
    let missing = expected.difference(&found);
    let mut differing: BTreeSet<String> =
        missing.chain(found.difference(&allowed)).map(|(name, _)| name.clone()).collect();
    let mut statement = connection.prepare("SELECT key FROM meta")?;
    let keys: BTreeSet<String> =
        statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    differing.extend(keys.into_iter().filter(|key| !SETTINGS.contains(&key.as_str())));
    Ok(differing)
}

/// What the file declares, by name. Statistics, which an operator's tool may have made, are not ours to judge.
fn declarations(connection: &Connection) -> rusqlite::Result<BTreeSet<(String, String)>> {
    let select = "SELECT name, type || ' ' || tbl_name || ' ' || coalesce(sql, '') FROM sqlite_schema
        WHERE name NOT LIKE 'sqlite_stat%'";
    let mut statement = connection.prepare(select)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// The last event that both indexes hold.
pub(super) fn indexed_to(connection: &Connection) -> rusqlite::Result<Position> {
    Ok(Position(number(connection, "indexed_to")?.unwrap_or(0).cast_unsigned()))
}

/// Notes that both indexes hold everything up to `position`.
pub(super) fn set_indexed_to(connection: &Connection, position: Position) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("UPDATE meta SET value = ?1 WHERE key = 'indexed_to'")?;
    statement.execute([position.0.cast_signed()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_writer_itself_may_add_events_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let writer = open_writer(&log_path(folder.path())).unwrap();
        let insert = "INSERT INTO events VALUES (1, 'case-1', 0, 'case.opened.v1', 0, x'00', 0, '{}', '{}')";
        assert_eq!(writer.execute(insert, []), Ok(1));
        for refused in ["UPDATE events SET data = '[]'", "DELETE FROM events", insert] {
            assert!(writer.execute(refused, []).is_err(), "{refused}");
        }
        let data: String = writer.query_row("SELECT data FROM events", [], |row| row.get(0)).unwrap();
        assert_eq!(data, "{}");
    }
}
