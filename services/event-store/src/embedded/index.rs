//! The indexes on disk: where a stream's events and an id are, for all of the log but its tail.

use rapport_domain::envelope::{EventId, Position, Revision, StreamId};
use rusqlite::{Connection, OptionalExtension, params};

use super::tail::StreamEntry;
use crate::judgement::StreamHead;

/// The last indexed event of a stream.
pub(super) fn stream_head(
    connection: &Connection,
    stream: &StreamId,
) -> rusqlite::Result<Option<StreamHead>> {
    let mut statement = connection.prepare_cached(
        "SELECT revision, position FROM stream_index WHERE stream = ?1 ORDER BY revision DESC LIMIT 1",
    )?;
    let head = statement.query_row([stream.as_str()], |row| {
        Ok(StreamHead {
            revision: Revision(row.get::<_, i64>(0)?.cast_unsigned()),
            position: Position(row.get::<_, i64>(1)?.cast_unsigned()),
        })
    });
    head.optional()
}

/// Where the event with this id is.
pub(super) fn position_of(connection: &Connection, id: EventId) -> rusqlite::Result<Option<Position>> {
    let mut statement = connection.prepare_cached("SELECT position FROM id_index WHERE id = ?1")?;
    let position = statement.query_row([id.0.as_bytes()], |row| row.get::<_, i64>(0));
    Ok(position.optional()?.map(|position| Position(position.cast_unsigned())))
}

/// The indexed revisions `from..=to` of a stream, in order.
pub(super) fn positions(
    connection: &Connection,
    stream: &StreamId,
    from: Revision,
    to: Revision,
) -> rusqlite::Result<Vec<(Revision, Position)>> {
    let mut statement = connection.prepare_cached(
        "SELECT revision, position FROM stream_index WHERE stream = ?1 AND revision BETWEEN ?2 AND ?3 ORDER BY revision",
    )?;
    let range = params![stream.as_str(), from.0.cast_signed(), to.0.cast_signed()];
    let rows = statement.query_map(range, |row| {
        Ok((Revision(row.get::<_, i64>(0)?.cast_unsigned()), Position(row.get::<_, i64>(1)?.cast_unsigned())))
    })?;
    rows.collect()
}

/// Adds entries; those that an interrupted merge added already stay.
pub(super) fn add_streams(connection: &Connection, entries: &[StreamEntry]) -> rusqlite::Result<()> {
    let mut statement =
        connection.prepare_cached("INSERT OR IGNORE INTO stream_index VALUES (?1, ?2, ?3)")?;
    for entry in entries {
        let (revision, position) = (entry.revision.0.cast_signed(), entry.position.0.cast_signed());
        statement.execute(params![entry.stream.as_str(), revision, position])?;
    }
    Ok(())
}

/// Adds entries; those that an interrupted merge added already stay.
pub(super) fn add_ids(connection: &Connection, entries: &[(EventId, Position)]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("INSERT OR IGNORE INTO id_index VALUES (?1, ?2)")?;
    for (id, position) in entries {
        statement.execute(params![id.0.as_bytes(), position.0.cast_signed()])?;
    }
    Ok(())
}
