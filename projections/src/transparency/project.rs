//! How the tree grows.

use rapport_domain::envelope::{Position, Recorded};
use rapport_transparency::tree::{self, Peaks};
use rapport_transparency::{Hash, header};
use rusqlite::{OptionalExtension as _, Transaction};

use super::query::{Stored, number, position_of, size};
use crate::column::At;
use crate::projection::{EVERY_EVENT, ProjectError, Projected, Projection};
use crate::storage::json_cause;

/// The fold; see the module above.
///
/// It remembers the end of the tree from one event to the next, so that a leaf costs no reads of its neighbours. Before
/// that is used it is compared with what the tables end with: after a batch that was rolled back, or in another file, it
/// is read anew.
#[derive(Debug, Clone, Default)]
pub(crate) struct TransparencyProjection {
    peaks: Peaks,
    last: Position,
}

impl Projection for TransparencyProjection {
    const NAME: &'static str = "transparency";
    const VERSION: u32 = 1;
    const HANDLES: &'static [&'static str] = EVERY_EVENT;
    const SOURCES: &'static [&'static str] = &[
        include_str!("../transparency.rs"),
        include_str!("file.rs"),
        include_str!("project.rs"),
        include_str!("query.rs"),
    ];

    fn schema() -> &'static str {
        include_str!("schema.sql")
    }

    /// Every event has a leaf, whether this build knows its type or not.
    fn project_recorded(&mut self, tx: &Transaction<'_>, recorded: &Recorded) -> Result<(), ProjectError> {
        let leaf =
            header::leaf(recorded).map_err(|error| ProjectError::Data { cause: json_cause(&error) })?;
        self.catch_up(tx)?;
        let index = self.peaks.size();
        if index == 0 || recorded.position != self.last.next() {
            let run = "INSERT INTO runs (first_index, first_position) VALUES (?1, ?2)";
            tx.prepare_cached(run)?.execute((number(index), At(recorded.position)))?;
        }
        let mut insert = tx.prepare_cached("INSERT INTO hashes (place, hash) VALUES (?1, ?2)")?;
        for (place, hash) in (tree::stored(index)..).zip(self.peaks.push(Hash::of_leaf(&leaf))) {
            insert.execute((number(place), hash.0))?;
        }
        self.last = recorded.position;
        Ok(())
    }

    fn project(&mut self, tx: &Transaction<'_>, event: &Projected<'_>) -> Result<(), ProjectError> {
        self.project_recorded(tx, event.recorded)
    }
}

impl TransparencyProjection {
    /// Makes sure that what is remembered is what the tables end with.
    fn catch_up(&mut self, tx: &Transaction<'_>) -> Result<(), ProjectError> {
        let last: Option<(i64, [u8; 32])> = tx
            .prepare_cached("SELECT place, hash FROM hashes ORDER BY place DESC LIMIT 1")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let known = self.peaks.last().map(|hash| (number(tree::stored(self.peaks.size()) - 1), hash.0));
        if last != known {
            let size = size(tx)?;
            self.peaks = Peaks::of(&Stored(tx), size)?;
            self.last = match size.checked_sub(1) {
                Some(index) => position_of(tx, index)?,
                None => Position::START,
            };
        }
        Ok(())
    }
}
