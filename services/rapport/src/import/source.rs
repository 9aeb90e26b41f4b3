//! The files of a data set, row by row.

mod files;
mod rows;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

pub use files::{Catalogue, join_table};
pub use rows::Rows;

/// Where a row stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// Name of the file, without its folder.
    pub file: Arc<str>,
    /// Line in it, from 1; a header counts.
    pub line: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// The columns of a file.
#[derive(Debug)]
pub struct Columns {
    names: Vec<String>,
    places: HashMap<String, usize>,
}

impl Columns {
    /// Columns with these names, in this order.
    #[must_use]
    pub fn new(names: Vec<String>) -> Self {
        let places = names.iter().enumerate().map(|(place, name)| (name.clone(), place)).collect();
        Self { names, places }
    }

    /// Their names.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether there is such a column.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }
}

/// A row.
#[derive(Debug, Clone)]
pub struct Row {
    /// Where it stands.
    pub place: Place,
    columns: Arc<Columns>,
    cells: csv::StringRecord,
}

impl Row {
    /// A row of a file.
    #[must_use]
    pub const fn new(place: Place, columns: Arc<Columns>, cells: csv::StringRecord) -> Self {
        Self { place, columns, cells }
    }

    /// The cell in a column; empty when there is no such column.
    #[must_use]
    pub fn cell(&self, column: &str) -> &str {
        self.columns.places.get(column).and_then(|place| self.cells.get(*place)).unwrap_or_default()
    }

    /// Its columns.
    #[must_use]
    pub fn columns(&self) -> &Columns {
        &self.columns
    }
}

/// A row that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// Where it stands.
    pub place: Place,
    /// What would have been accepted.
    pub message: String,
}

/// What went wrong with a file, which ends the import of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct FileError {
    /// The file.
    pub path: String,
    /// What went wrong.
    pub message: String,
}
