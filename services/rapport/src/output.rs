//! How data leaves: on standard output, as JSON that stays the same, or as a table for people.

mod json;
mod table;

use std::io::{self, BufWriter, Write};

use serde_json::Value;

pub use json::{
    actor, basis, currencies, entries, instant, money, money_in, one_line, personal, rate, span, text,
};
pub use table::{Table, cut, facts, fields, listed, personal_words, plain, rate_words};

use crate::error::Failure;

/// Bytes that are gathered before they are written.
const BUFFER_BYTES: usize = 256 * 1024;

/// In which form data is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON document, or one a line where there is no end of them.
    Json,
    /// For people.
    Table,
}

/// Standard output, locked and buffered.
#[must_use]
pub fn stdout() -> BufWriter<io::StdoutLock<'static>> {
    BufWriter::with_capacity(BUFFER_BYTES, io::stdout().lock())
}

/// Writes one document.
///
/// # Errors
/// When standard output cannot be written.
pub fn document(value: &Value) -> Result<(), Failure> {
    let mut out = stdout();
    serde_json::to_writer_pretty(&mut out, &sorted(value.clone())).map_err(io::Error::from)?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

/// A document with its fields in the order of their names, whatever order serde_json keeps in this build.
#[must_use]
pub fn sorted(mut value: Value) -> Value {
    value.sort_all_objects();
    value
}

/// Writes a text for people.
///
/// # Errors
/// When standard output cannot be written.
pub fn words(text: &str) -> Result<(), Failure> {
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}
