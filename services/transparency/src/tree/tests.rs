//! Every root and every proof against the definitions of RFC 6962, written down as they stand there.

use std::convert::Infallible;

use proptest::prelude::*;

use super::*;
use crate::proof::{verify_consistency, verify_inclusion};

/// Leaves of a tree, and the hashes that it has stored.
#[derive(Default)]
struct Grown {
    leaves: Vec<Vec<u8>>,
    stored: Vec<Hash>,
    peaks: Peaks,
}

impl Grown {
    fn of(leaves: Vec<Vec<u8>>) -> Self {
        let mut grown = Self::default();
        for leaf in leaves {
            grown.stored.extend(grown.peaks.push(Hash::of_leaf(&leaf)));
            grown.leaves.push(leaf);
        }
        grown
    }

    fn counted(leaves: u8) -> Self {
        Self::of((0..leaves).map(|leaf| vec![leaf]).collect())
    }

    fn size(&self) -> u64 {
        self.leaves.len() as u64
    }
}

impl Hashes for Grown {
    type Error = Infallible;

    fn stored(&self, place: u64) -> Result<Hash, Infallible> {
        Ok(self.stored[usize::try_from(place).unwrap()])
    }
}

/// MTH(D[n]) of RFC 6962, 2.1.
fn mth(leaves: &[Vec<u8>]) -> Hash {
    match leaves {
        [] => Hash::of_nothing(),
        [leaf] => Hash::of_leaf(leaf),
        _ => {
            let (left, right) = leaves.split_at(k(leaves.len()));
            Hash::of_node(&mth(left), &mth(right))
        }
    }
}

/// The largest power of two smaller than n.
fn k(n: usize) -> usize {
    (0..).map(|level| 1 << level).take_while(|power| *power < n).last().unwrap()
}

/// PATH(m, D[n]) of RFC 6962, 2.1.1.
fn path(m: usize, leaves: &[Vec<u8>]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = k(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut path, sibling) =
        if m < k { (path(m, left), mth(right)) } else { (path(m - k, right), mth(left)) };
    path.push(sibling);
    path
}

/// SUBPROOF(m, D[n], b) of RFC 6962, 2.1.2.
fn subproof(m: usize, leaves: &[Vec<u8>], b: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if b { Vec::new() } else { vec![mth(leaves)] };
    }
    let k = k(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut proof, other) =
        if m <= k { (subproof(m, left, b), mth(right)) } else { (subproof(m - k, right, false), mth(left)) };
    proof.push(other);
    proof
}

#[test]
fn every_root_and_proof_of_small_trees_is_the_one_of_the_definition() {
    let grown = Grown::counted(40);
    for size in 0..=40_usize {
        let (leaves, wide) = (&grown.leaves[..size], size as u64);
        assert_eq!(root(&grown, wide), Ok(mth(leaves)), "{size}");
        assert_eq!(Peaks::of(&grown, wide).unwrap().root(), mth(leaves), "{size}");
        for index in 0..size {
            assert_eq!(inclusion(&grown, index as u64, wide), Ok(path(index, leaves)), "{index} of {size}");
        }
        for from in 1..=size {
            let expected = subproof(from, leaves, true);
            assert_eq!(consistency(&grown, from as u64, wide), Ok(expected), "{from} to {size}");
        }
    }
}

#[test]
fn hashes_are_stored_in_the_order_in_which_subtrees_become_complete() {
    let grown = Grown::counted(200);
    assert_eq!(grown.stored.len() as u64, stored(200));
    for level in 0..=7_u32 {
        for n in 0..(200_u64 >> level) {
            let leaves = usize::try_from(n << level).unwrap()..usize::try_from((n + 1) << level).unwrap();
            let at = usize::try_from(place(level, n)).unwrap();
            assert_eq!(grown.stored[at], mth(&grown.leaves[leaves]), "subtree {n} of level {level}");
        }
    }
    for size in 0..=200 {
        assert_eq!(size_of(stored(size)), Some(size));
    }
    assert_eq!([2, 5, 6, 9].map(size_of), [None; 4], "a tree is not stored in part");
}

proptest! {
    #[test]
    fn every_proof_of_a_random_tree_holds_and_no_other_leaf_or_root_fits_it(
        leaves in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..8), 1..150),
        picked in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
        bit in 0..256_usize,
    ) {
        let index = picked.index(leaves.len());
        let from = cut.index(leaves.len()) + 1;
        let grown = Grown::of(leaves);
        let (size, whole) = (grown.size(), mth(&grown.leaves));
        let flipped = |hash: &Hash| {
            let mut other = *hash;
            other.0[bit / 8] ^= 1 << (bit % 8);
            other
        };

        let path = inclusion(&grown, index as u64, size).unwrap();
        let leaf = Hash::of_leaf(&grown.leaves[index]);
        prop_assert!(verify_inclusion(index as u64, size, &leaf, &path, &whole).is_ok());
        prop_assert!(verify_inclusion(index as u64, size, &flipped(&leaf), &path, &whole).is_err());
        prop_assert!(verify_inclusion(index as u64, size, &leaf, &path, &flipped(&whole)).is_err());

        let older = mth(&grown.leaves[..from]);
        let proof = consistency(&grown, from as u64, size).unwrap();
        prop_assert!(verify_consistency(from as u64, size, &older, &whole, &proof).is_ok());
        prop_assert!(verify_consistency(from as u64, size, &flipped(&older), &whole, &proof).is_err());
        prop_assert!(verify_consistency(from as u64, size, &older, &flipped(&whole), &proof).is_err());
    }
}
