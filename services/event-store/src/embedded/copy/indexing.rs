//! The indexes of a copy, brought after its events: sorted, many at a time. What the events of a range say of their
//! streams is checked on the way.

use rapport_domain::envelope::{Position, Revision, StreamId};
use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::{CopyError, empty_wal};
use crate::embedded::error::corrupt;
use crate::embedded::{index, schema};
use crate::port::ReadError;

/// Events whose index entries are sorted and written in one transaction.
const RANGE_EVENTS: u64 = 500_000;

/// Indexes everything up to `head`.
pub(super) fn extend(connection: &mut Connection, head: Position) -> Result<(), CopyError> {
    loop {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let from = schema::indexed_to(&transaction)?.next();
        if from > head {
            return Ok(());
        }
        let to = head.min(Position(from.0.saturating_add(RANGE_EVENTS - 1)));
        check_streams(&transaction, from, to)?;
        let range = [from.0.cast_signed(), to.0.cast_signed()];
        for insert in [
            "INSERT INTO stream_index SELECT stream, revision, position FROM events
                WHERE position BETWEEN ?1 AND ?2 ORDER BY stream, revision",
            "INSERT INTO id_index SELECT id, position FROM events WHERE position BETWEEN ?1 AND ?2 ORDER BY id",
        ] {
            transaction.execute(insert, range).map_err(|error| twice(from, to, error))?;
        }
        schema::set_indexed_to(&transaction, to)?;
        transaction.commit()?;
        empty_wal(connection)?;
    }
}

/// Whether the revisions of every stream in the range go on where the index ends, without a hole.
fn check_streams(connection: &Connection, from: Position, to: Position) -> Result<(), CopyError> {
    let mut statement = connection.prepare(
        "SELECT stream, min(revision), max(revision), count(*), min(position) FROM events
            WHERE position BETWEEN ?1 AND ?2 GROUP BY stream",
    )?;
    let mut rows = statement.query([from.0.cast_signed(), to.0.cast_signed()])?;
    while let Some(row) = rows.next()? {
        let (stream, position): (String, i64) = (row.get(0)?, row.get(4)?);
        let (first, last, count): (i64, i64, i64) = (row.get(1)?, row.get(2)?, row.get(3)?);
        let position = Position(position.cast_unsigned());
        let stream =
            StreamId::parse(&stream).map_err(|_| corrupt(position, "its stream has no valid name"))?;
        let head = index::stream_head(connection, &stream)?.map(|head| head.revision);
        let expected = head.map_or(0, |Revision(head)| head + 1).cast_signed();
        if first != expected || last - first + 1 != count {
            let cause = format!("the revisions of stream {stream} have a hole or stand there twice after it");
            return Err(corrupt(position, &cause).into());
        }
    }
    Ok(())
}

/// An entry that is there already: two events have one id, or one revision.
fn twice(from: Position, to: Position, error: rusqlite::Error) -> CopyError {
    if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) {
        let cause = format!("an event between it and position {to} has the id of another one");
        CopyError::Read(ReadError::Corrupt { position: from, cause })
    } else {
        error.into()
    }
}
