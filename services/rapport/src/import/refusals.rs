//! Rows that did not go in: listed for the person, and in a file for the one who sets them right.

use std::fmt;
use std::fs::File;
use std::path::Path;

use indicatif::ProgressBar;

use super::source::Place;
use crate::error::Failure;

/// Rows that are listed on standard error; all of them are in the file.
const LISTED_MAX: u64 = 100;

/// What is wrong with a row. Never the cell itself, which may be personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where the row stands.
    pub place: Place,
    /// Its column; several are joined by `+`. None when it is the row as a whole.
    pub column: Option<String>,
    /// `UPPER_SNAKE`.
    pub reason: String,
    /// For people.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if let Some(column) = &self.column {
            write!(f, "column {column}: ")?;
        }
        write!(f, "{} ({})", self.message, self.reason)
    }
}

/// Keeps the refused rows.
#[derive(Debug)]
pub struct Refusals {
    rows: u64,
    file: Option<csv::Writer<File>>,
}

impl Refusals {
    /// Keeps them, in a file too where one is named.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn new(path: Option<&Path>) -> Result<Self, Failure> {
        let open = |path: &Path| {
            let mut file = csv::Writer::from_path(path).map_err(|error| Failure::file(path, error))?;
            let head = file.write_record(["file", "line", "column", "reason", "message"]);
            head.map_err(|error| Failure::file(path, error))?;
            Ok::<_, Failure>(file)
        };
        Ok(Self { rows: 0, file: path.map(open).transpose()? })
    }

    /// A row was refused.
    pub fn add(&mut self, problems: &[Problem], bar: &ProgressBar) {
        self.rows += 1;
        for problem in problems {
            if let Some(file) = &mut self.file {
                let line = problem.place.line.to_string();
                let column = problem.column.as_deref().unwrap_or_default();
                // A disk that is full is found when the file is closed.
                let _ = file.write_record([
                    &problem.place.file,
                    line.as_str(),
                    column,
                    &problem.reason,
                    &problem.message,
                ]);
            }
            if self.rows <= LISTED_MAX {
                bar.suspend(|| eprintln!("refused {problem}"));
            }
        }
    }

    /// Rows that were refused.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn close(&mut self) -> Result<(), Failure> {
        if self.rows > LISTED_MAX {
            eprintln!("refused {} more rows; --errors FILE lists them all", self.rows - LISTED_MAX);
        }
        let flushed = self.file.as_mut().map_or(Ok(()), csv::Writer::flush);
        flushed.map_err(|error| Failure::Local(format!("the file of refused rows: {error}")))
    }
}
