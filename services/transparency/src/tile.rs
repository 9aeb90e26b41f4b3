//! Tiles (c2sp.org/tlog-tiles): the tree in pieces that never change, by their addresses.

use crate::hash::{HASH_BYTES, Hash};
use crate::text::from_decimal;
use crate::tree::{Hashes, place};

/// Levels of the tree that a tile spans.
pub const TILE_LEVELS: u32 = 8;
/// Hashes of a whole tile.
pub const TILE_WIDTH: u64 = 1 << TILE_LEVELS;
/// Highest level that an address names.
const LEVEL_MAX: u64 = 63;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Hashes of a level: 0 for those of the leaves, 1 for those of whole tiles of leaves.
    Hashes(u32),
    /// The leaves themselves.
    Entries,
}

/// A tile, or the part of one that a tree of some size has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    /// What it holds.
    pub content: Content,
    /// Its number on its level.
    pub n: u64,
    /// How many hashes or leaves: [`TILE_WIDTH`], or fewer at the end of a tree.
    pub width: u64,
}

impl Tile {
    /// Reads an address behind `/tile/`: `0/x001/234`, `entries/000.p/12`.
    #[must_use]
    pub fn parse(address: &str) -> Option<Self> {
        let (level, rest) = address.split_once('/')?;
        let content = match level {
            "entries" => Content::Entries,
            level => {
                let level = from_decimal(level).filter(|level| *level <= LEVEL_MAX)?;
                Content::Hashes(u32::try_from(level).ok()?)
            }
        };
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => (number, from_decimal(width).filter(|w| (1..TILE_WIDTH).contains(w))?),
            None => (rest, TILE_WIDTH),
        };
        Some(Self { content, n: number_of(number)?, width })
    }

    /// The first of the leaves, or of the hashes of its level, that it holds.
    #[must_use]
    pub const fn first(&self) -> u64 {
        self.n * TILE_WIDTH
    }

    /// Whether a tree of this size has all of it.
    #[must_use]
    pub fn is_within(&self, size: u64) -> bool {
        let level = match self.content {
            Content::Hashes(level) => level,
            Content::Entries => 0,
        };
        let on_level = size.checked_shr(level * TILE_LEVELS).unwrap_or(0);
        self.first() + self.width <= on_level
    }

    /// The hashes, one after the other. The tree has them all ([`Tile::is_within`]).
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn hashes<H: Hashes>(&self, level: u32, hashes: &H) -> Result<Vec<u8>, H::Error> {
        let mut bytes = Vec::with_capacity(HASH_BYTES * usize::try_from(self.width).unwrap_or(0));
        for n in self.first()..self.first() + self.width {
            let Hash(hash) = hashes.stored(place(level * TILE_LEVELS, n))?;
            bytes.extend_from_slice(&hash);
        }
        Ok(bytes)
    }
}

/// Three digits an element, all but the last behind an `x`, and no element for nothing.
fn number_of(text: &str) -> Option<u64> {
    let mut elements: Vec<&str> = text.split('/').collect();
    let last = elements.pop()?;
    let digits = |element: &str| {
        let is_plain = element.len() == 3 && element.bytes().all(|b| b.is_ascii_digit());
        if is_plain { element.parse::<u64>().ok() } else { None }
    };
    let mut number = 0_u64;
    for element in &elements {
        number = number.checked_mul(1_000)?.checked_add(digits(element.strip_prefix('x')?)?)?;
    }
    let is_short = elements.first() != Some(&"x000");
    let number = number.checked_mul(1_000)?.checked_add(digits(last)?)?;
    // Whatever is left of it has to fit a place in the tree.
    (is_short && number < 1 << 48).then_some(number)
}

/// Leaves, each behind its length in two bytes, the higher one first.
#[must_use]
pub fn entries<'a>(leaves: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for leaf in leaves {
        // A leaf is never longer: see `header::TEXT_BYTES_MAX`.
        let length = u16::try_from(leaf.len()).unwrap_or(u16::MAX);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(leaf);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(content: Content, n: u64, width: u64) -> Option<Tile> {
        Some(Tile { content, n, width })
    }

    #[test]
    fn tiles_have_the_addresses_of_the_specification() {
        assert_eq!(Tile::parse("0/x001/x234/067"), tile(Content::Hashes(0), 1_234_067, 256));
        assert_eq!(Tile::parse("1/000.p/17"), tile(Content::Hashes(1), 0, 17));
        assert_eq!(Tile::parse("entries/x001/000.p/255"), tile(Content::Entries, 1_000, 255));
        for wrong in [
            "",
            "0",
            "0/",
            "0/1",
            "0/x001",
            "0/x000/001",
            "00/001",
            "64/001",
            "0/001.p/0",
            "0/001.p/256",
            "0/001.p/01",
            "entries/001/002",
            "-1/001",
            "0/001/",
            "data/001",
            "0/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(Tile::parse(wrong), None, "{wrong}");
        }
    }

    /// The example of the specification: 273 whole tiles of leaves and one of 112, a whole tile above and one of 17,
    /// and one of 1 above that.
    #[test]
    fn a_tree_has_the_tiles_of_its_size() {
        let has = |content, n, width| Tile { content, n, width }.is_within(70_000);
        let hashes = Content::Hashes;
        assert!(has(hashes(0), 272, 256) && has(hashes(0), 273, 112) && has(Content::Entries, 273, 112));
        assert!(!has(hashes(0), 273, 113) && !has(hashes(0), 273, 256) && !has(Content::Entries, 273, 113));
        assert!(has(hashes(1), 0, 256) && has(hashes(1), 1, 17) && !has(hashes(1), 1, 18));
        assert!(
            has(hashes(2), 0, 1) && !has(hashes(2), 0, 2) && !has(hashes(3), 0, 1) && !has(hashes(63), 0, 1)
        );
    }

    #[test]
    fn entries_stand_behind_their_lengths() {
        assert_eq!(entries([b"ab".as_slice(), b""].into_iter()), [0, 2, b'a', b'b', 0, 0]);
    }
}
