//! What this replica knows of the log: the index, the events seen last, and how far the follower has come.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rapport_domain::envelope::{NewEvent, Position, Recorded, StreamId};
use rapport_event_store::{Direction, ReadError};
use tokio::sync::{Notify, watch};

use crate::event::{self, Record};
use crate::index::{Index, IndexError, Location};
use crate::link::Link;
use crate::pages;
use crate::recent::Recent;
use crate::waiting::{Asked, Waiter, Waiting};

/// How long a caller waits until the end of the log is known.
pub(crate) const CATCH_UP_TIME_MAX: Duration = Duration::from_secs(8);

/// What is known of the log.
pub(crate) struct Known {
    pub(crate) link: Link,
    pub(crate) index: Index,
    pub(crate) recent: Recent,
    state: watch::Sender<State>,
    waiting: Waiting,
    pub(crate) wake: Notify,
    /// What the follower failed with last, for those who wait in vain.
    trouble: Mutex<Option<String>>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    head: Position,
    closed: bool,
}

impl Known {
    pub(crate) fn new(link: Link, index: Index, head: Position) -> Self {
        Self {
            link,
            index,
            recent: Recent::default(),
            state: watch::Sender::new(State { head, closed: false }),
            waiting: Waiting::default(),
            wake: Notify::new(),
            trouble: Mutex::default(),
        }
    }

    /// Asks for the end of the log as it is from now on. The answer is the last position of a look at the log that
    /// begins after this.
    pub(crate) fn ask(&self) -> Asked {
        let asked = self.waiting.join();
        // Once closed nobody answers: the waiter is dropped, and that is an answer too.
        if self.is_closed() {
            drop(self.waiting.take());
        } else {
            self.wake.notify_one();
        }
        asked
    }

    /// Waits for the answer.
    pub(crate) async fn answer(&self, asked: Asked, patience: Duration) -> Result<Position, ReadError> {
        match tokio::time::timeout(patience, asked).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(ReadError::Closed),
            Err(_) => {
                let cause = self.trouble.lock().clone();
                let cause = cause.unwrap_or_else(|| "the end of the log was not reached in time".to_owned());
                Err(ReadError::Unavailable { cause })
            }
        }
    }

    /// The end of the log as it is from now on; everything up to it is indexed then.
    pub(crate) async fn catch_up(&self, patience: Duration) -> Result<Position, ReadError> {
        self.answer(self.ask(), patience).await
    }

    /// The last position that is indexed.
    pub(crate) fn head(&self) -> Position {
        self.state.borrow().head
    }

    /// Waits until the index has passed a position.
    pub(crate) async fn wait_for(&self, after: Position) -> Result<Position, ReadError> {
        let mut state = self.state.subscribe();
        let state = state.wait_for(|state| state.closed || state.head > after).await;
        match state.map(|state| *state) {
            Ok(State { head, .. }) if head > after => Ok(head),
            Ok(_) | Err(_) => Err(ReadError::Closed),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state.borrow().closed
    }

    /// Sends everybody away who waits.
    pub(crate) fn close(&self) {
        self.state.send_modify(|state| state.closed = true);
        self.wake.notify_one();
        drop(self.waiting.take());
    }

    /// For the follower: those who wait for a look that begins now.
    pub(crate) fn take_waiting(&self) -> Vec<Waiter> {
        self.waiting.take()
    }

    /// For the follower: a page is indexed.
    pub(crate) fn reached(&self, head: Position, events: &[Arc<Recorded>]) {
        self.recent.add(events);
        self.link.metrics.followed(head);
        self.state.send_if_modified(|state| std::mem::replace(&mut state.head, head) != head);
    }

    /// For the follower: what went wrong, until something goes well again.
    pub(crate) fn troubled(&self, trouble: Option<String>) {
        self.link.metrics.cut_off(trouble.is_some());
        *self.trouble.lock() = trouble;
    }

    /// Whether the log cannot be followed at the moment.
    pub(crate) fn is_in_trouble(&self) -> bool {
        self.trouble.lock().is_some()
    }

    /// Gives the events of a page the times that the log as a whole gives them.
    pub(crate) async fn set_times(&self, events: &mut [Recorded]) -> Result<(), ReadError> {
        let times = self.index.times(events.iter().map(|event| event.position).collect()).await?;
        for (event, time) in events.iter_mut().zip(times) {
            event.recorded_at = time.unwrap_or(event.recorded_at);
        }
        Ok(())
    }

    /// The events of the log that carry the ids of these, in their order. To be asked after a catch-up.
    pub(crate) async fn standing(
        &self,
        events: &[NewEvent],
    ) -> Result<Vec<Option<Arc<Recorded>>>, ReadError> {
        let locations = self.index.find(events.iter().map(|event| event.id).collect()).await?;
        let mut found: Vec<Option<Arc<Recorded>>> = Vec::with_capacity(events.len());
        let mut page: Vec<Arc<Recorded>> = Vec::new();
        for (event, location) in events.iter().zip(locations) {
            let Some(location) = location else {
                found.push(None);
                continue;
            };
            // Others may have written the id a second time; the index has the place of the first.
            let here = |page: &[Arc<Recorded>]| {
                let recent = self.recent.get(event.id).filter(|recent| recent.position == location.position);
                recent.or_else(|| page.iter().find(|other| other.position == location.position).cloned())
            };
            if here(&page).is_none() {
                page = self.fetch(&location, events.len()).await?;
            }
            found.push(Some(here(&page).ok_or_else(|| lost(&location))?));
        }
        Ok(found)
    }

    /// Events of a stream from a location on, as they stand in the log.
    async fn fetch(&self, location: &Location, count: usize) -> Result<Vec<Arc<Recorded>>, ReadError> {
        let Some(from) = pages::revision(location.revision) else { return Err(lost(location)) };
        let page = pages::of_stream(&self.link, &location.stream, from, Direction::Forward, count).await?;
        self.events(page.records).await
    }

    /// The events of a page of a stream.
    pub(crate) async fn events(
        &self,
        records: Vec<eventstore::RecordedEvent>,
    ) -> Result<Vec<Arc<Recorded>>, ReadError> {
        let mut events = Vec::with_capacity(records.len());
        for record in records {
            if let Record::Event(event) = event::read(record)? {
                events.push(event);
            }
        }
        if events.iter().any(|event| event.position > self.head()) {
            self.catch_up(CATCH_UP_TIME_MAX).await?;
        }
        self.locate(&mut events).await?;
        self.set_times(&mut events).await?;
        Ok(events.into_iter().map(Arc::new).collect())
    }

    /// Older servers do not tell the position of an event that is read from its stream.
    async fn locate(&self, events: &mut [Recorded]) -> Result<(), ReadError> {
        let nowhere = Position(u64::MAX);
        if events.iter().all(|event| event.position != nowhere) {
            return Ok(());
        }
        let places = events.iter().map(|event| (event.id, event.stream.clone(), event.revision));
        let positions = self.index.positions(places.collect()).await?;
        for (event, position) in events.iter_mut().zip(positions) {
            event.position = position.unwrap_or(event.position);
        }
        Ok(())
    }
}

impl From<IndexError> for ReadError {
    fn from(error: IndexError) -> Self {
        Self::Unavailable { cause: error.to_string() }
    }
}

fn lost(location: &Location) -> ReadError {
    let Location { position, stream, revision } = location;
    ReadError::Corrupt {
        position: *position,
        cause: format!("it is not at revision {revision} of {stream}, where the index found it"),
    }
}

/// Whether events of a stream are the ones that were sent, metadata included.
pub(crate) fn are_ours(found: &[Option<Arc<Recorded>>], stream: &StreamId, sent: &[NewEvent]) -> bool {
    found.len() == sent.len()
        && found.iter().zip(sent).all(|(found, sent)| {
            found.as_ref().is_some_and(|found| found.stream == *stream && found.metadata == sent.metadata)
        })
}
