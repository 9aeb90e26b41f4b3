//! Reading rows: comma-separated (or by another character) or by white space, compressed or not.

mod bounded;

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use indicatif::ProgressBar;

use self::bounded::Bounded;
use super::{BadRow, Columns, FileError, Place, Row};
use crate::import::mapping::Layout;

/// Bytes that are read at a time.
const BUFFER_BYTES: usize = 128 * 1024;
/// Longest row, in bytes.
const ROW_BYTES_MAX: usize = 1024 * 1024;

/// The rows of a file, in its order. A row that is none does not end it.
pub struct Rows {
    file: Arc<str>,
    path: String,
    columns: Arc<Columns>,
    reader: Reader,
}

type Bytes = BufReader<Box<dyn Read>>;

enum Reader {
    Delimited { reader: Box<csv::Reader<Bounded<Bytes>>>, crlf: bool },
    Whitespace { lines: Bytes, line: u64 },
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("file", &self.file).finish_non_exhaustive()
    }
}

impl Rows {
    /// Opens a file; `.gz` is decompressed. What is read of it moves the bar.
    ///
    /// # Errors
    /// When it cannot be opened, or has no header where it should.
    pub fn open(path: &Path, layout: &Layout, bar: &ProgressBar) -> Result<Self, FileError> {
        let wrong = |message: String| FileError { path: path.display().to_string(), message };
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let file = bar.wrap_read(File::open(path).map_err(|error| wrong(error.to_string()))?);
        let bytes: Box<dyn Read> =
            if name.ends_with(".gz") { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
        let mut bytes = BufReader::with_capacity(BUFFER_BYTES, bytes);
        let (reader, columns) = match layout.delimiter {
            None => {
                (Reader::Whitespace { lines: bytes, line: 0 }, layout.columns.clone().unwrap_or_default())
            }
            Some(delimiter) => {
                let crlf = ends_in_crlf(bytes.fill_buf().map_err(|error| wrong(error.to_string()))?);
                let mut builder = csv::ReaderBuilder::new();
                builder
                    .delimiter(delimiter)
                    .has_headers(layout.columns.is_none())
                    .buffer_capacity(BUFFER_BYTES);
                let mut reader = builder.from_reader(Bounded::new(bytes, ROW_BYTES_MAX));
                let columns = match &layout.columns {
                    Some(columns) => columns.clone(),
                    None => header(&mut reader).map_err(|error| wrong(error.to_string()))?,
                };
                (Reader::Delimited { reader: Box::new(reader), crlf }, columns)
            }
        };
        let columns = Arc::new(Columns::new(columns));
        Ok(Self { file: Arc::from(name), path: path.display().to_string(), columns, reader })
    }

    /// Its columns.
    #[must_use]
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The next row; none at the end.
    ///
    /// # Errors
    /// When the file cannot be read further.
    pub fn next_row(&mut self) -> Result<Option<Result<Row, BadRow>>, FileError> {
        let wrong = |message: String| FileError { path: self.path.clone(), message };
        let (line, cells) = match &mut self.reader {
            Reader::Delimited { reader, crlf } => {
                let mut cells = csv::StringRecord::new();
                reader.get_mut().begin();
                match reader.read_record(&mut cells) {
                    Ok(false) => return Ok(None),
                    Ok(true) => (cells.position().map_or(0, |place| line_at(place, *crlf)), Ok(cells)),
                    Err(error) => match error.position().map(|place| line_at(place, *crlf)) {
                        Some(line) if !error.is_io_error() => (line, Err(complaint(&error))),
                        Some(_) | None => return Err(wrong(error.to_string())),
                    },
                }
            }
            Reader::Whitespace { lines, line } => {
                match next_line(lines, line).map_err(|e| wrong(e.to_string()))? {
                    None => return Ok(None),
                    Some(text) => (*line, text.map(|text| text.split_whitespace().collect())),
                }
            }
        };
        let place = Place { file: Arc::clone(&self.file), line };
        let expected = self.columns.names().len();
        Ok(Some(match cells {
            Ok(cells) if cells.len() == expected => Ok(Row::new(place, Arc::clone(&self.columns), cells)),
            Ok(cells) => {
                Err(BadRow { place, message: format!("expected {expected} cells, found {}", cells.len()) })
            }
            Err(message) => Err(BadRow { place, message }),
        }))
    }
}

/// Whether the lines of a file end as on Windows, by its first one.
fn ends_in_crlf(beginning: &[u8]) -> bool {
    let end = beginning.iter().position(|byte| *byte == b'\n');
    end.and_then(|end| end.checked_sub(1)).is_some_and(|before| beginning.get(before) == Some(&b'\r'))
}

/// The line that a row begins in. csv takes a row for ended at the carriage return, so it sees the next one begin a
/// line too early.
fn line_at(place: &csv::Position, crlf: bool) -> u64 {
    place.line() + u64::from(crlf && place.byte() > 0)
}

fn header(reader: &mut csv::Reader<Bounded<Bytes>>) -> Result<Vec<String>, csv::Error> {
    let names = reader.headers()?.iter().enumerate();
    // A byte order mark is no part of a name.
    let clean = |(place, name): (usize, &str)| {
        let name = if place == 0 { name.trim_start_matches('\u{feff}') } else { name };
        name.trim().to_owned()
    };
    Ok(names.map(clean).collect())
}

/// What is wrong with a row. csv's own words hold positions that mean nothing to a person, and no cell.
fn complaint(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("expected {expected_len} cells, found {len}")
        }
        csv::ErrorKind::Utf8 { err, .. } => format!("expected UTF-8; cell {} is not", err.field() + 1),
        _ => "expected a row of cells".to_owned(),
    }
}

/// The next line that is not blank.
fn next_line(lines: &mut Bytes, line: &mut u64) -> std::io::Result<Option<Result<String, String>>> {
    loop {
        let mut bytes = Vec::new();
        let limit = u64::try_from(ROW_BYTES_MAX).unwrap_or(u64::MAX);
        let length = lines.by_ref().take(limit).read_until(b'\n', &mut bytes)?;
        if length == 0 {
            return Ok(None);
        }
        *line += 1;
        if length == ROW_BYTES_MAX && !bytes.ends_with(b"\n") {
            return Err(std::io::Error::other(format!("line {line} is longer than {ROW_BYTES_MAX} bytes")));
        }
        match String::from_utf8(bytes) {
            Ok(text) if text.trim().is_empty() => {}
            Ok(text) => return Ok(Some(Ok(text))),
            Err(_) => return Ok(Some(Err("expected UTF-8".to_owned()))),
        }
    }
}

#[cfg(test)]
mod tests;
