//! What a company publishes in versions, as it is in force: a table of an id, the position of the first version, and the definition
//! as JSON.

use rapport_domain::envelope::Position;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::column::{At, Json, Word, json, word};

/// Such a table.
pub(crate) struct Published {
    /// What it is called.
    pub(crate) table: &'static str,
    /// What the column of its ids is called.
    pub(crate) id: &'static str,
}

impl Published {
    /// A version comes into force. The position is kept where it is the first one.
    pub(crate) fn put(
        &self,
        tx: &Transaction<'_>,
        position: Position,
        id: impl Serialize,
        definition: &impl Serialize,
    ) -> rusqlite::Result<()> {
        let Self { table, id: column } = self;
        tx.prepare_cached(&format!(
            "INSERT INTO {table} VALUES (?1, ?2, ?3)
             ON CONFLICT ({column}) DO UPDATE SET definition = excluded.definition"
        ))?
        .execute((Word(id), At(position), Json(definition)))
        .map(drop)
    }

    /// Ids and definitions, in the order they were first published; so many at most.
    pub(crate) fn listed<I: DeserializeOwned, D: DeserializeOwned>(
        &self,
        connection: &Connection,
        most: usize,
    ) -> rusqlite::Result<Vec<(I, D)>> {
        connection
            .prepare_cached(&format!("SELECT * FROM {} ORDER BY position LIMIT ?1", self.table))?
            .query_map((i64::try_from(most).unwrap_or(i64::MAX),), |row| self.read(row))?
            .collect()
    }

    /// The definition of an id.
    pub(crate) fn find<I: Serialize + DeserializeOwned, D: DeserializeOwned>(
        &self,
        connection: &Connection,
        id: I,
    ) -> rusqlite::Result<Option<(I, D)>> {
        connection
            .prepare_cached(&format!("SELECT * FROM {} WHERE {} = ?1", self.table, self.id))?
            .query_row((Word(id),), |row| self.read(row))
            .optional()
    }

    fn read<I: DeserializeOwned, D: DeserializeOwned>(&self, row: &Row<'_>) -> rusqlite::Result<(I, D)> {
        Ok((word(row, self.id)?, json(row, "definition")?))
    }
}
