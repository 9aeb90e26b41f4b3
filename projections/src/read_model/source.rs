//! Where a follower's events come from: the feed that all share while it is close to the head, else the log itself.

use std::future::pending;
use std::sync::Arc;

use futures::StreamExt as _;
use rapport_domain::envelope::{Position, Recorded};
use rapport_event_store::{EventStore, EventStream, Filter, Positions};
use tokio::sync::watch;

use super::event::{Batch, LogEvent};
use super::feed::{Feed, Seat};
use super::file::Checkpoint;
use super::follower::{BATCH_BYTES_MAX, CATCH_UP_BATCH_EVENTS_MAX, LIVE_BATCH_EVENTS_MAX};
use crate::projection::ProjectError;

/// From how many events behind the head on a read model is far behind, where positions count events.
const FAR_BEHIND_EVENTS: u64 = 2_000;
/// How far positions that do not count events are apart, about.
const SPARSE_STRIDE: u64 = 500;
/// Takes in whatever there is.
pub(crate) const UNBOUNDED: Position = Position(u64::MAX);

/// How far the positions of neighbours are apart, about.
pub(crate) const fn stride(positions: Positions) -> u64 {
    match positions {
        Positions::Dense => 1,
        Positions::Sparse => SPARSE_STRIDE,
    }
}

/// The log, as everything that follows it here shares it.
#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) store: Arc<dyn EventStore>,
    pub(crate) feed: Arc<Feed>,
    /// Where it ends.
    pub(crate) head: watch::Receiver<Position>,
    /// How far it has to reach for an empty file to be loaded rather than to follow it from the start.
    pub(crate) load_from: Position,
}

impl Log {
    /// Whether it is long enough for an empty file to be loaded.
    pub(crate) async fn is_to_load(&self) -> Result<bool, ProjectError> {
        let from = self.load_from.0.saturating_mul(stride(self.store.positions()));
        Ok(self.store.head().await?.0 >= from)
    }

    /// Checks that a file was folded from this log; the last event that it has taken in, and where the log ends.
    pub(crate) async fn assert_folded(
        &self,
        checkpoint: &Checkpoint,
    ) -> Result<(Option<Recorded>, Position), ProjectError> {
        let head = self.store.head().await?;
        if checkpoint.position > head {
            return Err(ProjectError::AheadOfLog { checkpoint: checkpoint.position, head });
        }
        if checkpoint.position == Position::START {
            return Ok((None, head));
        }
        let last = self.store.read_at(checkpoint.position).await?;
        let same = last.as_ref().is_some_and(|last| checkpoint.event_id == Some(last.id.to_string()));
        if same {
            Ok((last, head))
        } else {
            Err(ProjectError::ForeignLog { checkpoint: checkpoint.position })
        }
    }
}

/// Reads the log for one follower.
pub(crate) struct Source {
    log: Log,
    seat: Seat,
    /// The last position that may be taken in for now.
    bound: watch::Receiver<Position>,
    page: Option<EventStream>,
    /// Whether the last batch was one of many, as far as its size tells.
    was_full: bool,
}

impl Source {
    pub(crate) fn new(log: Log, bound: watch::Receiver<Position>) -> Self {
        let seat = Seat::at(Arc::clone(&log.feed));
        Self { log, seat, bound, page: None, was_full: false }
    }

    pub(crate) const fn log(&self) -> &Log {
        &self.log
    }

    /// Where a file that is loaded has arrived: at what every answer includes, or at what it is compared with before.
    pub(crate) fn arrival(&self, floor: Position) -> Position {
        let bound = *self.bound.borrow();
        // Not known yet what it is to be compared with.
        if bound == Position::START { floor } else { floor.min(bound) }
    }

    /// What was begun to be read is not read on, and nobody waits for this one.
    pub(crate) fn forget(&mut self) {
        self.page = None;
        self.seat.leave();
    }

    /// Waits until there is something to take in behind a position; of a file that is loaded, also until it is known that it
    /// is compared where it stands.
    pub(crate) async fn moved(&mut self, position: Position, is_loading: bool) {
        let stays = |bound: &Position| is_loading && *bound == position && position > Position::START;
        let is_bound = self.bound.wait_for(|bound| *bound > position || stays(bound)).await.is_ok();
        if is_bound && stays(&self.bound.borrow()) {
            return;
        }
        let is_there = self.page.is_some() || self.log.head.wait_for(|head| *head > position).await.is_ok();
        // The senders live as long as the followers; should they be gone, the log is closed.
        if !is_bound || !is_there {
            pending::<()>().await;
        }
    }

    /// Waits until the log has grown since it was looked at last.
    pub(crate) async fn grown(&mut self) {
        if self.log.head.changed().await.is_err() {
            pending::<()>().await;
        }
    }

    /// The next events of the log, as many as there are and a batch takes. None at the end of a page that was
    /// begun before.
    pub(crate) async fn next(&mut self, after: Position) -> Result<Batch, ProjectError> {
        let bound = *self.bound.borrow();
        let mut batch = self.read(after).await?;
        self.was_full = batch.len() >= LIVE_BATCH_EVENTS_MAX;
        if batch.last().is_some_and(|last| last.position > bound) {
            // What was read too far is read again once it may be taken in.
            self.page = None;
            batch.truncate(batch.partition_point(|event| event.position <= bound));
        }
        Ok(batch)
    }

    fn is_far_behind(&self, after: Position, head: Position) -> bool {
        match self.log.store.positions() {
            Positions::Dense => head.0.saturating_sub(after.0) > FAR_BEHIND_EVENTS,
            Positions::Sparse => self.was_full,
        }
    }

    async fn read(&mut self, after: Position) -> Result<Batch, ProjectError> {
        let head = *self.log.head.borrow();
        let limit =
            if self.is_far_behind(after, head) { CATCH_UP_BATCH_EVENTS_MAX } else { LIVE_BATCH_EVENTS_MAX };
        if self.page.is_none() {
            match self.seat.next(after, limit).await? {
                Some(batch) if batch.is_empty() && head > after => {
                    return Err(ProjectError::Gap { after, found: head });
                }
                Some(batch) => return Ok(batch),
                // The others are further; this one reads by itself until it has caught up with them.
                None => {}
            }
        }
        let begun = self.page.take();
        // A page reaches at least to a head that was known before it was begun.
        let expected = if begun.is_some() { after } else { head };
        let mut page = begun.unwrap_or_else(|| self.log.store.read_all(after.next(), &Filter::all()));
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < limit && bytes < BATCH_BYTES_MAX {
            match page.next().await {
                Some(Ok(event)) => {
                    let event = LogEvent::from(event);
                    bytes += event.bytes();
                    batch.push(Arc::new(event));
                }
                Some(Err(error)) if batch.is_empty() => return Err(error.into()),
                None if batch.is_empty() && expected > after => {
                    return Err(ProjectError::Gap { after, found: expected });
                }
                // What was read is applied; what comes then is met again by the next page.
                Some(Err(_)) | None => return Ok(batch),
            }
        }
        self.page = Some(page);
        Ok(batch)
    }
}
