//! What is known of the log, in one file of the data directory: where each event and each id is, and when it was
//! written. It holds nothing that the log does not hold, and is built anew when it is deleted.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eventstore::Position as LogPosition;
use parking_lot::Mutex;
use rapport_domain::envelope::{EventId, Position, Recorded, Revision, StreamId};
use rapport_domain::value::Instant;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::ConnectError;

/// Name of the file.
pub(crate) const INDEX_FILE: &str = "kurrentdb-index.db";
/// Version of the tables. Another version is not read.
const FORMAT: i64 = 1;
const TABLES: &str = "
    CREATE TABLE events (
        position INTEGER PRIMARY KEY,
        id BLOB NOT NULL,
        stream TEXT NOT NULL,
        revision INTEGER NOT NULL,
        recorded_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX events_by_id ON events (id, position);
    -- The last record of the log that was read, whoever wrote it.
    CREATE TABLE checkpoint (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        commit_position INTEGER NOT NULL,
        prepare_position INTEGER NOT NULL,
        id BLOB NOT NULL
    ) STRICT;
";

/// The index. A page of the log goes in as a whole.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    connection: Arc<Mutex<Connection>>,
    path: Arc<PathBuf>,
}

/// The last record that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    pub(crate) at: LogPosition,
    pub(crate) id: EventId,
}

/// Where an event is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) position: Position,
    pub(crate) stream: StreamId,
    pub(crate) revision: Revision,
}

/// The last event of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) position: Position,
    pub(crate) recorded_at: Instant,
}

/// The index cannot be read or written.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{} cannot be used: {cause}; it can be deleted while Rapport is stopped, and is built anew from the log", path.display())]
pub(crate) struct IndexError {
    path: PathBuf,
    cause: String,
}

impl Index {
    /// Opens the index of a data directory, or makes an empty one.
    pub(crate) fn open(directory: &Path) -> Result<Self, ConnectError> {
        let path = directory.join(INDEX_FILE);
        let opened = prepare(&path).map_err(|error| error.to_string());
        match opened {
            Ok((connection, FORMAT)) => {
                Ok(Self { connection: Arc::new(Mutex::new(connection)), path: Arc::new(path) })
            }
            Ok((_, found)) => {
                Err(ConnectError::Index { file: path, cause: format!("it has format {found}") })
            }
            Err(cause) => Err(ConnectError::Index { file: path, cause }),
        }
    }

    /// The last record that was read; none while the index is empty.
    pub(crate) async fn checkpoint(&self) -> Result<Option<Checkpoint>, IndexError> {
        self.run(|connection| {
            let sql = "SELECT commit_position, prepare_position, id FROM checkpoint";
            let row = |row: &Row<'_>| {
                let at = LogPosition { commit: unsigned(row, 0)?, prepare: unsigned(row, 1)? };
                Ok(Checkpoint { at, id: EventId(uuid(row, 2)?) })
            };
            connection.query_row(sql, [], row).optional()
        })
        .await
    }

    /// The last event.
    pub(crate) async fn end(&self) -> Result<End, IndexError> {
        self.run(|connection| {
            let sql = "SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1";
            let end = connection.query_row(sql, [], |row| {
                Ok(End { position: Position(unsigned(row, 0)?), recorded_at: instant(row, 1)? })
            });
            Ok(end.optional()?.unwrap_or(End { position: Position::START, recorded_at: Instant::MIN }))
        })
        .await
    }

    /// When the events at these positions were written, in the order of the positions. It may be another time than the
    /// server tells: that of an earlier event, when the writer's clock stood behind it.
    pub(crate) async fn times(&self, positions: Vec<Position>) -> Result<Vec<Option<Instant>>, IndexError> {
        self.run(move |connection| {
            let mut statement =
                connection.prepare_cached("SELECT recorded_at FROM events WHERE position = ?1")?;
            let mut time = |position: &Position| {
                statement.query_row([position.0.cast_signed()], |row| instant(row, 0)).optional()
            };
            positions.iter().map(&mut time).collect()
        })
        .await
    }

    /// Positions of the events with these ids at these places, in their order.
    pub(crate) async fn positions(
        &self,
        places: Vec<(EventId, StreamId, Revision)>,
    ) -> Result<Vec<Option<Position>>, IndexError> {
        self.run(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT position FROM events WHERE id = ?1 AND stream = ?2 AND revision = ?3",
            )?;
            let mut position = |(id, stream, revision): &(EventId, StreamId, Revision)| {
                let place = params![id.0.as_bytes(), stream.as_str(), revision.0.cast_signed()];
                statement.query_row(place, |row| unsigned(row, 0).map(Position)).optional()
            };
            places.iter().map(&mut position).collect()
        })
        .await
    }

    /// Takes in a page of the log: its events, and its last record.
    pub(crate) async fn add(
        &self,
        events: Vec<Arc<Recorded>>,
        checkpoint: Checkpoint,
    ) -> Result<(), IndexError> {
        self.run(move |connection| {
            let transaction = connection.transaction()?;
            {
                let mut insert =
                    transaction.prepare_cached("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5)")?;
                for event in &events {
                    insert.execute(params![
                        event.position.0.cast_signed(),
                        event.id.0.as_bytes(),
                        event.stream.as_str(),
                        event.revision.0.cast_signed(),
                        event.recorded_at.micros(),
                    ])?;
                }
                transaction
                    .prepare_cached("INSERT OR REPLACE INTO checkpoint VALUES (1, ?1, ?2, ?3)")?
                    .execute(params![
                        checkpoint.at.commit.cast_signed(),
                        checkpoint.at.prepare.cast_signed(),
                        checkpoint.id.0.as_bytes(),
                    ])?;
            }
            transaction.commit()
        })
        .await
    }

    /// Where the events with these ids are, in the order of the ids. Of several with one id the first one counts.
    pub(crate) async fn find(&self, ids: Vec<EventId>) -> Result<Vec<Option<Location>>, IndexError> {
        self.run(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT position, stream, revision FROM events WHERE id = ?1 ORDER BY position LIMIT 1",
            )?;
            ids.iter().map(|id| statement.query_row([id.0.as_bytes()], location).optional()).collect()
        })
        .await
    }

    /// The last event at or before a position: the log can be read from there.
    pub(crate) async fn floor(&self, position: Position) -> Result<Option<Position>, IndexError> {
        self.run(move |connection| {
            let position = i64::try_from(position.0).unwrap_or(i64::MAX);
            Ok(at_or_before(connection, position)?.map(|(position, _)| Position(position.cast_unsigned())))
        })
        .await
    }

    /// Position of the last event recorded at or before a time. Times never go backwards, so it is searched by halves.
    pub(crate) async fn position_at(&self, time: Instant) -> Result<Position, IndexError> {
        self.run(move |connection| {
            let mut found = Position::START;
            // Everything before `low` is at or before the time, everything after `high` is later.
            let (mut low, mut high) = (0, at_or_before(connection, i64::MAX)?.map_or(-1, |(last, _)| last));
            while low <= high {
                let middle = low + (high - low) / 2;
                match at_or_before(connection, middle)? {
                    Some((position, recorded_at)) if recorded_at > time.micros() => high = position - 1,
                    Some((position, _)) => {
                        found = Position(position.cast_unsigned());
                        low = middle + 1;
                    }
                    None => low = middle + 1,
                }
            }
            Ok(found)
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, IndexError> {
        let connection = Arc::clone(&self.connection);
        let done = tokio::task::spawn_blocking(move || work(&mut connection.lock())).await;
        let cause = match done {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        Err(IndexError { path: self.path.as_ref().clone(), cause })
    }
}

/// Opens the file; the format that it has.
fn prepare(path: &Path) -> rusqlite::Result<(Connection, i64)> {
    let connection = Connection::open(path)?;
    // Else the engine would plan statements anew each time that other values are bound.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Losing the last pages costs nothing: they are read again.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    let format =
        |connection: &Connection| connection.pragma_query_value(None, "user_version", |row| row.get(0));
    if format(&connection)? == 0_i64 {
        connection.execute_batch(&format!("BEGIN; {TABLES} PRAGMA user_version = {FORMAT}; COMMIT;"))?;
    }
    let format = format(&connection)?;
    Ok((connection, format))
}

fn at_or_before(connection: &Connection, position: i64) -> rusqlite::Result<Option<(i64, i64)>> {
    let mut statement = connection.prepare_cached(
        "SELECT position, recorded_at FROM events WHERE position <= ?1 ORDER BY position DESC LIMIT 1",
    )?;
    statement.query_row([position], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

fn location(row: &Row<'_>) -> rusqlite::Result<Location> {
    let name: String = row.get(1)?;
    let stream = StreamId::parse(&name).map_err(|error| unreadable(1, error))?;
    Ok(Location { position: Position(unsigned(row, 0)?), stream, revision: Revision(unsigned(row, 2)?) })
}

fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::cast_unsigned)
}

fn instant(row: &Row<'_>, column: usize) -> rusqlite::Result<Instant> {
    Instant::from_micros(row.get(column)?).map_err(|error| unreadable(column, error))
}

fn uuid(row: &Row<'_>, column: usize) -> rusqlite::Result<uuid::Uuid> {
    let bytes: [u8; 16] = row.get(column)?;
    Ok(uuid::Uuid::from_bytes(bytes))
}

fn unreadable(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}
