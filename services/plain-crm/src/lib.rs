//! The design that a CRM would have: contacts, activities, deals and consents in one SQLite file, asked by COUNT and OFFSET.
//!
//! It is what `rapport bench` measures beside the read models, with the same facts and the same questions. It keeps no
//! history, seals nothing, and serves nobody.

mod ask;
mod consents;
mod take;

use std::path::Path;

use rapport_domain::envelope::Position;
use rusqlite::Connection;

pub use ask::{Activity, Group, PipelineNumbers, TimelinePage};

/// Memory that the page cache takes at most, in KiB; negative, as the engine wants it. That of a read model's writer.
const CACHE_KIB: i64 = -65_536;
/// Statements that are kept prepared.
const STATEMENTS_CACHED_MAX: usize = 32;

/// Why it could not be asked or written.
#[derive(Debug, thiserror::Error)]
pub enum PlainError {
    /// The file cannot be read or written.
    #[error("the plain tables cannot be used: {0}")]
    Storage(#[from] rusqlite::Error),
    /// An event does not have the shape of its type.
    #[error("the event at position {position} cannot be read")]
    Event {
        /// Where it stands.
        position: Position,
    },
}

/// The tables.
pub struct PlainCrm {
    connection: Connection,
}

impl PlainCrm {
    /// Makes the tables in a new file, with the indexes that its questions need.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(file: &Path) -> Result<Self, PlainError> {
        let tables = Self::create_bare(file)?;
        tables.index()?;
        Ok(tables)
    }

    /// Makes the tables in a new file, without these indexes: it takes a long history in many times as fast.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create_bare(file: &Path) -> Result<Self, PlainError> {
        let connection = Connection::open(file)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED_MAX);
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "cache_size", CACHE_KIB)?;
        connection.execute_batch(include_str!("tables.sql"))?;
        Ok(Self { connection })
    }

    /// Adds the indexes to tables that were made without them.
    ///
    /// # Errors
    /// When they are there, or cannot be written.
    pub fn index(&self) -> Result<(), PlainError> {
        Ok(self.connection.execute_batch(include_str!("indexes.sql"))?)
    }
}

#[cfg(test)]
mod tests;
