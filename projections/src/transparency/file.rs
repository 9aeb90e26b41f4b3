//! The tree as a check reads it, which does not follow the log.

use std::path::Path;

use rapport_domain::envelope::Position;
use rapport_transparency::Hash;
use rapport_transparency::tree::{self, Hashes as _};
use rusqlite::Connection;

use super::TransparencyProjection;
use super::query::{Stored, index_of, size};
use crate::read_model::{Survey, position_of};
use crate::storage::StorageTrouble;

/// The tree in the directory of the read models, as it was when it was opened.
pub struct TreeFile {
    connection: Connection,
    size: u64,
    position: Position,
}

impl TreeFile {
    /// Opens the tree that serves; `None` where there is none. Nothing is written.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn open(directory: &Path) -> Result<Option<Self>, StorageTrouble> {
        let serving = Survey::of::<TransparencyProjection>(directory, false).serving;
        if !serving.path().metadata().is_ok_and(|file| file.len() > 0) {
            return Ok(None);
        }
        let connection = serving.open_reader()?;
        let (size, position) = (size(&connection)?, position_of(&connection)?);
        Ok(Some(Self { connection, size, position }))
    }

    /// How many events it is over.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The last event that it has taken in.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// Hash of the leaf of the event at a position; `None` where it has none.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn leaf(&self, position: Position) -> Result<Option<Hash>, StorageTrouble> {
        let index = index_of(&self.connection, position, self.size)?;
        Ok(index.map(|index| Stored(&self.connection).stored(tree::place(0, index))).transpose()?)
    }

    /// Root over the first events; `None` where it has fewer.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn root(&self, size: u64) -> Result<Option<Hash>, StorageTrouble> {
        if size > self.size {
            return Ok(None);
        }
        Ok(Some(tree::root(&Stored(&self.connection), size)?))
    }
}
