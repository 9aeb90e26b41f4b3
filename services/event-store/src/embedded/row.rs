//! An event as a row, guarded by a checksum.

use rapport_domain::envelope::{EventId, Position, Recorded, Revision, StreamId};
use rapport_domain::value::Instant;
use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::error::{corrupt, read_failed, read_failed_at};
use crate::port::ReadError;
#[cfg(feature = "seeded-bugs")]
use crate::seeded_bug::{self, SeededBug};

const INSERT: &str =
    "INSERT INTO events (position, stream, revision, type, recorded_at, id, checksum, metadata, data)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
const SELECT_AT: &str = "SELECT position, stream, revision, type, recorded_at, id, checksum, metadata, data
    FROM events WHERE position = ?1";
/// Rows of a range of positions, in order.
pub(super) const SELECT_RANGE: &str =
    "SELECT position, stream, revision, type, recorded_at, id, checksum, metadata, data
    FROM events WHERE position BETWEEN ?1 AND ?2 ORDER BY position";

/// Bytes that a checksum takes together: most rows in one go.
const SUM_BYTES: usize = 1_024;

/// The columns of an event.
#[derive(Debug, Clone, Copy)]
pub(super) struct EventRow<'a> {
    pub(super) position: Position,
    pub(super) stream: &'a str,
    pub(super) revision: Revision,
    pub(super) event_type: &'a str,
    pub(super) recorded_at: i64,
    pub(super) id: &'a [u8],
    pub(super) metadata: &'a str,
    pub(super) data: &'a str,
}

impl EventRow<'_> {
    /// Writes the row at the end of the log.
    pub(super) fn insert(&self, connection: &Connection) -> rusqlite::Result<()> {
        self.insert_by(&mut insertion(connection)?)
    }

    /// As [`Self::insert`], for many rows.
    pub(super) fn insert_by(&self, insertion: &mut CachedStatement<'_>) -> rusqlite::Result<()> {
        insertion.execute(params![
            self.position.0.cast_signed(),
            self.stream,
            self.revision.0.cast_signed(),
            self.event_type,
            self.recorded_at,
            self.id,
            self.checksum(),
            self.metadata,
            self.data,
        ])?;
        Ok(())
    }

    /// The event.
    pub(super) fn recorded(&self) -> Result<Recorded, ReadError> {
        self.as_event().map_err(|cause| corrupt(self.position, cause))
    }

    fn as_event(&self) -> Result<Recorded, &'static str> {
        Ok(Recorded {
            id: EventId(Uuid::from_slice(self.id).map_err(|_| "its id is not 16 bytes long")?),
            stream: StreamId::parse(self.stream).map_err(|_| "its stream has no valid name")?,
            revision: self.revision,
            position: self.position,
            event_type: self.event_type.to_owned(),
            recorded_at: Instant::from_micros(self.recorded_at).map_err(|_| "its time is out of range")?,
            metadata: self.metadata.to_owned(),
            data: self.data.to_owned(),
        })
    }

    /// CRC-32 over every column. Each text goes with its length, so that bytes cannot move between columns unseen.
    fn checksum(&self) -> u32 {
        let mut sum = Sum::new();
        sum.add(&self.position.0.to_le_bytes());
        sum.add(&self.revision.0.to_le_bytes());
        sum.add(&self.recorded_at.to_le_bytes());
        for bytes in [
            self.stream.as_bytes(),
            self.event_type.as_bytes(),
            self.id,
            self.metadata.as_bytes(),
            self.data.as_bytes(),
        ] {
            sum.add(&(bytes.len() as u64).to_le_bytes());
            sum.add(bytes);
        }
        sum.finish()
    }
}

/// A CRC-32 that takes small parts together: many short updates cost more than one over all of them.
struct Sum {
    crc: crc32fast::Hasher,
    waiting: [u8; SUM_BYTES],
    length: usize,
}

impl Sum {
    fn new() -> Self {
        Self { crc: crc32fast::Hasher::new(), waiting: [0; SUM_BYTES], length: 0 }
    }

    fn add(&mut self, bytes: &[u8]) {
        if bytes.len() > SUM_BYTES - self.length {
            self.crc.update(&self.waiting[..self.length]);
            self.length = 0;
        }
        match self.waiting.get_mut(self.length..self.length + bytes.len()) {
            Some(room) => {
                room.copy_from_slice(bytes);
                self.length += bytes.len();
            }
            None => self.crc.update(bytes),
        }
    }

    fn finish(mut self) -> u32 {
        self.crc.update(&self.waiting[..self.length]);
        self.crc.finalize()
    }
}

/// What rows are written by.
pub(super) fn insertion(connection: &Connection) -> rusqlite::Result<CachedStatement<'_>> {
    connection.prepare_cached(INSERT)
}

/// The event at a position; `None` when there is none.
pub(super) fn event_at(connection: &Connection, position: Position) -> Result<Option<Recorded>, ReadError> {
    let mut statement = connection.prepare_cached(SELECT_AT).map_err(|e| read_failed(&e))?;
    let read = statement.query_row([position.0.cast_signed()], |row| Ok(recorded(row)));
    read.optional().map_err(|e| read_failed_at(position, &e))?.transpose()
}

/// Reads a row of [`SELECT_RANGE`] and checks it.
pub(super) fn recorded(row: &Row<'_>) -> Result<Recorded, ReadError> {
    checked(row)?.recorded()
}

/// Checks a row of [`SELECT_RANGE`], and copies nothing.
pub(super) fn checked<'a>(row: &'a Row<'_>) -> Result<EventRow<'a>, ReadError> {
    let position = row.get::<_, i64>(0).map_err(|e| read_failed(&e))?;
    let position = Position(position.cast_unsigned());
    sound(row, position).map_err(|cause| corrupt(position, cause))
}

fn sound<'a>(row: &'a Row<'_>, position: Position) -> Result<EventRow<'a>, &'static str> {
    let columns = EventRow {
        position,
        stream: text(row, 1)?,
        revision: Revision(integer(row, 2)?.cast_unsigned()),
        event_type: text(row, 3)?,
        recorded_at: integer(row, 4)?,
        id: blob(row, 5)?,
        metadata: text(row, 7)?,
        data: text(row, 8)?,
    };
    let fits = integer(row, 6)? == i64::from(columns.checksum());
    #[cfg(feature = "seeded-bugs")]
    let fits = fits || seeded_bug::is_planted(SeededBug::SkipChecksum);
    if fits { Ok(columns) } else { Err("its checksum does not fit its content") }
}

fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a str, &'static str> {
    let value = row.get_ref(column).map_err(|_| "a column is missing")?;
    value.as_str().map_err(|_| "a column does not hold text")
}

fn blob<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a [u8], &'static str> {
    let value = row.get_ref(column).map_err(|_| "a column is missing")?;
    value.as_blob().map_err(|_| "a column does not hold bytes")
}

fn integer(row: &Row<'_>, column: usize) -> Result<i64, &'static str> {
    match row.get_ref(column) {
        Ok(ValueRef::Integer(value)) => Ok(value),
        Ok(ValueRef::Null | ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_)) => {
            Err("a column does not hold a number")
        }
        Err(_) => Err("a column is missing"),
    }
}
