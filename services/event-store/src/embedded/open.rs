//! Finding out, at the start, where the log ends.

use std::collections::HashMap;
use std::sync::Arc;

use rapport_domain::envelope::{EventId, Position, Revision, StreamId};
use rapport_domain::value::Instant;
use rusqlite::{Connection, OptionalExtension, Row};
use uuid::Uuid;

use super::error::{OpenError, is_damage};
use super::log::End;
use super::runs::table;
use super::runs::{Run, indexed_to};
use super::schema;
use super::tail::{Tail, Written};

/// The last event of the log.
pub(super) fn end(connection: &Connection) -> Result<End, OpenError> {
    let last = connection
        .query_row("SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        })
        .optional()?;
    let Some((position, micros)) = last else {
        return Ok(End { position: Position::START, recorded_at: Instant::MIN });
    };
    let position = Position(position.cast_unsigned());
    let recorded_at =
        Instant::from_micros(micros).map_err(|_| damaged(position, "its time is out of range"))?;
    Ok(End { position, recorded_at })
}

/// What is known of where events are.
pub(super) struct Index {
    /// The index on disk.
    pub(super) runs: Vec<Arc<Run>>,
    /// Pages of runs that a crash left unfinished.
    pub(super) leftovers: Vec<(u32, u32)>,
    /// The last event that the tables hold.
    pub(super) tables_to: Position,
    /// Everything after what is on disk.
    pub(super) tail: Tail,
}

/// Reads the index, and what it does not hold yet.
pub(super) fn index(connection: &Connection, end: End) -> Result<Index, OpenError> {
    let runs = table::runs(connection).map_err(|error| OpenError::Index { cause: error.to_string() })?;
    let leftovers = table::leftovers(connection, &runs)?;
    let tables_to = schema::indexed_to(connection)?;
    if runs.first().is_some_and(|run| run.first > tables_to.next()) {
        return Err(OpenError::Index {
            cause: "the index of log.db does not hold its first events".to_owned(),
        });
    }
    let tail = tail(connection, end, tables_to.max(indexed_to(&runs)))?;
    Ok(Index { runs, leftovers, tables_to, tail })
}

fn tail(connection: &Connection, end: End, indexed_to: Position) -> Result<Tail, OpenError> {
    let mut tail = Tail::default();
    let mut next = indexed_to.next();
    let mut revisions: HashMap<StreamId, Revision> = HashMap::new();
    let mut statement = connection.prepare(
        "SELECT position, stream, revision, id FROM events WHERE position >= ?1 ORDER BY position",
    )?;
    let mut rows = statement.query([next.0.cast_signed()])?;
    while let Some(row) = rows.next().map_err(|error| unreadable(next, error))? {
        let written = entry(row, next)?;
        let before = revisions.insert(written.stream.clone(), written.first_revision);
        if before.is_some_and(|Revision(before)| written.first_revision.0 != before + 1) {
            return Err(damaged(next, "its revision does not follow the one before"));
        }
        tail.push(&written);
        next = next.next();
    }
    if next != end.position.next() {
        return Err(damaged(next, "it is missing"));
    }
    Ok(tail)
}

fn entry(row: &Row<'_>, expected: Position) -> Result<Written, OpenError> {
    if row.get::<_, i64>(0)?.cast_unsigned() != expected.0 {
        return Err(damaged(expected, "it is missing"));
    }
    let column = |cause| move |_| damaged(expected, cause);
    let stream = row.get_ref(1)?.as_str().ok().and_then(|name| StreamId::parse(name).ok());
    let stream = stream.ok_or_else(|| damaged(expected, "its stream has no valid name"))?;
    let id = row.get_ref(3)?.as_blob().ok().and_then(|bytes| Uuid::from_slice(bytes).ok());
    let id = id.ok_or_else(|| damaged(expected, "its id is not 16 bytes long"))?;
    let revision: i64 = row.get(2).map_err(column("its revision is not a number"))?;
    Ok(Written {
        stream,
        first_revision: Revision(revision.cast_unsigned()),
        first_position: expected,
        ids: vec![EventId(id)],
    })
}

fn unreadable(position: Position, error: rusqlite::Error) -> OpenError {
    if is_damage(&error) {
        damaged(position, &format!("its page cannot be read ({error})"))
    } else {
        error.into()
    }
}

fn damaged(position: Position, cause: &str) -> OpenError {
    OpenError::Damaged { position, cause: cause.to_owned() }
}
