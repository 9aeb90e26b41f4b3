//! Proofs, checked by what RFC 9162 says in 2.1.3.2 and 2.1.4.2. Needs no tree.

use crate::hash::Hash;

/// Why a proof shows nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The leaf, or the older tree, does not lie within the tree.
    #[error("the tree is too small for what is to be proved")]
    OutOfTree,
    /// It has more or fewer hashes than the sizes ask for.
    #[error("the proof has another number of hashes than the sizes ask for")]
    Length,
    /// It leads to another root.
    #[error("the proof leads to another root")]
    Root,
}

/// Checks that the leaf at `index` is in the tree of `size` leaves under `root`.
///
/// # Errors
/// See [`ProofError`].
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: &Hash,
    path: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::OutOfTree);
    }
    let mut climb = Climb { node: index, last: size - 1 };
    let mut hash = *leaf;
    for sibling in path {
        hash = match climb.step()? {
            Side::Left => Hash::of_node(sibling, &hash),
            Side::Right => Hash::of_node(&hash, sibling),
        };
    }
    climb.arrived()?;
    if hash == *root { Ok(()) } else { Err(ProofError::Root) }
}

/// Checks that the tree of `from` leaves under `older` is the beginning of the tree of `to` leaves under `newer`.
///
/// # Errors
/// See [`ProofError`].
pub fn verify_consistency(
    from: u64,
    to: u64,
    older: &Hash,
    newer: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if from > to {
        return Err(ProofError::OutOfTree);
    }
    if from == to || from == 0 {
        // Of no leaves there is one root only.
        let same = if from == to { older == newer } else { *older == Hash::of_nothing() };
        return match (proof, same) {
            ([], true) => Ok(()),
            ([], false) => Err(ProofError::Root),
            ([_, ..], _) => Err(ProofError::Length),
        };
    }
    // Where the older tree is one complete subtree, its root is the first hash.
    let (first, rest) = if from.is_power_of_two() {
        (older, proof)
    } else {
        proof.split_first().ok_or(ProofError::Length)?
    };
    let complete = (from - 1).trailing_ones();
    let mut climb = Climb { node: (from - 1) >> complete, last: (to - 1) >> complete };
    let (mut of_older, mut of_newer) = (*first, *first);
    for sibling in rest {
        match climb.step()? {
            Side::Left => {
                of_older = Hash::of_node(sibling, &of_older);
                of_newer = Hash::of_node(sibling, &of_newer);
            }
            Side::Right => of_newer = Hash::of_node(&of_newer, sibling),
        }
    }
    climb.arrived()?;
    if of_older == *older && of_newer == *newer { Ok(()) } else { Err(ProofError::Root) }
}

/// On which side a sibling stands.
enum Side {
    Left,
    Right,
}

/// The way from a node to the root: its number on each level, and that of the level's last one.
struct Climb {
    node: u64,
    last: u64,
}

impl Climb {
    fn step(&mut self) -> Result<Side, ProofError> {
        if self.last == 0 {
            return Err(ProofError::Length);
        }
        let side = if self.node & 1 == 1 || self.node == self.last {
            // A last node without a sibling rises until it has one.
            while self.node & 1 == 0 && self.node != 0 {
                self.up();
            }
            Side::Left
        } else {
            Side::Right
        };
        self.up();
        Ok(side)
    }

    const fn up(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }

    const fn arrived(&self) -> Result<(), ProofError> {
        if self.last == 0 { Ok(()) } else { Err(ProofError::Length) }
    }
}
