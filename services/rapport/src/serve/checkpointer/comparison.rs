//! Whether the log still is what its tree was made of.

use std::time::Duration;

use futures::StreamExt as _;
use rapport_domain::envelope::{Position, Recorded};
use rapport_event_store::{EventStream, ReadError};
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

/// Reads the first events of a log that has been read from its beginning, and compares each with its leaf; or says why that
/// cannot be done.
pub(super) async fn compare(
    mut log: EventStream,
    tree: &Transparency,
    size: u64,
) -> Result<Compared, String> {
    let mut compared = 0;
    while compared < size {
        let fresh = Freshness::at_least(Position::START, PATIENCE);
        let mut leaves = tree.leaves(fresh, compared).await.map_err(|error| error.to_string())?.value;
        // The tree grows meanwhile; the log was read to where it ended at first.
        leaves.truncate(usize::try_from(size - compared).unwrap_or(usize::MAX));
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rapport_domain::envelope::{EventId, ExpectedRevision, NewEvent, StreamId};
    use rapport_domain::id::derived_uuid;
    use rapport_event_store::{EventStore as _, Filter, MemoryStore};
    use rapport_projections::{Options, Projections};
    use rapport_vault::{RootKey, Vault};

    use super::*;

    /// A log of three events, and the tree over them.
    async fn three(folder: &std::path::Path) -> (Arc<MemoryStore>, Projections) {
        let store = Arc::new(MemoryStore::new());
        for name in ["first", "second", "third"] {
            let event = NewEvent {
                id: EventId(derived_uuid(&[name])),
                event_type: "something.happened.v1".to_owned(),
                metadata: "{}".to_owned(),
                data: format!("\"{name}\""),
            };
            let stream = StreamId::parse("something-1").unwrap();
            store.append(&stream, ExpectedRevision::Any, vec![event]).await.unwrap();
        }
        let root = RootKey::create(&folder.join("root.key")).unwrap();
        let vault = Vault::open(&folder.join("vault.db"), &root).unwrap();
        let log = Arc::clone(&store);
        let projections =
            Projections::open(&folder.join("read"), log, Arc::new(vault), Options::default()).unwrap();
        let fresh = Freshness::at_least(Position(3), PATIENCE);
        projections.transparency().grown(fresh, 0).await.unwrap();
        (store, projections)
    }

    #[tokio::test]
    async fn what_comes_in_while_the_log_is_compared_is_not_taken_for_rewritten() {
        let folder = tempfile::tempdir().unwrap();
        let (store, projections) = three(folder.path()).await;
        for size in 0..=3_u64 {
            let read_before = store.read_all(Position::START.next(), &Filter::all());
            let log = read_before.take(usize::try_from(size).unwrap()).boxed();
            assert_eq!(compare(log, projections.transparency(), size).await, Ok(Compared::Same), "{size}");
        }
        projections.shutdown().await;
    }

    #[tokio::test]
    async fn a_log_that_lost_its_end_or_an_event_differs_from_there_on() {
        let folder = tempfile::tempdir().unwrap();
        let (store, projections) = three(folder.path()).await;
        let all = || store.read_all(Position::START.next(), &Filter::all());
        let shorter = compare(all().take(2).boxed(), projections.transparency(), 3).await;
        assert_eq!(shorter, Ok(Compared::Differs(Position(3))));
        let gap = all().filter(|event| std::future::ready(event.as_ref().unwrap().position != Position(2)));
        let without = compare(gap.boxed(), projections.transparency(), 3).await;
        assert_eq!(without, Ok(Compared::Differs(Position(2))));
        projections.shutdown().await;
    }
}
