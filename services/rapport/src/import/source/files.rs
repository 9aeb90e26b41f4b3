//! Which files there are, and those that are joined.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;

use super::{FileError, Rows};
use crate::import::mapping::Lookup;
use crate::import::template::JoinTable;

/// Most files of one import.
const FILES_MAX: usize = 10_000;

/// The files that an import was given, in the order of their names.
#[derive(Debug)]
pub struct Catalogue {
    files: Vec<PathBuf>,
}

impl Catalogue {
    /// The files themselves and those directly in the folders.
    ///
    /// # Errors
    /// When one is not there, or there are too many.
    pub fn new(paths: &[PathBuf]) -> Result<Self, FileError> {
        let mut files = Vec::new();
        for path in paths {
            let wrong = |error: std::io::Error| FileError {
                path: path.display().to_string(),
                message: error.to_string(),
            };
            if std::fs::metadata(path).map_err(wrong)?.is_dir() {
                for entry in std::fs::read_dir(path).map_err(wrong)? {
                    let file = entry.map_err(wrong)?.path();
                    if file.is_file() {
                        files.push(file);
                    }
                }
            } else {
                files.push(path.clone());
            }
            if files.len() > FILES_MAX {
                return Err(FileError {
                    path: path.display().to_string(),
                    message: format!("more than {FILES_MAX} files"),
                });
            }
        }
        files.sort();
        files.dedup();
        Ok(Self { files })
    }

    /// The files whose name fits, with `.gz` after it or without.
    #[must_use]
    pub fn matching(&self, pattern: &str) -> Vec<&Path> {
        let fit = |path: &&PathBuf| {
            let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
            fits(pattern, &name) || name.strip_suffix(".gz").is_some_and(|name| fits(pattern, name))
        };
        self.files.iter().filter(fit).map(PathBuf::as_path).collect()
    }
}

/// Whether a name fits a pattern, where `*` stands for any characters.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(tail) = name.strip_prefix(head) else { return false };
    tail.char_indices().map(|(place, _)| place).chain([tail.len()]).any(|place| fits(rest, &tail[place..]))
}

/// Reads a file that is joined, by the column that it is found by.
///
/// # Errors
/// When it cannot be read, a row is none, or the column is not there.
pub fn join_table(path: &Path, lookup: &Lookup) -> Result<JoinTable, FileError> {
    let mut rows = Rows::open(path, &lookup.layout, &ProgressBar::hidden())?;
    let names = rows.columns().names().to_vec();
    let mut table = JoinTable::new();
    while let Some(row) = rows.next_row()? {
        let row = row.map_err(|bad| FileError {
            path: path.display().to_string(),
            message: format!("line {}: {}", bad.place.line, bad.message),
        })?;
        let cells: BTreeMap<String, String> =
            names.iter().map(|name| (name.clone(), row.cell(name).trim().to_owned())).collect();
        table.entry(row.cell(&lookup.key).trim().to_owned()).or_insert(cells);
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_stands_for_names() {
        assert!(fits("accounts.csv", "accounts.csv"));
        assert!(fits("incident_*.csv", "incident_event_log.csv"));
        assert!(fits("*", "x"));
        assert!(fits("a*b*c", "aXbYbZc"));
        assert!(!fits("accounts.csv", "old_accounts.csv"));
        assert!(!fits("a*b", "abc"));
    }

    #[test]
    fn a_compressed_file_fits_as_the_plain_one_does() {
        let catalogue = Catalogue { files: vec![PathBuf::from("d/a.csv.gz"), PathBuf::from("d/b.csv")] };
        assert_eq!(catalogue.matching("a.csv"), [Path::new("d/a.csv.gz")]);
        assert_eq!(catalogue.matching("*.csv").len(), 2);
    }
}
