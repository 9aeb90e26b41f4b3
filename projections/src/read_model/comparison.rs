//! Two files of a read model at the same position, compared table by table over what both have.

mod tables;

use rapport_domain::envelope::Position;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::file::{Checkpoint, ModelFile};
use super::loading;
use crate::storage::StorageTrouble;

/// Rows of each kind that a comparison shows of a table.
pub const SAMPLES_MAX: usize = 3;
/// Characters of a value that a sample shows.
pub const SAMPLE_CHARS_MAX: usize = 80;

/// How two files of a read model differ at one position. What is personal is sealed in both, and stays so here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The last event that both have taken in.
    pub position: Position,
    /// Version of the older one.
    pub older_version: u32,
    /// Hash of the older one's definition; empty where it is not known.
    pub older_definition: String,
    /// The tables that both have, by name.
    pub tables: Vec<TableComparison>,
    /// Tables of the older one alone.
    pub only_in_older: Vec<String>,
    /// Tables of the newer one alone.
    pub only_in_newer: Vec<String>,
}

/// How one table differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableComparison {
    /// Its name.
    pub table: String,
    /// Columns that one of them has and the other one has not: not compared.
    pub columns_left_out: Vec<String>,
    /// Rows that are the same.
    pub same: u64,
    /// Rows of the older one alone.
    pub only_in_older: u64,
    /// Rows of the newer one alone.
    pub only_in_newer: u64,
    /// Rows of both, by their key, with other values.
    pub changed: u64,
    /// A few rows of each kind.
    pub samples: Vec<Sample>,
}

/// A row that is not the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Where it stands.
    pub difference: Difference,
    /// Its key, or all of it where the table has none: `contact_id=..., month=...`.
    pub row: String,
    /// Of a changed one, the columns that differ: `deals: 3 -> 4`.
    pub changes: Vec<String>,
}

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// In the older file alone.
    OnlyInOlder,
    /// In the newer file alone.
    OnlyInNewer,
    /// In both, with other values.
    Changed,
}

impl TableComparison {
    /// Whether what was compared is the same.
    #[must_use]
    pub const fn is_equal(&self) -> bool {
        self.only_in_older == 0 && self.only_in_newer == 0 && self.changed == 0
    }
}

impl Comparison {
    /// Whether everything that both have is the same.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.tables.iter().all(TableComparison::is_equal)
    }
}

/// Both files, open to be read; the older one as it was when this was made.
pub(crate) struct Snapshot {
    connection: Connection,
    older: ModelFile,
    /// Where the older one stands.
    pub(crate) checkpoint: Checkpoint,
}

impl Snapshot {
    /// Takes hold of the older file as it is now; nothing where it was left while it was loaded, and does not say what its
    /// position promises.
    pub(crate) fn take(older: &ModelFile, newer: &ModelFile) -> Result<Option<Self>, StorageTrouble> {
        let connection = newer.open_reader()?;
        let path = older.path().to_string_lossy();
        connection.execute("ATTACH DATABASE ?1 AS older", (path.as_ref(),))?;
        // From here on the older one does not move for this connection, whoever writes to it.
        connection.execute_batch("BEGIN")?;
        if loading::is_under_way_in_older(&connection)? {
            return Ok(None);
        }
        let checkpoint = Checkpoint::read_of_older(&connection)?;
        Ok(Some(Self { connection, older: older.clone(), checkpoint }))
    }

    /// Ends the comparison when it is dropped or told to, from another thread.
    pub(crate) fn interrupt(&self) -> rusqlite::InterruptHandle {
        self.connection.get_interrupt_handle()
    }

    /// Compares. The newer one has to stand at the same position, as far as what it handles goes.
    pub(crate) fn compare(&self, position: Position) -> Result<Comparison, StorageTrouble> {
        let [older, newer] =
            [tables::names(&self.connection, "older")?, tables::names(&self.connection, "main")?];
        let both = newer.iter().filter(|table| older.contains(table));
        let compared =
            both.map(|table| tables::compare(&self.connection, table)).collect::<Result<_, _>>()?;
        let missing = |names: &[String], there: &[String]| -> Vec<String> {
            names.iter().filter(|name| !there.contains(name)).cloned().collect()
        };
        Ok(Comparison {
            position,
            older_version: self.older.version(),
            older_definition: self.older.definition.sha256.clone(),
            tables: compared,
            only_in_older: missing(&older, &newer),
            only_in_newer: missing(&newer, &older),
        })
    }
}

#[cfg(test)]
mod tests;
