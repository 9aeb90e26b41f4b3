//! What is answered about the tree.

use rapport_domain::envelope::Position;
use rapport_transparency::tile::{Content, Tile};
use rapport_transparency::tree::{self, Hashes};
use rapport_transparency::{Grown, Hash};
use rusqlite::{Connection, OptionalExtension as _};

use super::{Consistency, Inclusion, Leaf};
use crate::column::At;
use crate::query::{QueryError, Thing};

/// Leaves of one answer.
pub const LEAVES_MAX: u64 = 4_096;

/// The hashes of a file.
pub(super) struct Stored<'a>(pub(super) &'a Connection);

impl Hashes for Stored<'_> {
    type Error = rusqlite::Error;

    fn stored(&self, place: u64) -> rusqlite::Result<Hash> {
        let select = "SELECT hash FROM hashes WHERE place = ?1";
        self.0.prepare_cached(select)?.query_row((number(place),), |row| row.get(0)).map(Hash)
    }
}

pub(super) fn grown(connection: &Connection, from: u64) -> Result<Grown, QueryError> {
    let (hashes, size) = (Stored(connection), size(connection)?);
    let proof = if from <= size { tree::consistency(&hashes, from, size)? } else { Vec::new() };
    Ok(Grown { size, root: tree::root(&hashes, size)?, from, proof })
}

pub(super) fn inclusion(
    connection: &Connection,
    position: Position,
    of: Option<u64>,
) -> Result<Inclusion, QueryError> {
    let whole = size(connection)?;
    let index = index_of(connection, position, whole)?;
    let index = index.ok_or(QueryError::NotFound { what: Thing::Event })?;
    let size = of.unwrap_or(whole);
    if size > whole {
        return Err(QueryError::TreeTooSmall { requested: size, size: whole });
    }
    if index >= size {
        return Err(QueryError::TreeTooSmall { requested: index + 1, size });
    }
    let hashes = Stored(connection);
    let (root, path) = (tree::root(&hashes, size)?, tree::inclusion(&hashes, index, size)?);
    Ok(Inclusion { index, size, root, hashes: path })
}

pub(super) fn consistency(connection: &Connection, from: u64, to: u64) -> Result<Consistency, QueryError> {
    let size = size(connection)?;
    if to > size || from > to {
        return Err(QueryError::TreeTooSmall { requested: from.max(to), size: size.min(to) });
    }
    let hashes = Stored(connection);
    let (older, newer) = (tree::root(&hashes, from)?, tree::root(&hashes, to)?);
    Ok(Consistency { older, newer, hashes: tree::consistency(&hashes, from, to)? })
}

pub(super) fn tile(connection: &Connection, tile: Tile) -> Result<Vec<u8>, QueryError> {
    let size = size(connection)?;
    if !tile.is_within(size) {
        return Err(QueryError::TreeTooSmall { requested: tile.first() + tile.width, size });
    }
    let level = match tile.content {
        Content::Hashes(level) => level,
        Content::Entries => 0,
    };
    Ok(tile.hashes(level, &Stored(connection))?)
}

pub(super) fn leaves(connection: &Connection, first: u64) -> Result<Vec<Leaf>, QueryError> {
    let end = size(connection)?.min(first.saturating_add(LEAVES_MAX));
    let hashes = Stored(connection);
    let leaf = |index| {
        let position = position_of(connection, index)?;
        Ok(Leaf { position, hash: hashes.stored(tree::place(0, index))? })
    };
    (first..end).map(leaf).collect()
}

/// How many leaves the tree has.
pub(super) fn size(connection: &Connection) -> rusqlite::Result<u64> {
    let stored: i64 = connection
        .prepare_cached("SELECT coalesce(max(place) + 1, 0) FROM hashes")?
        .query_row([], |row| row.get(0))?;
    // Hashes are added leaf by leaf, in one transaction with all that a leaf completes.
    let size = u64::try_from(stored).ok().and_then(tree::size_of);
    size.ok_or(rusqlite::Error::IntegralValueOutOfRange(0, stored))
}

/// Number of the leaf of a position.
pub(super) fn index_of(
    connection: &Connection,
    position: Position,
    size: u64,
) -> rusqlite::Result<Option<u64>> {
    let run = "SELECT first_index, first_position FROM runs WHERE first_position <= ?1
               ORDER BY first_position DESC LIMIT 1";
    let run: Option<(i64, i64)> = connection
        .prepare_cached(run)?
        .query_row((At(position),), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((first_index, first_position)) = run else { return Ok(None) };
    let index = count(first_index)? + (position.0 - count(first_position)?);
    let next: Option<i64> = connection
        .prepare_cached("SELECT first_index FROM runs WHERE first_index > ?1 ORDER BY first_index LIMIT 1")?
        .query_row((first_index,), |row| row.get(0))
        .optional()?;
    let end = next.map_or(Ok(size), count)?;
    Ok((index < end).then_some(index))
}

/// Position of a leaf that the tree has.
pub(super) fn position_of(connection: &Connection, index: u64) -> rusqlite::Result<Position> {
    let run = "SELECT first_index, first_position FROM runs WHERE first_index <= ?1
               ORDER BY first_index DESC LIMIT 1";
    let (first_index, first_position) = connection
        .prepare_cached(run)?
        .query_row((number(index),), |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
    Ok(Position(count(first_position)? + (index - count(first_index)?)))
}

/// As the engine counts.
pub(super) fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn count(number: i64) -> rusqlite::Result<u64> {
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(0, number))
}
