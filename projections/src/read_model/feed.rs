//! The newest events, read from the log once for all read models that are close behind it.

use std::collections::VecDeque;
use std::ops::{Deref, Range};
use std::sync::Arc;

use futures::StreamExt as _;
use rapport_domain::envelope::{Position, Recorded};
use rapport_event_store::{EventStore, Filter, ReadError};
use tokio::sync::Mutex;

/// Pages that are remembered for those who come a little later.
pub const PAGES_KEPT_MAX: usize = 4;
/// Bytes of events that a page has, about.
pub const PAGE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Events in a row.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    events: Arc<Vec<Recorded>>,
    range: Range<usize>,
}

/// Reads the log once for many.
pub(crate) struct Feed {
    store: Arc<dyn EventStore>,
    pages: Mutex<VecDeque<Page>>,
}

#[derive(Debug)]
struct Page {
    /// The event before the first one.
    after: Position,
    events: Arc<Vec<Recorded>>,
}

impl Feed {
    pub(crate) fn new(store: Arc<dyn EventStore>) -> Self {
        Self { store, pages: Mutex::default() }
    }

    /// Up to `limit` events after a position. None where the feed is further already: they are to be read from the
    /// log. An empty batch where the log has none.
    pub(crate) async fn next(&self, after: Position, limit: usize) -> Result<Option<Batch>, ReadError> {
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

    /// What was read before a failure is good; the failure is met again.
    async fn read(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        let mut log = self.store.read_all(after.next(), &Filter::all());
        let (mut events, mut bytes) = (Vec::new(), 0);
        while events.len() < limit && bytes < PAGE_BYTES_MAX {
            match log.next().await {
                Some(Ok(event)) => {
                    bytes += event.data.len() + event.metadata.len();
                    events.push(event);
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

impl From<Vec<Recorded>> for Batch {
    fn from(events: Vec<Recorded>) -> Self {
        let range = 0..events.len();
        Self { events: Arc::new(events), range }
    }
}

impl Deref for Batch {
    type Target = [Recorded];

    fn deref(&self) -> &[Recorded] {
        self.events.get(self.range.clone()).unwrap_or_default()
    }
}
