//! The log, read once for all read models that are close to each other.
//!
//! The events that were read last are kept for those who come a little later, decoded by the first of them. Those that are
//! far behind keep together: whoever is first waits before it reads on while somebody still needs the oldest ones.

use std::collections::{HashMap, VecDeque};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use rapport_domain::envelope::Position;
use rapport_event_store::{EventStore, Filter, ReadError};
use tokio::sync::{Mutex, Notify};
use tokio::time::timeout;

use super::event::{Batch, LogEvent};
use super::follower::{BATCH_BYTES_MAX, LIVE_BATCH_EVENTS_MAX};

/// Batches of the largest size whose events are kept for those who come a little later.
pub const BATCHES_KEPT_MAX: usize = 4;
/// Longest wait for those who are slower, also while one works its journal into its file. Who takes longer reads the log by
/// itself from then on, and decodes all of it once more.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads the log once for many.
pub(crate) struct Feed {
    store: Arc<dyn EventStore>,
    window: Mutex<Window>,
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

/// The events that were read last, without a gap.
struct Window {
    /// The event before the first one.
    after: Position,
    events: VecDeque<Arc<LogEvent>>,
    /// What they take in memory, about.
    bytes: usize,
    /// What a batch takes at most.
    batch_bytes_max: usize,
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
            window: Mutex::new(Window::of(BATCH_BYTES_MAX)),
            seats: parking_lot::Mutex::default(),
            seated: AtomicU64::new(0),
            moved: Notify::new(),
            patience: PATIENCE,
        }
    }

    async fn next(&self, after: Position, limit: usize) -> Result<Option<Batch>, ReadError> {
        let mut window = self.window.lock().await;
        if after < window.after {
            return Ok(None);
        }
        if after > window.last() {
            self.move_on(&mut window, after, limit).await;
        }
        if after == window.last() {
            let batch = self.read(after, limit, window.batch_bytes_max).await?;
            window.push(batch);
        }
        Ok(Some(window.from(after, limit)))
    }

    /// Brings the window to where somebody is further: with what lies between, which others will ask for, where that is not
    /// much.
    async fn move_on(&self, window: &mut Window, after: Position, limit: usize) {
        // Where it cannot be read, those who need it meet that themselves.
        if !window.events.is_empty()
            && let Ok(batch) = self.read(window.last(), limit, window.batch_bytes_max).await
        {
            window.push(batch);
        }
        if after > window.last() {
            window.begin(after);
        }
    }

    /// Waits while a batch behind a position would take events away from somebody who needs them.
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

    /// Who still needs what goes, should another batch come behind a position.
    async fn slower(&self, after: Position) -> Vec<u64> {
        let window = self.window.lock().await;
        let (from, to) = (window.after, window.kept_from(after));
        let needs_it = |at: Position| from <= at && at < to;
        self.seats.lock().iter().filter(|(_, at)| needs_it(**at)).map(|(seat, _)| *seat).collect()
    }

    /// What was read before a failure is good; the failure is met again.
    async fn read(&self, after: Position, limit: usize, bytes_max: usize) -> Result<Batch, ReadError> {
        let mut log = self.store.read_all(after.next(), &Filter::all());
        let (mut events, mut bytes) = (Vec::new(), 0);
        while events.len() < limit && bytes < bytes_max {
            match log.next().await {
                Some(Ok(event)) => {
                    let event = LogEvent::from(event);
                    bytes += event.bytes();
                    events.push(Arc::new(event));
                }
                Some(Err(error)) if events.is_empty() => return Err(error),
                Some(Err(_)) | None => break,
            }
        }
        Ok(events)
    }
}

impl Window {
    const fn of(batch_bytes_max: usize) -> Self {
        Self { after: Position::START, events: VecDeque::new(), bytes: 0, batch_bytes_max }
    }

    const fn bytes_max(&self) -> usize {
        self.batch_bytes_max * BATCHES_KEPT_MAX
    }

    fn last(&self) -> Position {
        self.events.back().map_or(self.after, |event| event.position)
    }

    /// Up to `limit` events, and the bytes of a batch, after a position that lies in it.
    fn from(&self, after: Position, limit: usize) -> Batch {
        let start = self.events.partition_point(|event| event.position <= after);
        let mut bytes = 0;
        let has_room = |event: &&Arc<LogEvent>| {
            let has_room = bytes < self.batch_bytes_max;
            bytes += event.bytes();
            has_room
        };
        self.events.range(start..).take(limit).take_while(has_room).cloned().collect()
    }

    /// Forgets everything, and begins behind a position.
    fn begin(&mut self, after: Position) {
        *self = Self { after, ..Self::of(self.batch_bytes_max) };
    }

    /// Adds what follows; what is too much goes, oldest first.
    fn push(&mut self, batch: Batch) {
        let pushed = batch.len();
        self.bytes += batch.iter().map(|event| event.bytes()).sum::<usize>();
        self.events.extend(batch);
        while self.bytes > self.bytes_max()
            && self.events.len() > pushed
            && let Some(oldest) = self.events.pop_front()
        {
            self.bytes -= oldest.bytes();
            self.after = oldest.position;
        }
    }

    /// From where on it is kept, should another batch come behind a position: who stands before that needs what goes.
    fn kept_from(&self, after: Position) -> Position {
        let last = self.last();
        if after < last {
            return self.after;
        }
        if after > last {
            return last.next();
        }
        let mut too_much = (self.bytes + self.batch_bytes_max).saturating_sub(self.bytes_max());
        let goes = |event: &&Arc<LogEvent>| {
            let is_too_much = too_much > 0;
            too_much = too_much.saturating_sub(event.bytes());
            is_too_much
        };
        self.events.iter().take_while(goes).last().map_or(self.after, |event| event.position)
    }
}

#[cfg(test)]
mod tests;
