//! Roots and proofs of a tree that is kept as the hashes of its complete subtrees.
//!
//! They are stored in the order in which they become complete: behind each leaf, the subtrees that end with it, lowest
//! first. So a tree that grows only ever adds to the end, and every older tree is a part of it: a root, and each hash
//! of a proof, of any past size takes a few reads.

use crate::hash::Hash;

/// Where the hashes of complete subtrees are kept.
pub trait Hashes {
    /// Why one cannot be read.
    type Error;

    /// The hash that was stored at this place, counted from 0.
    ///
    /// # Errors
    /// When it cannot be read, or is not there.
    fn stored(&self, place: u64) -> Result<Hash, Self::Error>;
}

/// Where the hash of the complete subtree over the leaves `n << level` to `(n + 1) << level` is stored.
#[must_use]
pub const fn place(level: u32, n: u64) -> u64 {
    let last_leaf = ((n + 1) << level) - 1;
    stored(last_leaf) + level as u64
}

/// How many hashes a tree of so many leaves has stored.
#[must_use]
pub const fn stored(size: u64) -> u64 {
    2 * size - size.count_ones() as u64
}

/// How many leaves have stored so many hashes; `None` where no number has.
#[must_use]
pub fn size_of(hashes: u64) -> Option<u64> {
    let least = hashes / 2;
    (least..=least + u64::from(u64::BITS)).find(|size| stored(*size) == hashes)
}

/// The complete subtrees that a tree ends with, largest first: all that is needed to grow it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Peaks {
    size: u64,
    peaks: Vec<Hash>,
}

impl Peaks {
    /// Those of a tree that is stored.
    ///
    /// # Errors
    /// When a hash cannot be read.
    pub fn of<H: Hashes>(hashes: &H, size: u64) -> Result<Self, H::Error> {
        let mut peaks = Vec::new();
        let mut first = 0;
        for level in (0..u64::BITS).rev().filter(|level| size >> level & 1 == 1) {
            peaks.push(hashes.stored(place(level, first >> level))?);
            first += 1 << level;
        }
        Ok(Self { size, peaks })
    }

    /// How many leaves the tree has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The last hash that was stored; `None` while there is none.
    #[must_use]
    pub fn last(&self) -> Option<&Hash> {
        self.peaks.last()
    }

    /// Adds a leaf; the hashes to be stored behind those that are, in order.
    pub fn push(&mut self, leaf: Hash) -> impl Iterator<Item = Hash> + use<> {
        let completed = self.size.trailing_ones();
        let mut added = Vec::with_capacity(1 + completed as usize);
        let mut hash = leaf;
        added.push(hash);
        for _ in 0..completed {
            if let Some(left) = self.peaks.pop() {
                hash = Hash::of_node(&left, &hash);
                added.push(hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
        added.into_iter()
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return Hash::of_nothing() };
        peaks.fold(*last, |right, left| Hash::of_node(left, &right))
    }
}

/// The root of the first `size` leaves.
///
/// # Errors
/// When a hash cannot be read.
pub fn root<H: Hashes>(hashes: &H, size: u64) -> Result<Hash, H::Error> {
    if size == 0 { Ok(Hash::of_nothing()) } else { subtree(hashes, 0, size) }
}

/// The proof that the leaf at `index` is one of the first `size`, lowest hash first (RFC 6962, 2.1.1). `index` is less
/// than `size`.
///
/// # Errors
/// When a hash cannot be read.
pub fn inclusion<H: Hashes>(hashes: &H, index: u64, size: u64) -> Result<Vec<Hash>, H::Error> {
    let (mut first, mut end) = (0, size);
    let mut path = Vec::new();
    while end - first > 1 {
        let middle = first + split(end - first);
        if index < middle {
            path.push(subtree(hashes, middle, end)?);
            end = middle;
        } else {
            path.push(subtree(hashes, first, middle)?);
            first = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the first `from` leaves are the beginning of the first `to` (RFC 6962, 2.1.2). `from` is not more than
/// `to`. Nothing needs to be shown of no leaves, and of the same tree.
///
/// # Errors
/// When a hash cannot be read.
pub fn consistency<H: Hashes>(hashes: &H, from: u64, to: u64) -> Result<Vec<Hash>, H::Error> {
    if from == 0 || from == to {
        return Ok(Vec::new());
    }
    let (mut first, mut end) = (0, to);
    let mut path = Vec::new();
    // Until the older tree ends where the subtree does.
    while from != end {
        let middle = first + split(end - first);
        if from <= middle {
            path.push(subtree(hashes, middle, end)?);
            end = middle;
        } else {
            path.push(subtree(hashes, first, middle)?);
            first = middle;
        }
    }
    // The older root itself is known to whoever checks, where it is the hash of a complete subtree from the start.
    if first > 0 {
        path.push(subtree(hashes, first, end)?);
    }
    path.reverse();
    Ok(path)
}

/// The hash over the leaves from `first` to before `end`, as the RFC divides them.
fn subtree<H: Hashes>(hashes: &H, first: u64, end: u64) -> Result<Hash, H::Error> {
    let leaves = end - first;
    if leaves.is_power_of_two() {
        let level = leaves.trailing_zeros();
        return hashes.stored(place(level, first >> level));
    }
    let middle = first + split(leaves);
    Ok(Hash::of_node(&subtree(hashes, first, middle)?, &subtree(hashes, middle, end)?))
}

/// The largest power of two that is less than a number of leaves, which are two or more.
const fn split(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

#[cfg(test)]
mod tests;
