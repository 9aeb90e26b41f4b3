//! Parts of a stream or of the log, once.

use std::sync::Arc;

use async_stream::try_stream;
use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use rapport_domain::envelope::{Position, Revision, StreamId};
use rapport_event_store::{Direction, EventStore, Filter, ReadError};
use rapport_proto::kurrent::streams::ReadResp;

use crate::backwards;
use crate::filter::wanted;
use crate::refusal::Refusal;
use crate::request::{AllPart, Edge, StreamPart};
use crate::wire::{self, IdForm};

/// What a read answers.
pub(crate) type Answers = BoxStream<'static, Result<ReadResp, Refusal>>;

/// A part of a stream.
pub(crate) fn stream(store: Arc<dyn EventStore>, part: StreamPart, ids: IdForm) -> Answers {
    try_stream! {
        // A name that no stream can have is that of a stream that is not there.
        let id = std::str::from_utf8(&part.name).ok().and_then(|name| StreamId::parse(name).ok());
        let mut left = part.count;
        let mut last_seen = None;
        if let (Some(id), Some(from)) = (&id, first_revision(part.from, part.direction)) {
            let mut events = store.read_stream(id, from, part.direction).take(most(part.count));
            while let Some(event) = events.try_next().await? {
                left -= 1;
                last_seen = Some(event.revision);
                yield wire::event(event, ids);
            }
        }
        let read_to_the_end = part.direction == Direction::Forward && left > 0;
        let last = match (last_seen, &id) {
            (Some(last), _) if read_to_the_end || !part.tell_last => Some(last),
            (_, Some(id)) => last_revision(store.as_ref(), id).await?,
            (_, None) => None,
        };
        match last {
            None => yield wire::stream_not_found(part.name),
            Some(last) if part.tell_last => yield wire::last_revision(last),
            Some(_) => {}
        }
    }
    .boxed()
}

fn most(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn first_revision(from: Edge<Revision>, direction: Direction) -> Option<Revision> {
    match (from, direction) {
        (Edge::At(revision), _) => Some(revision),
        (Edge::Start, _) => Some(Revision(0)),
        (Edge::End, Direction::Backward) => Some(Revision(u64::MAX)),
        (Edge::End, Direction::Forward) => None,
    }
}

/// The last revision of a stream; `None` while it has no event.
pub(crate) async fn last_revision(
    store: &dyn EventStore,
    stream: &StreamId,
) -> Result<Option<Revision>, ReadError> {
    let last = store.read_stream(stream, Revision(u64::MAX), Direction::Backward).try_next().await?;
    Ok(last.map(|event| event.revision))
}

/// A part of the log.
pub(crate) fn all(store: Arc<dyn EventStore>, part: AllPart, ids: IdForm) -> Answers {
    try_stream! {
        let mut events = match (part.direction, part.from) {
            (Direction::Forward, Edge::Start) => store.read_all(Position::START, &Filter::all()),
            (Direction::Forward, Edge::At(from)) => store.read_all(from, &Filter::all()),
            (Direction::Forward, Edge::End) | (Direction::Backward, Edge::Start) => stream::empty().boxed(),
            (Direction::Backward, Edge::End) => backwards::read(Arc::clone(&store), store.head().await?, part.count),
            (Direction::Backward, Edge::At(before)) => {
                let last = Position(before.0.saturating_sub(1)).min(store.head().await?);
                backwards::read(Arc::clone(&store), last, part.count)
            }
        };
        let mut left = part.count;
        while left > 0 {
            let Some(event) = events.try_next().await? else { break };
            if wanted(part.watch.as_ref(), &event)? {
                left -= 1;
                yield wire::event(event, ids);
            }
        }
    }
    .boxed()
}
