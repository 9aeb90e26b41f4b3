//! The log in memory: a real adapter with every promise of the port but the disk.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use futures::{StreamExt, stream};
use parking_lot::Mutex;
use rapport_domain::envelope::{EventId, ExpectedRevision, NewEvent, Position, Recorded, Revision, StreamId};
use rapport_domain::value::Instant;
use tokio::sync::watch;

use crate::clock::{Clock, time_after};
use crate::judgement::{Judgement, Ledger, Standing, StreamHead, judge};
use crate::limits;
use crate::port::{
    Append, AppendError, Appended, Direction, EventStore, EventStream, Filter, Positions, ReadError,
};

/// Events copied out of the log under one lock.
const PAGE_EVENTS: usize = 256;

/// An event store that forgets everything when it is dropped.
#[derive(Debug)]
pub struct MemoryStore {
    log: Arc<Mutex<Log>>,
    head: watch::Sender<Position>,
    clock: Clock,
}

#[derive(Debug, Default)]
struct Log {
    /// The event at position `n` is at index `n - 1`.
    events: Vec<Recorded>,
    /// Positions of a stream's events; its revision is the index.
    streams: HashMap<StreamId, Vec<Position>>,
    ids: HashMap<EventId, Position>,
}

impl MemoryStore {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(Clock::system())
    }

    /// An empty log that takes the time from `clock`.
    #[must_use]
    pub fn with_clock(clock: Clock) -> Self {
        Self { log: Arc::default(), head: watch::Sender::new(Position::START), clock }
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl EventStore for MemoryStore {
    async fn append(
        &self,
        stream: &StreamId,
        expected: ExpectedRevision,
        events: Vec<NewEvent>,
    ) -> Result<Appended, AppendError> {
        self.write(Append { stream: stream.clone(), expected, events, recorded_at: None })
    }

    async fn append_in_turn(&self, appends: Vec<Append>) -> Vec<Result<Appended, AppendError>> {
        let mut answers = Vec::with_capacity(appends.len());
        for append in appends {
            answers.push(self.write(append));
            if answers.last().is_some_and(Result::is_err) {
                break;
            }
        }
        answers
    }

    fn read_stream(&self, stream: &StreamId, from: Revision, direction: Direction) -> EventStream {
        let positions = self.log.lock().stream_positions(stream, from, direction);
        self.at(positions)
    }

    fn read_all(&self, from: Position, filter: &Filter) -> EventStream {
        let filter = filter.clone();
        let first = from.0.max(1);
        let positions = (first..=self.log.lock().head().0).map(Position);
        self.at(positions)
            .filter(move |event| {
                let passes =
                    event.as_ref().is_ok_and(|event| filter.matches(&event.stream, &event.event_type));
                std::future::ready(passes)
            })
            .boxed()
    }

    async fn wait_for(&self, after: Position) -> Result<Position, ReadError> {
        let mut head = self.head.subscribe();
        let head = head.wait_for(|head| *head > after).await.map_err(|_| ReadError::Closed)?;
        Ok(*head)
    }

    async fn head(&self) -> Result<Position, ReadError> {
        Ok(self.log.lock().head())
    }

    async fn position_at(&self, recorded_at: Instant) -> Result<Position, ReadError> {
        let log = self.log.lock();
        let until = log.events.partition_point(|event| event.recorded_at <= recorded_at);
        Ok(log.events[..until].last().map_or(Position::START, |event| event.position))
    }

    async fn position_of(&self, id: EventId) -> Result<Option<Position>, ReadError> {
        Ok(self.log.lock().ids.get(&id).copied())
    }

    fn positions(&self) -> Positions {
        Positions::Dense
    }
}

impl MemoryStore {
    fn write(&self, append: Append) -> Result<Appended, AppendError> {
        let Append { stream, expected, events, recorded_at } = append;
        limits::measure(&events)?;
        let mut log = self.log.lock();
        match judge(&mut *log, &stream, expected, &events)? {
            Judgement::Answer(appended) => Ok(appended),
            Judgement::Write(first) => {
                let last = log.events.last().map_or(Instant::MIN, |last| last.recorded_at);
                let recorded_at = time_after(last, recorded_at, self.clock.not_before(last))?;
                let appended = log.push(&stream, first, events, recorded_at);
                self.head.send_replace(log.head());
                Ok(appended)
            }
        }
    }

    /// The events at these positions, copied page by page as they are asked for.
    fn at(&self, positions: impl IntoIterator<Item = Position, IntoIter: Send + 'static>) -> EventStream {
        let log = Arc::clone(&self.log);
        stream::iter(positions)
            .chunks(PAGE_EVENTS)
            .flat_map(move |page| {
                let log = log.lock();
                stream::iter(
                    page.into_iter().filter_map(|at| log.event(at).cloned().map(Ok)).collect::<Vec<_>>(),
                )
            })
            .boxed()
    }
}

impl Log {
    fn head(&self) -> Position {
        self.events.last().map_or(Position::START, |event| event.position)
    }

    fn event(&self, position: Position) -> Option<&Recorded> {
        let index = usize::try_from(position.0.checked_sub(1)?).ok()?;
        self.events.get(index)
    }

    fn stream_positions(&self, stream: &StreamId, from: Revision, direction: Direction) -> Vec<Position> {
        let positions = self.streams.get(stream).map_or(&[][..], Vec::as_slice);
        let from = usize::try_from(from.0).unwrap_or(usize::MAX);
        match direction {
            Direction::Forward => positions.get(from..).unwrap_or_default().to_vec(),
            Direction::Backward => positions.iter().take(from.saturating_add(1)).rev().copied().collect(),
        }
    }

    fn push(
        &mut self,
        stream: &StreamId,
        first: Revision,
        events: Vec<NewEvent>,
        recorded_at: Instant,
    ) -> Appended {
        let mut position = self.head();
        let mut revision = None;
        for (event, number) in events.into_iter().zip(first.0..) {
            position = position.next();
            revision = Some(Revision(number));
            self.ids.insert(event.id, position);
            self.streams.entry(stream.clone()).or_default().push(position);
            self.events.push(Recorded {
                id: event.id,
                stream: stream.clone(),
                revision: Revision(number),
                position,
                event_type: event.event_type,
                recorded_at,
                metadata: event.metadata,
                data: event.data,
            });
        }
        Appended { revision, position, repeated: false }
    }
}

impl Ledger for Log {
    fn stream_head(&mut self, stream: &StreamId) -> Result<Option<StreamHead>, AppendError> {
        let last = self.streams.get(stream).and_then(|positions| positions.last());
        let last = last.and_then(|position| self.event(*position));
        Ok(last.map(|event| StreamHead { revision: event.revision, position: event.position }))
    }

    fn standing(&mut self, stream: &StreamId, event: &NewEvent) -> Result<Option<Standing>, AppendError> {
        let found = self.ids.get(&event.id).and_then(|position| self.event(*position));
        Ok(found.map(|found| Standing::of(found, stream, event)))
    }
}
