//! The tree over the log: what proves that an event is in it, and that it only ever grew.
//!
//! The leaves are the canonical headers of all events ([`rapport_transparency::header`]), numbered from 0 in the order of
//! the log. Hashes are kept so that a root, or a proof, of any size that the log ever had takes a few reads.

mod file;
mod project;
mod query;
#[cfg(test)]
mod tests;

use rapport_domain::envelope::Position;
use rapport_transparency::tile::Tile;
use rapport_transparency::{Grown, Hash};

use crate::query::{Answer, Freshness, QueryError};
use crate::read_model::Reader;

pub use file::TreeFile;
pub(crate) use project::TransparencyProjection;
pub use query::LEAVES_MAX;

/// Where an event stands in a tree, and what proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusion {
    /// The event's number, from 0.
    pub index: u64,
    /// Events of the tree.
    pub size: u64,
    /// Root of the tree.
    pub root: Hash,
    /// The proof, lowest hash first.
    pub hashes: Vec<Hash>,
}

/// What proves that a tree is the beginning of another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consistency {
    /// Root of the older tree.
    pub older: Hash,
    /// Root of the newer tree.
    pub newer: Hash,
    /// The proof.
    pub hashes: Vec<Hash>,
}

/// An event's leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    /// Where the event stands in the log.
    pub position: Position,
    /// Hash of its header.
    pub hash: Hash,
}

/// Asks for the tree.
#[derive(Clone)]
pub struct Transparency {
    reader: Reader,
}

impl Transparency {
    pub(crate) const fn new(reader: Reader) -> Self {
        Self { reader }
    }

    /// The tree as it is, and the proof that it goes on from the one of `from` events.
    ///
    /// # Errors
    /// What every query may answer.
    pub async fn grown(&self, freshness: Freshness, from: u64) -> Result<Answer<Grown>, QueryError> {
        self.reader.read(freshness, move |connection| query::grown(connection, from)).await
    }

    /// The proof that the event at a position is in the tree of `size` events; in the newest one where none is named.
    ///
    /// # Errors
    /// [`QueryError::NotFound`] when no event stands at the position, [`QueryError::TreeTooSmall`] when the tree is not as
    /// large, or ends before the event, and what every query may answer.
    pub async fn inclusion(
        &self,
        freshness: Freshness,
        position: Position,
        size: Option<u64>,
    ) -> Result<Answer<Inclusion>, QueryError> {
        self.reader.read(freshness, move |connection| query::inclusion(connection, position, size)).await
    }

    /// The proof that the tree of `from` events is the beginning of the one of `to`.
    ///
    /// # Errors
    /// [`QueryError::TreeTooSmall`], also when `to` is less than `from`, and what every query may answer.
    pub async fn consistency(
        &self,
        freshness: Freshness,
        from: u64,
        to: u64,
    ) -> Result<Answer<Consistency>, QueryError> {
        self.reader.read(freshness, move |connection| query::consistency(connection, from, to)).await
    }

    /// The hashes of a tile; of leaves, also where it is a tile of entries.
    ///
    /// # Errors
    /// [`QueryError::TreeTooSmall`], and what every query may answer.
    pub async fn tile(&self, freshness: Freshness, tile: Tile) -> Result<Answer<Vec<u8>>, QueryError> {
        self.reader.read(freshness, move |connection| query::tile(connection, tile)).await
    }

    /// The leaves from an index on, as many as there are, and at most [`LEAVES_MAX`].
    ///
    /// # Errors
    /// What every query may answer.
    pub async fn leaves(&self, freshness: Freshness, first: u64) -> Result<Answer<Vec<Leaf>>, QueryError> {
        self.reader.read(freshness, move |connection| query::leaves(connection, first)).await
    }

    /// Waits until the tree has taken in more than a position; `false` when that cannot come any more.
    pub async fn moved(&self, after: Position) -> bool {
        self.reader.moved(after).await
    }
}
