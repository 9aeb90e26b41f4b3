//! Where a stream's events and an id are, for all of the log but its tail: the runs of the index, and, in logs that were
//! restored or come from an earlier build, the tables before them.

use std::sync::Arc;

use rapport_domain::envelope::{EventId, Position, Revision, StreamId};
use rusqlite::{Connection, OptionalExtension, params};

use super::error::index_unreadable;
use super::readers::Readers;
use super::runs::Runs;
use super::runs::lookup;
use super::runs::table::IndexError;
use super::shared::Shared;
use crate::judgement::StreamHead;
use crate::port::ReadError;

/// The index, as it was at one moment.
#[derive(Debug)]
pub(super) struct Index<'a> {
    pub(super) connection: &'a Connection,
    pub(super) runs: Runs,
    /// The last event that the tables hold.
    pub(super) tables_to: Position,
}

impl Index<'_> {
    /// Where the event with this id is.
    pub(super) fn position_of(&self, id: EventId) -> Result<Option<Position>, IndexError> {
        match lookup::position_of(self.connection, &self.runs, id)? {
            None if self.has_tables() => Ok(position_of(self.connection, id)?),
            found => Ok(found),
        }
    }

    /// The last event of a stream.
    pub(super) fn stream_head(&self, stream: &StreamId) -> Result<Option<StreamHead>, IndexError> {
        match lookup::stream_head(self.connection, &self.runs, stream)? {
            None if self.has_tables() => Ok(stream_head(self.connection, stream)?),
            found => Ok(found),
        }
    }

    /// The revisions `from..=to` of a stream, in order.
    pub(super) fn positions(
        &self,
        stream: &StreamId,
        from: Revision,
        to: Revision,
    ) -> Result<Vec<(Revision, Position)>, IndexError> {
        let mut found =
            if self.has_tables() { positions(self.connection, stream, from, to)? } else { Vec::new() };
        let next = found.last().map_or(from, |(Revision(last), _)| Revision(last + 1));
        if next <= to {
            found.extend(lookup::positions(self.connection, &self.runs, stream, next, to)?);
        }
        Ok(found)
    }

    const fn has_tables(&self) -> bool {
        self.tables_to.0 > 0
    }
}

/// Where the events with these ids are, in memory or on disk, each in its place.
pub(super) async fn find(
    readers: &Arc<Readers>,
    shared: &Arc<Shared>,
    ids: Vec<EventId>,
) -> Result<Vec<Option<Position>>, ReadError> {
    // Before the index: what leaves the tail in between is in the index by then.
    let mut found: Vec<Option<Position>> = {
        let tail = shared.tail.read();
        ids.iter().map(|id| tail.position_of(id)).collect()
    };
    if found.iter().all(Option::is_some) {
        return Ok(found);
    }
    let shared = Arc::clone(shared);
    let look_up = move |connection: &Connection| {
        let index = Index { connection, runs: shared.runs(), tables_to: shared.tables_to };
        for (position, id) in found.iter_mut().zip(ids).filter(|(position, _)| position.is_none()) {
            *position = index.position_of(id).map_err(|error| index_unreadable(&error))?;
        }
        Ok(found)
    };
    readers.run(look_up).await
}

/// The last event of a stream in the tables.
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

/// The last event of a stream that the tables hold for certain: an interrupted merge leaves entries after `tables_to`.
pub(super) fn head_up_to(
    connection: &Connection,
    stream: &StreamId,
    tables_to: Position,
) -> rusqlite::Result<Option<StreamHead>> {
    let mut statement = connection.prepare_cached(
        "SELECT revision, position FROM stream_index WHERE stream = ?1 AND position <= ?2
            ORDER BY revision DESC LIMIT 1",
    )?;
    let head = statement.query_row(params![stream.as_str(), tables_to.0.cast_signed()], |row| {
        Ok(StreamHead {
            revision: Revision(row.get::<_, i64>(0)?.cast_unsigned()),
            position: Position(row.get::<_, i64>(1)?.cast_unsigned()),
        })
    });
    head.optional()
}

/// Where the event with this id is, by the tables.
pub(super) fn position_of(connection: &Connection, id: EventId) -> rusqlite::Result<Option<Position>> {
    let mut statement = connection.prepare_cached("SELECT position FROM id_index WHERE id = ?1")?;
    let position = statement.query_row([id.0.as_bytes()], |row| row.get::<_, i64>(0));
    Ok(position.optional()?.map(|position| Position(position.cast_unsigned())))
}

/// The revisions `from..=to` of a stream that the tables hold, in order.
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
