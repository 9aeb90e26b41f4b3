//! What was true at a time: the events that had happened by then, folded in the order in which they happened, however
//! late the log heard of them.
//!
//! The log is not in that order, so the events are put in order first, in a table of the view's own file. What happens
//! at one moment keeps the order of the log. Events that frame the others, see [`Projection::FRAME`], come first and
//! whatever their time.

use rapport_domain::envelope::Recorded;
use rapport_domain::value::Instant;
use rusqlite::{Row, Transaction};

use super::fold::{Stretch, within};
use super::view::{Draft, View};
use crate::column::{At, Micros, Rev, Word, word};
use crate::projection::{ProjectError, Projection};
use crate::read_model::writer::{Failure, settle, take_in};
use crate::storage::json_cause;

const TABLE: &str = "
    CREATE TABLE by_occurrence (
        frame       INTEGER NOT NULL,
        occurred_at INTEGER NOT NULL,
        position    INTEGER NOT NULL,
        id          TEXT NOT NULL,
        stream      TEXT NOT NULL,
        revision    INTEGER NOT NULL,
        event_type  TEXT NOT NULL,
        recorded_at INTEGER NOT NULL,
        metadata    TEXT NOT NULL,
        data        TEXT NOT NULL,
        PRIMARY KEY (frame, occurred_at, position)
    ) STRICT, WITHOUT ROWID";
const INSERT: &str = "INSERT INTO by_occurrence VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
const SELECT: &str = "SELECT * FROM by_occurrence ORDER BY frame DESC, occurred_at, position";

/// Folds what had happened by a time.
pub(super) fn fold<P: Projection>(
    mut projection: P,
    valid_at: Instant,
    draft: Draft,
    stretch: Stretch,
) -> Result<View, Failure> {
    let storage = |error: rusqlite::Error| Failure::general(error.into());
    within(draft, |tx, checkpoint| {
        tx.execute_batch(TABLE).map_err(storage)?;
        stretch.each(checkpoint, |event| put_in_order::<P>(tx, event, valid_at))?;
        let mut ordered = tx.prepare(SELECT).map_err(storage)?;
        let mut rows = ordered.query([]).map_err(storage)?;
        while let Some(row) = rows.next().map_err(storage)? {
            let event = recorded(row).map_err(storage)?;
            take_in(&mut projection, tx, &event).map_err(|error| Failure::at(&event, error))?;
        }
        drop(rows);
        drop(ordered);
        settle(&mut projection, tx)?;
        tx.execute_batch("DROP TABLE by_occurrence").map_err(storage)
    })
}

fn put_in_order<P: Projection>(
    tx: &Transaction<'_>,
    event: &Recorded,
    valid_at: Instant,
) -> Result<(), ProjectError> {
    let is = |types: &[&str]| types.contains(&event.event_type.as_str());
    if !is(P::HANDLES) {
        return Ok(());
    }
    let metadata = event.metadata().map_err(|error| ProjectError::Metadata { cause: json_cause(&error) })?;
    let frames = is(P::FRAME);
    // What frames the others keeps the order of the log.
    let occurred_at = if frames { Instant::MIN } else { metadata.occurred_at };
    if occurred_at > valid_at {
        return Ok(());
    }
    tx.prepare_cached(INSERT)?.execute((
        frames,
        Micros(occurred_at),
        At(event.position),
        Word(event.id),
        Word(&event.stream),
        Rev(event.revision),
        &event.event_type,
        Micros(event.recorded_at),
        &event.metadata,
        &event.data,
    ))?;
    Ok(())
}

fn recorded(row: &Row<'_>) -> rusqlite::Result<Recorded> {
    Ok(Recorded {
        id: word(row, "id")?,
        stream: word(row, "stream")?,
        revision: row.get::<_, Rev>("revision")?.0,
        position: row.get::<_, At>("position")?.0,
        event_type: row.get("event_type")?,
        recorded_at: row.get::<_, Micros>("recorded_at")?.0,
        metadata: row.get("metadata")?,
        data: row.get("data")?,
    })
}
