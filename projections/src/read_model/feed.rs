//! The log, read once for all read models that are close to each other.
//!
//! Those that are far behind keep together: whoever is first waits before it reads on while somebody still needs the
//! oldest page. So a page is read, and each of its events decoded, once for all.

use std::collections::{HashMap, VecDeque};
use std::ops::{Deref, Range};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use rapport_domain::envelope::Position;
use rapport_event_store::{EventStore, Filter, ReadError};
use tokio::sync::{Mutex, Notify};
use tokio::time::timeout;

use super::event::LogEvent;
use super::follower::LIVE_BATCH_EVENTS_MAX;

/// Pages that are remembered for those who come a little later.
pub const PAGES_KEPT_MAX: usize = 4;
/// Bytes of events that a page has, about.
pub const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Longest wait for those who are slower. Who takes longer reads the log by itself from then on.
const PATIENCE: Duration = Duration::from_secs(1);

/// Events in a row.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    events: Arc<Vec<LogEvent>>,
    range: Range<usize>,
}

/// Reads the log once for many.
pub(crate) struct Feed {
    store: Arc<dyn EventStore>,
    pages: Mutex<VecDeque<Page>>,
    /// Behind which position each of those who follow asked last.
    seats: parking_lot::Mutex<HashMap<u64, Position>>,
    seated: AtomicU64,
    moved: Notify,
    patience: Duration,
}

/// The place of one who follows.
pub(crate) struct Seat {
    feed: Arc<Feed>,
    number: u64,
}

#[derive(Debug)]
struct Page {
    /// The event before the first one.
    after: Position,
    events: Arc<Vec<LogEvent>>,
}

impl Seat {
    pub(crate) fn at(feed: Arc<Feed>) -> Self {
        let number = feed.seated.fetch_add(1, Ordering::Relaxed);
        Self { feed, number }
    }

    /// Up to `limit` events after a position. None where the feed is further already: they are to be read from the
    /// log. An empty batch where the log has none.
    pub(crate) async fn next(&self, after: Position, limit: usize) -> Result<Option<Batch>, ReadError> {
        self.feed.seats.lock().insert(self.number, after);
        self.feed.moved.notify_waiters();
        if limit > LIVE_BATCH_EVENTS_MAX {
            self.feed.wait_for_slower(after).await;
        }
        self.feed.next(after, limit).await
    }

    /// Nobody waits for this one, until it asks again.
    pub(crate) fn leave(&self) {
        self.feed.seats.lock().remove(&self.number);
        self.feed.moved.notify_waiters();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Feed {
    pub(crate) fn new(store: Arc<dyn EventStore>) -> Self {
        Self {
            store,
            pages: Mutex::default(),
            seats: parking_lot::Mutex::default(),
            seated: AtomicU64::new(0),
            moved: Notify::new(),
            patience: PATIENCE,
        }
    }

    async fn next(&self, after: Position, limit: usize) -> Result<Option<Batch>, ReadError> {
        let mut pages = self.pages.lock().await;
        if let Some(batch) = pages.iter().find_map(|page| page.from(after, limit)) {
            return Ok(Some(batch));
        }
        if pages.back().is_some_and(|page| after < page.last()) {
            return Ok(None);
        }
        let events = Arc::new(self.read(after, limit).await?);
        let range = 0..events.len();
        if !events.is_empty() {
            pages.push_back(Page { after, events: Arc::clone(&events) });
            if pages.len() > PAGES_KEPT_MAX {
                pages.pop_front();
            }
        }
        Ok(Some(Batch { events, range }))
    }

    /// Waits while a page behind a position would take the oldest one away from somebody who needs it.
    async fn wait_for_slower(&self, after: Position) {
        let all_have_moved = async {
            loop {
                let mut moved = pin!(self.moved.notified());
                moved.as_mut().enable();
                if self.slower(after).await.is_empty() {
                    return;
                }
                moved.await;
            }
        };
        if timeout(self.patience, all_have_moved).await.is_err() {
            let slower = self.slower(after).await;
            self.seats.lock().retain(|seat, _| !slower.contains(seat));
        }
    }

    /// Who still needs the oldest page, should another one come behind a position.
    async fn slower(&self, after: Position) -> Vec<u64> {
        let pages = self.pages.lock().await;
        let (Some(oldest), Some(newest)) = (pages.front(), pages.back()) else { return Vec::new() };
        if pages.len() < PAGES_KEPT_MAX || after < newest.last() {
            return Vec::new();
        }
        let (from, to) = (oldest.after, oldest.last());
        let needs_it = |at: Position| from <= at && at < to;
        self.seats.lock().iter().filter(|(_, at)| needs_it(**at)).map(|(seat, _)| *seat).collect()
    }

    /// What was read before a failure is good; the failure is met again.
    async fn read(&self, after: Position, limit: usize) -> Result<Vec<LogEvent>, ReadError> {
        let mut log = self.store.read_all(after.next(), &Filter::all());
        let (mut events, mut bytes) = (Vec::new(), 0);
        while events.len() < limit && bytes < PAGE_BYTES_MAX {
            match log.next().await {
                Some(Ok(event)) => {
                    bytes += event.data.len() + event.metadata.len();
                    events.push(LogEvent::from(event));
                }
                Some(Err(error)) if events.is_empty() => return Err(error),
                Some(Err(_)) | None => break,
            }
        }
        Ok(events)
    }
}

impl Page {
    fn last(&self) -> Position {
        self.events.last().map_or(self.after, |event| event.position)
    }

    fn from(&self, after: Position, limit: usize) -> Option<Batch> {
        if after < self.after || after >= self.last() {
            return None;
        }
        let start = self.events.partition_point(|event| event.position <= after);
        let end = self.events.len().min(start.saturating_add(limit));
        Some(Batch { events: Arc::clone(&self.events), range: start..end })
    }
}

impl Batch {
    /// Leaves out what lies behind a position.
    pub(super) fn cut_behind(&mut self, position: Position) {
        let kept = self.partition_point(|event| event.position <= position);
        self.range.end = self.range.start + kept;
    }
}

impl From<Vec<LogEvent>> for Batch {
    fn from(events: Vec<LogEvent>) -> Self {
        let range = 0..events.len();
        Self { events: Arc::new(events), range }
    }
}

impl Deref for Batch {
    type Target = [LogEvent];

    fn deref(&self) -> &[LogEvent] {
        self.events.get(self.range.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
