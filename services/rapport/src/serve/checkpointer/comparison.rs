//! Whether the log still is what its tree was made of.

use std::time::Duration;

use futures::StreamExt as _;
use rapport_domain::envelope::{Position, Recorded};
use rapport_event_store::{EventStore, Filter, ReadError};
use rapport_projections::Freshness;
use rapport_projections::transparency::{Leaf, Transparency};
use rapport_transparency::{Hash, header};

/// How long the tree is waited for, for each of its parts.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a comparison found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compared {
    /// Every event has its leaf.
    Same,
    /// From here on it is another log.
    Differs(Position),
}

/// Reads the first events of the log, and compares each with its leaf; or says why that cannot be done.
pub(super) async fn compare(
    store: &dyn EventStore,
    tree: &Transparency,
    size: u64,
) -> Result<Compared, String> {
    let mut log = store.read_all(Position::START.next(), &Filter::all());
    let mut compared = 0;
    while compared < size {
        let fresh = Freshness::at_least(Position::START, PATIENCE);
        let leaves = tree.leaves(fresh, compared).await.map_err(|error| error.to_string())?.value;
        if leaves.is_empty() {
            return Err("the tree is smaller than it was".to_owned());
        }
        for leaf in &leaves {
            match log.next().await {
                Some(Ok(event)) if is_of(leaf, &event) => {}
                Some(Ok(event)) => return Ok(Compared::Differs(leaf.position.min(event.position))),
                None => return Ok(Compared::Differs(leaf.position)),
                Some(Err(ReadError::Corrupt { position, .. })) => return Ok(Compared::Differs(position)),
                Some(Err(error @ (ReadError::Unavailable { .. } | ReadError::Closed))) => {
                    return Err(error.to_string());
                }
            }
        }
        compared += u64::try_from(leaves.len()).unwrap_or(u64::MAX);
    }
    Ok(Compared::Same)
}

fn is_of(leaf: &Leaf, event: &Recorded) -> bool {
    let hash = header::leaf(event).map(|header| Hash::of_leaf(&header));
    leaf.position == event.position && hash.is_ok_and(|hash| hash == leaf.hash)
}
