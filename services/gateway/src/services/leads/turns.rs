//! Captures of the same person, one after the other.
//!
//! Who comes in is looked up by what they are reached by. Two captures at once would both find nobody, and make two contacts of
//! one person; so whoever shares an address or a number waits for the one before. Where another system's id is told this is
//! not needed for it: the contact's id follows from that.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};

/// How many people can come in at once, at least where they do not meet by chance.
const LANES: usize = 256;

/// The turns of a server.
#[derive(Clone)]
pub(in crate::services) struct Turns(Arc<[Arc<Mutex<()>>]>);

impl Default for Turns {
    fn default() -> Self {
        Self((0..LANES).map(|_| Arc::default()).collect())
    }
}

impl Turns {
    /// Waits until nobody else comes in who shares one of these. Held for as long as the answer is.
    pub(super) async fn take(&self, shared: impl IntoIterator<Item = &str>) -> Vec<OwnedMutexGuard<()>> {
        let lane = |text: &str| {
            let mut hasher = DefaultHasher::new();
            text.hash(&mut hasher);
            usize::try_from(hasher.finish() % LANES as u64).unwrap_or(0)
        };
        // In one order, so that no two wait for each other.
        let lanes: BTreeSet<usize> = shared.into_iter().map(lane).collect();
        let mut held = Vec::with_capacity(lanes.len());
        for mutex in lanes.into_iter().filter_map(|lane| self.0.get(lane)) {
            held.push(Arc::clone(mutex).lock_owned().await);
        }
        held
    }
}
