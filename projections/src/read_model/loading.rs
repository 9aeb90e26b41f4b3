//! A file that is folded over a long log from nothing: its tables first, its indexes when it has arrived.
//!
//! An index in another order than the log's is changed all over by every batch of events, and each page that is touched
//! is written twice; made over the whole table it is sorted once. Events whose fold needs the indexes are set aside in
//! the file, and folded as soon as these are there, in their order. Until then nobody asks the file: every answer includes
//! the log as it was when the fold began.

use rapport_domain::envelope::{Recorded, StreamId};
use rusqlite::types::Type;
use rusqlite::{Connection, Row, Transaction, TransactionBehavior};

use super::event::LogEvent;
use super::skips::Skips;
use super::writer::{Failure, settle, take_in};
use crate::column::{At, Micros, Rev, Word, word};
use crate::projection::{ProjectError, Projection};

/// What the header of a file says while it has no indexes; zero otherwise.
const UNDER_WAY: i64 = 1;
const MARK: &str = "user_version";

const SET_ASIDE: &str = "
    CREATE TABLE set_aside (
        position    INTEGER PRIMARY KEY,
        event_id    TEXT NOT NULL,
        stream      TEXT NOT NULL,
        revision    INTEGER NOT NULL,
        event_type  TEXT NOT NULL,
        recorded_at INTEGER NOT NULL,
        metadata    TEXT NOT NULL,
        data        TEXT NOT NULL
    ) STRICT;
";

/// Says in a file that is being made that it is loaded.
pub(super) fn begin(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, MARK, UNDER_WAY)?;
    connection.execute_batch(SET_ASIDE)
}

/// Whether a file is being loaded.
pub(super) fn is_under_way(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(connection.pragma_query_value(None, MARK, |row| row.get::<_, i64>(0))? == UNDER_WAY)
}

/// The same of the file that is attached as the older one.
pub(super) fn is_under_way_in_older(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(connection.pragma_query_value(Some("older"), MARK, |row| row.get::<_, i64>(0))? == UNDER_WAY)
}

/// Keeps an event until the indexes are there. One that cannot be read is met here, as it would be without.
pub(super) fn set_aside(tx: &Transaction<'_>, event: &LogEvent) -> Result<(), ProjectError> {
    event.projected()?;
    tx.prepare_cached("INSERT INTO set_aside VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?.execute((
        At(event.position),
        Word(event.id),
        event.stream.as_str(),
        Rev(event.revision),
        &event.event_type,
        Micros(event.recorded_at),
        &event.metadata,
        &event.data,
    ))?;
    Ok(())
}

/// Makes the indexes and folds what was set aside, as a whole or not at all.
pub(super) fn complete<P: Projection>(
    connection: &mut Connection,
    mut projection: P,
    skips: &Skips,
) -> Result<(), Failure> {
    let storage = |error: rusqlite::Error| Failure::general(error.into());
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(storage)?;
    tx.execute_batch(P::indexes()).map_err(storage)?;
    fold_set_aside(&tx, &mut projection, skips)?;
    settle(&mut projection, &tx)?;
    tx.execute_batch("DROP TABLE set_aside").map_err(storage)?;
    tx.pragma_update(None, MARK, 0).map_err(storage)?;
    tx.commit().map_err(storage)
}

fn fold_set_aside<P: Projection>(
    tx: &Transaction<'_>,
    projection: &mut P,
    skips: &Skips,
) -> Result<(), Failure> {
    let storage = |error: rusqlite::Error| Failure::general(error.into());
    let mut set_aside = tx.prepare("SELECT * FROM set_aside ORDER BY position").map_err(storage)?;
    for event in set_aside.query_map([], recorded).map_err(storage)? {
        let event = event.map_err(storage)?;
        if !skips.contains(&event) {
            take_in(projection, tx, &event).map_err(|error| Failure::at(&event, error))?;
        }
    }
    Ok(())
}

fn recorded(row: &Row<'_>) -> rusqlite::Result<Recorded> {
    Ok(Recorded {
        id: word(row, "event_id")?,
        stream: StreamId::parse(&row.get::<_, String>("stream")?).map_err(unreadable)?,
        revision: row.get::<_, Rev>("revision")?.0,
        position: row.get::<_, At>("position")?.0,
        event_type: row.get("event_type")?,
        recorded_at: row.get::<_, Micros>("recorded_at")?.0,
        metadata: row.get("metadata")?,
        data: row.get("data")?,
    })
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
}

#[cfg(test)]
mod tests;
