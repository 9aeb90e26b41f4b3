//! Rows on their way out.

use rapport_domain::id::ContactId;
use rapport_domain::value::hex;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendTimeoutError;

use super::{Cell, Column, ExportError, Part, ROWS_BYTES_MAX, ROWS_MAX, STALL_MAX, Show, Table};
use crate::query::QueryError;

/// Column that says whose the personal values of a row are.
const SUBJECT: &str = "contact_id";

/// Hands every row of these tables over, and says how many there were. On a thread that may block.
pub(super) fn copy(
    connection: &Connection,
    tables: &[Table],
    show: &Show,
    parts: &mpsc::Sender<Part>,
) -> Result<u64, ExportError> {
    let mut count = 0;
    for table in tables {
        hand_over(parts, Part::Table(table.clone()))?;
        let mut statement = connection.prepare(&table.select())?;
        let mut found = statement.query([])?;
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while let Some(row) = found.next()? {
            let cells = read(row, &table.columns, show)?;
            bytes += cells.iter().map(Cell::bytes).sum::<usize>();
            rows.push(cells);
            count += 1;
            if rows.len() >= ROWS_MAX || bytes >= ROWS_BYTES_MAX {
                bytes = 0;
                hand_over(parts, Part::Rows(std::mem::take(&mut rows)))?;
            }
        }
        if !rows.is_empty() {
            hand_over(parts, Part::Rows(rows))?;
        }
    }
    Ok(count)
}

fn read(row: &Row<'_>, columns: &[Column], show: &Show) -> Result<Vec<Cell>, ExportError> {
    let cells = columns.iter().enumerate().map(|(index, column)| match row.get_ref(index)? {
        ValueRef::Null => Ok(Cell::Empty),
        ValueRef::Integer(number) => Ok(Cell::Integer(number)),
        ValueRef::Blob(bytes) => Ok(Cell::Text(hex(bytes))),
        stored @ (ValueRef::Text(_) | ValueRef::Real(_)) => {
            let stored = stored.as_str().map_err(|_| unlike(&column.name))?;
            shown(row, column, stored, show).map(Cell::Text)
        }
    });
    cells.collect()
}

/// A text as it leaves.
fn shown(row: &Row<'_>, column: &Column, stored: &str, show: &Show) -> Result<String, ExportError> {
    let Some(slot) = column.slot else { return Ok(stored.to_owned()) };
    let subject = row.get_ref(SUBJECT)?.as_str().ok().and_then(|subject| ContactId::parse(subject).ok());
    let (Some(subject), Ok(mut value)) = (subject, slot(stored)) else { return Err(unlike(&column.name)) };
    Ok(show(&subject, value.as_mut())?)
}

fn hand_over(parts: &mpsc::Sender<Part>, part: Part) -> Result<(), ExportError> {
    Handle::current().block_on(parts.send_timeout(part, STALL_MAX)).map_err(|error| match error {
        SendTimeoutError::Timeout(_) => ExportError::Stalled,
        SendTimeoutError::Closed(_) => ExportError::Abandoned,
    })
}

fn unlike(column: &str) -> ExportError {
    let cause = format!("a stored value does not have the form of its column {column}");
    QueryError::Unavailable { cause }.into()
}

impl Cell {
    /// Bytes that it takes, about.
    fn bytes(&self) -> usize {
        match self {
            Self::Empty => 1,
            Self::Integer(_) => size_of::<i64>(),
            Self::Text(text) => text.len(),
        }
    }
}
