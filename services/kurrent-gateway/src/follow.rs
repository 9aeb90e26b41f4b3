//! Catch-up subscriptions: what is there, then what comes, without a hole and without a doubled event.
//!
//! A subscription holds one page of events. It reads on when the client has taken them: one that is slow slows only
//! itself, and never has to be told that it fell behind.

use std::sync::Arc;

use async_stream::try_stream;
use futures::{StreamExt as _, TryStreamExt as _};
use rapport_domain::envelope::{Position, Revision, StreamId};
use rapport_event_store::{Direction, EventStore, Filter};

use crate::filter::{Watch, wanted};
use crate::read::{Answers, last_revision};
use crate::refusal::Refusal;
use crate::request::Edge;
use crate::wire::{self, IdForm};

/// The log after a position.
pub(crate) fn all(
    store: Arc<dyn EventStore>,
    after: Edge<Position>,
    watch: Option<Watch>,
    ids: IdForm,
) -> Answers {
    try_stream! {
        let after = after_position(after, store.head().await?)?;
        yield wire::confirmation();
        let mut progress = Progress::new(watch, after);
        let mut caught_up = false;
        loop {
            let mut events = store.read_all(progress.at.next(), &Filter::all());
            while let Some(event) = events.try_next().await? {
                let position = event.position;
                if wanted(progress.watch.as_ref(), &event)? {
                    yield wire::event(event, ids);
                }
                if progress.considered(position) {
                    yield wire::checkpoint(position);
                }
            }
            if !caught_up {
                caught_up = true;
                if progress.is_untold() {
                    yield wire::checkpoint(progress.told());
                }
                yield wire::caught_up_with_all(progress.at);
            }
            store.wait_for(progress.at).await?;
        }
    }
    .boxed()
}

/// A position that the log has not reached is that of another log: what comes up to there would be passed over.
fn after_position(after: Edge<Position>, head: Position) -> Result<Position, Refusal> {
    match after {
        Edge::Start => Ok(Position::START),
        Edge::At(position) if position > head => Err(Refusal::PositionBeyondEnd { head }),
        Edge::At(position) => Ok(position),
        Edge::End => Ok(head),
    }
}

/// How far a subscription to the log is, and since when its client has not been told.
struct Progress {
    watch: Option<Watch>,
    /// Everything up to here was looked at.
    at: Position,
    /// Events that were looked at since the client was told how far it is.
    since_told: u64,
}

impl Progress {
    fn new(watch: Option<Watch>, at: Position) -> Self {
        Self { watch, at, since_told: 0 }
    }

    /// Counts an event, and says whether the client is to be told now.
    fn considered(&mut self, position: Position) -> bool {
        self.at = position;
        self.since_told += 1;
        let due = self.watch.as_ref().is_some_and(|watch| self.since_told >= watch.interval);
        if due {
            self.since_told = 0;
        }
        due
    }

    /// Whether events passed that the client of a filter was not told of.
    fn is_untold(&self) -> bool {
        self.watch.is_some() && self.since_told > 0
    }

    fn told(&mut self) -> Position {
        self.since_told = 0;
        self.at
    }
}

/// A stream after a revision.
pub(crate) fn stream(
    store: Arc<dyn EventStore>,
    stream: StreamId,
    after: Edge<Revision>,
    ids: IdForm,
) -> Answers {
    try_stream! {
        // Taken before the first read: whatever is written from now on wakes the subscription.
        let mut seen = store.head().await?;
        let mut next = match after {
            Edge::Start => Revision(0),
            Edge::At(Revision(revision)) => Revision(revision.saturating_add(1)),
            Edge::End => next_of(last_revision(store.as_ref(), &stream).await?),
        };
        yield wire::confirmation();
        let mut caught_up = false;
        loop {
            let mut events = store.read_stream(&stream, next, Direction::Forward);
            while let Some(event) = events.try_next().await? {
                next = next_of(Some(event.revision));
                yield wire::event(event, ids);
            }
            if !caught_up {
                caught_up = true;
                yield wire::caught_up_with_stream(next);
            }
            seen = store.wait_for(seen).await?;
        }
    }
    .boxed()
}

fn next_of(last: Option<Revision>) -> Revision {
    last.map_or(Revision(0), |Revision(last)| Revision(last.saturating_add(1)))
}
