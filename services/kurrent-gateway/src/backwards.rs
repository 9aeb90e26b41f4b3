//! The log from its end to its beginning. The port reads it forwards only; positions without a gap make pages of
//! known size, and each is turned around.

use std::sync::Arc;

use async_stream::try_stream;
use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use rapport_domain::envelope::{Position, Recorded};
use rapport_event_store::{EventStore, Filter, ReadError};

/// Most events that are held to be turned around.
const PAGE_EVENTS_MAX: u64 = 512;
/// A page that turns out to have more bytes of metadata and data is read again, smaller.
const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The events up to `last` inclusive, newest first. The first page has no more than `soon` events: whoever wants only
/// the last one does not wait for more.
pub(crate) fn read(
    store: Arc<dyn EventStore>,
    last: Position,
    soon: u64,
) -> BoxStream<'static, Result<Recorded, ReadError>> {
    try_stream! {
        let mut last = last;
        let mut size = soon.clamp(1, PAGE_EVENTS_MAX);
        while last > Position::START {
            let first = Position(last.0.saturating_sub(size - 1).max(1));
            let Some(page) = page(store.as_ref(), first, last).await? else {
                size = (last.0 - first.0).div_ceil(2);
                continue;
            };
            for event in page.into_iter().rev() {
                yield event;
            }
            last = Position(first.0 - 1);
            size = (size * 2).min(PAGE_EVENTS_MAX);
        }
    }
    .boxed()
}

/// The events from `first` to `last`, both inclusive; `None` when they are several and too large together.
async fn page(
    store: &dyn EventStore,
    first: Position,
    last: Position,
) -> Result<Option<Vec<Recorded>>, ReadError> {
    let mut page = Vec::new();
    let mut bytes = 0;
    let mut events = store.read_all(first, &Filter::all());
    while let Some(event) = events.try_next().await? {
        let is_last = event.position >= last;
        bytes += event.metadata.len() + event.data.len();
        if bytes > PAGE_BYTES_MAX && first < last {
            return Ok(None);
        }
        page.push(event);
        if is_last {
            break;
        }
    }
    Ok(Some(page))
}
