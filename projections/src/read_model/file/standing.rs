//! What a file says of itself: what it was begun with, whether it serves, and how it compared with the one before.

use rusqlite::{Connection, OptionalExtension as _};

use super::{APPLICATION_ID, Checkpoint};
use crate::read_model::comparison::Comparison;

/// What a file says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) name: String,
    pub(crate) version: u32,
    pub(crate) schema_sha256: String,
    /// What it was begun with; empty where a build made it that did not write that down.
    pub(crate) definition_sha256: String,
    pub(crate) serving: bool,
    pub(crate) require_equal: bool,
    pub(crate) comparison: Option<Comparison>,
    pub(crate) checkpoint: Checkpoint,
}

/// What is written into a file of itself once it is known.
#[derive(Debug, Clone)]
pub(crate) enum Note {
    /// How it compares with the one that it is to replace.
    Compared(Comparison),
    /// It serves from now on.
    Serves,
}

impl Standing {
    /// Reads it; nothing where nothing was made of the file yet.
    pub(crate) fn read(connection: &Connection) -> rusqlite::Result<Option<Self>> {
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if tables == 0 {
            return Ok(None);
        }
        let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        if application != APPLICATION_ID {
            return Err(rusqlite::Error::QueryReturnedNoRows);
        }
        let (name, version, schema_sha256) =
            connection.query_row("SELECT name, version, schema_sha256 FROM meta", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
        let begun = Begun::read(connection)?;
        Ok(Some(Self {
            name,
            version,
            schema_sha256,
            definition_sha256: begun.definition_sha256,
            serving: begun.serving,
            require_equal: begun.require_equal,
            comparison: begun.comparison,
            checkpoint: Checkpoint::read(connection)?,
        }))
    }
}

/// The row of the table `build`.
struct Begun {
    definition_sha256: String,
    serving: bool,
    require_equal: bool,
    comparison: Option<Comparison>,
}

impl Begun {
    fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let table = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'build'";
        if connection.query_row(table, [], |_| Ok(())).optional()?.is_none() {
            // Older builds knew one file of a version, and it served.
            let definition_sha256 = String::new();
            return Ok(Self { definition_sha256, serving: true, require_equal: false, comparison: None });
        }
        let build = "SELECT definition_sha256, serving, require_equal, comparison FROM build";
        connection.query_row(build, [], |row| {
            let comparison: Option<String> = row.get(3)?;
            Ok(Self {
                definition_sha256: row.get(0)?,
                serving: row.get(1)?,
                require_equal: row.get(2)?,
                // One that cannot be read is made again.
                comparison: comparison.and_then(|text| serde_json::from_str(&text).ok()),
            })
        })
    }
}

impl Note {
    pub(crate) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        match self {
            Self::Compared(comparison) => {
                let text = serde_json::to_string(comparison)
                    .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
                connection.execute("UPDATE build SET comparison = ?1", (text,))?;
            }
            Self::Serves => {
                connection.execute("UPDATE build SET serving = 1", ())?;
            }
        }
        Ok(())
    }
}
