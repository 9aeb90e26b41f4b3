//! Rows that did not go in: listed for the person, and in a file for the one who sets them right.

use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::path::Path;

use indicatif::ProgressBar;

use super::source::Place;
use crate::error::Failure;

/// Rows that are listed on standard error; all of them are in the file.
const LISTED_MAX: u64 = 100;

/// Problems that are remembered, so that one that two steps meet in the same row is listed once.
const REMEMBERED_MAX: usize = 100_000;

/// What is wrong with a row. Never the cell itself, which may be personal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
    remembered: HashSet<Problem>,
    places: HashSet<Place>,
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
        let file = path.map(open).transpose()?;
        Ok(Self { rows: 0, remembered: HashSet::new(), places: HashSet::new(), file })
    }

    /// A row was refused.
    pub fn add(&mut self, problems: &[Problem], bar: &ProgressBar) {
        self.rows += u64::from(problems.first().is_some_and(|problem| self.is_new_row(&problem.place)));
        for problem in problems {
            if self.remembered.len() < REMEMBERED_MAX && !self.remembered.insert(problem.clone()) {
                continue;
            }
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

    fn is_new_row(&mut self, place: &Place) -> bool {
        self.places.len() >= REMEMBERED_MAX || self.places.insert(place.clone())
    }

    /// Rows that were refused. A row that two steps refuse counts once.
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn problem(line: u64, column: &str) -> Problem {
        Problem {
            place: Place { file: Arc::from("a.csv"), line },
            column: Some(column.to_owned()),
            reason: "DATE_MALFORMED".to_owned(),
            message: "expected a day, as \"YYYY-MM-DD\"".to_owned(),
        }
    }

    #[test]
    fn refused_rows_are_listed_in_a_file_once_each() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("errors.csv");
        let mut refusals = Refusals::new(Some(&path)).unwrap();
        refusals.add(&[problem(2, "from"), problem(2, "to")], &ProgressBar::hidden());
        refusals.add(&[problem(2, "from")], &ProgressBar::hidden());
        refusals.add(&[problem(9, "from")], &ProgressBar::hidden());
        refusals.close().unwrap();
        assert_eq!(refusals.rows(), 2);
        let rows = |line, column| {
            format!("a.csv,{line},{column},DATE_MALFORMED,\"expected a day, as \"\"YYYY-MM-DD\"\"\"\n")
        };
        let expected = format!(
            "file,line,column,reason,message\n{}{}{}",
            rows(2, "from"),
            rows(2, "to"),
            rows(9, "from")
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
    }
}
