//! What became of requests that were applied before: their events tell, wherever the log has them.

use futures::TryStreamExt as _;
use rapport_domain::envelope::{Position, StreamId};
use rapport_domain::value::Reference;
use rapport_event_store::{Direction, EventStore};

use crate::call::{Receipt, event_id};
use crate::failure::Failure;
use crate::loaded::corrupt;

/// A request that was applied, and what it got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Applied {
    pub(crate) digest: String,
    pub(crate) receipt: Receipt,
}

/// Looks for requests in the log; nothing for each that was not applied, or not to this stream.
pub(crate) async fn applied(
    store: &dyn EventStore,
    stream: &StreamId,
    request_ids: impl Iterator<Item = &Reference> + Clone,
) -> Result<Vec<Option<Applied>>, Failure> {
    let firsts = request_ids.clone().map(|request_id| event_id(request_id, 0)).collect();
    let positions = store.positions_of(firsts).await?;
    let mut found = Vec::with_capacity(positions.len());
    for (position, request_id) in positions.into_iter().zip(request_ids) {
        found.push(match position {
            Some(position) => applied_at(store, stream, request_id, position).await?,
            None => None,
        });
    }
    Ok(found)
}

/// What a request got whose first event stands at a position.
async fn applied_at(
    store: &dyn EventStore,
    stream: &StreamId,
    request_id: &Reference,
    position: Position,
) -> Result<Option<Applied>, Failure> {
    let first = store.read_at(position).await?.filter(|first| first.stream == *stream);
    let Some(first) = first else { return Ok(None) };
    // Its events stand next to each other.
    let mut events = store.read_stream(stream, first.revision, Direction::Forward);
    let mut applied = None;
    for ordinal in 0.. {
        match events.try_next().await? {
            Some(recorded) if recorded.id == event_id(request_id, ordinal) => {
                let metadata = recorded.metadata().map_err(|cause| corrupt(&recorded, &cause))?;
                let receipt = Receipt { revision: Some(recorded.revision), position: recorded.position };
                applied = Some(Applied { digest: metadata.request_digest, receipt });
            }
            Some(_) | None => break,
        }
    }
    Ok(applied)
}
