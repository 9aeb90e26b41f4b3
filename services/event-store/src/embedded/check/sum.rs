//! A sum over entries that does not depend on their order: two sums are the same when the entries are.

use rapport_domain::envelope::Position;
use sha2::{Digest as _, Sha256};

use crate::embedded::runs::Entry;

/// The sums over the entries of both indexes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sums {
    streams: u128,
    ids: u128,
}

impl Sums {
    pub(super) fn add_stream(&mut self, stream: &str, revision: i64, position: Position) {
        let entry = summand(&[stream.as_bytes(), &revision.to_le_bytes(), &position.0.to_le_bytes()]);
        self.streams = self.streams.wrapping_add(entry);
    }

    pub(super) fn add_id(&mut self, id: &[u8], position: Position) {
        self.ids = self.ids.wrapping_add(summand(&[id, &position.0.to_le_bytes()]));
    }
}

/// The sum over the entries of runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum(u128);

impl Sum {
    pub(super) fn add_entry(&mut self, entry: &Entry) {
        let [key, ordinal, position] =
            [&entry.key.to_be_bytes()[..], &entry.ordinal.to_be_bytes(), &entry.position.0.to_be_bytes()];
        self.0 = self.0.wrapping_add(summand(&[key, ordinal, position]));
    }
}

/// The last part has a fixed length and so has the second of three: no two entries give the same bytes.
fn summand(parts: &[&[u8]]) -> u128 {
    let mut sha = Sha256::new();
    parts.iter().for_each(|part| sha.update(part));
    sha.finalize().iter().take(16).fold(0, |sum, byte| sum << 8 | u128::from(*byte))
}
