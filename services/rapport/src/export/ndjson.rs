//! One JSON object a row, its names in the order of the columns.

use std::io::{self, Write};

use rapport_proto::v1::{ExportRows, ExportTable};

use super::TableWriter;
use super::values::{Cursor, Kind, Value, day, moment, senseless};
use crate::error::Failure;
use crate::output;

/// Writes a table.
pub(super) struct Ndjson {
    out: Box<dyn Write + Send>,
    table: ExportTable,
}

impl Ndjson {
    pub(super) const fn new(out: Box<dyn Write + Send>, table: ExportTable) -> Self {
        Self { out, table }
    }

    fn row(&mut self, columns: &mut [(Kind, Cursor)]) -> Result<(), Failure> {
        for (index, ((kind, cursor), column)) in columns.iter_mut().zip(&self.table.columns).enumerate() {
            self.out.write_all(if index == 0 { b"{" } else { b"," })?;
            json(&mut self.out, &column.name)?;
            self.out.write_all(b":")?;
            match (cursor.next()?, kind) {
                (None, _) => self.out.write_all(b"null")?,
                (Some(Value::Text(text)), Kind::Json) => {
                    json(&mut self.out, &output::one_line(&text).ok_or_else(senseless)?)?;
                }
                (Some(Value::Text(text)), _) => json(&mut self.out, &text)?,
                (Some(Value::Integer(number)), Kind::Flag) => json(&mut self.out, &(number != 0))?,
                (Some(Value::Integer(number)), Kind::Time) => json(&mut self.out, &moment(number)?)?,
                (Some(Value::Integer(number)), Kind::Day) => json(&mut self.out, &day(number)?)?,
                (Some(Value::Integer(number)), Kind::Integer | Kind::Text | Kind::Json) => {
                    json(&mut self.out, &number)?;
                }
            }
        }
        Ok(self.out.write_all(b"}\n")?)
    }
}

impl TableWriter for Ndjson {
    fn rows(&mut self, rows: ExportRows) -> Result<(), Failure> {
        if rows.columns.len() != self.table.columns.len() {
            return Err(senseless());
        }
        let kinds: Vec<Kind> = self.table.columns.iter().map(Kind::of).collect::<Result<_, _>>()?;
        let cursors = kinds.into_iter().zip(rows.columns);
        let mut columns: Vec<(Kind, Cursor)> =
            cursors.map(|(kind, values)| (kind, Cursor::new(kind, values))).collect();
        (0..rows.count).try_for_each(|_| self.row(&mut columns))
    }

    fn settle(&mut self) -> Result<(), Failure> {
        Ok(self.out.flush()?)
    }

    fn end(mut self: Box<Self>, _position: u64) -> Result<(), Failure> {
        self.settle()
    }
}

fn json(out: &mut impl Write, value: &impl serde::Serialize) -> Result<(), Failure> {
    Ok(serde_json::to_writer(out, value).map_err(io::Error::from)?)
}
