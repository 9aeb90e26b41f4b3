//! What comes from outside is read without a panic, whatever it is, and what is read is written the same.
//!
//! Each target takes bytes. They are fed with what is right (`corpus`, the stored events, the presets, messages of every
//! type of the contract, made by its description) and with what becomes of it when it is changed at random.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a seed that cannot be read ends the test")]

mod change;
mod invented;
mod requests;
mod rows;
mod sealed;
mod seeds;
mod server;
mod stored;
mod tokens;
mod trust;

use proptest::prelude::*;

use change::{Change, changed};
use seeds::Seed;

/// Changed seeds that a target is fed with; as many as `RAPPORT_FUZZ_CASES` says, where it says so.
const CASES: u32 = 2_000;

/// Feeds a target with every seed as it is, then with seeds that are changed.
fn feed(seeds: &[Seed], target: impl Fn(&Seed)) {
    assert!(!seeds.is_empty());
    seeds.iter().for_each(&target);
    let changes = proptest::collection::vec(any::<Change>(), 1..8);
    let cases = std::env::var("RAPPORT_FUZZ_CASES").map_or(CASES, |cases| cases.parse().unwrap());
    let cases = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(cases, |(seed in any::<prop::sample::Index>(), changes in changes)| {
        let seed = seed.get(seeds);
        let bytes = changed(&seed.bytes, &changes);
        target(&Seed { name: seed.name.clone(), bytes });
    });
}
