//! Reading streams and the log, page by page, as the events are asked for.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::time::Instant as Stopwatch;

use eventstore::{Position as LogPosition, StreamPosition};
use futures::StreamExt;
use futures::stream::try_unfold;
use rapport_domain::envelope::{Position, Recorded, Revision, StreamId};
use rapport_event_store::{Direction, EventStream, Filter, ReadError};

use crate::event::{self, Record};
use crate::known::{CATCH_UP_TIME_MAX, Known};
use crate::link;
use crate::pages::{self, PAGE_EVENTS_MAX, Page};
use crate::trouble::Trouble;
use crate::waiting::Asked;

/// The log from a position on.
pub(super) fn of_log(known: Arc<Known>, from: Position, filter: Filter) -> EventStream {
    // Asked for now, not when the first event is: the head is the one of the moment of the call.
    let asked = Some(known.ask());
    let scan = LogScan {
        known,
        from,
        filter,
        asked,
        until: Position::START,
        next: StreamPosition::Start,
        read: None,
        ended: false,
        events: VecDeque::new(),
    };
    try_unfold(scan, |mut scan| async move {
        while scan.events.is_empty() && !scan.ended {
            scan.fetch().await?;
        }
        Ok::<_, ReadError>(scan.events.pop_front().map(|event| (event, scan)))
    })
    .boxed()
}

struct LogScan {
    known: Arc<Known>,
    from: Position,
    filter: Filter,
    asked: Option<Asked>,
    until: Position,
    next: StreamPosition<LogPosition>,
    /// The last record that was read.
    read: Option<LogPosition>,
    ended: bool,
    events: VecDeque<Recorded>,
}

impl LogScan {
    async fn fetch(&mut self) -> Result<(), ReadError> {
        if let Some(asked) = self.asked.take() {
            self.until = self.known.answer(asked, CATCH_UP_TIME_MAX).await?;
            if self.from > self.until {
                self.ended = true;
                return Ok(());
            }
            self.next = self.begin().await?;
        }
        let page =
            patiently(&self.known, || pages::of_log(&self.known.link, self.next, PAGE_EVENTS_MAX)).await?;
        let mut events = self.take(page)?;
        self.known.set_times(&mut events).await?;
        self.events.extend(events);
        Ok(())
    }

    /// KurrentDB refuses positions where no record begins; so the read begins with an event that is known to be there.
    async fn begin(&self) -> Result<StreamPosition<LogPosition>, ReadError> {
        let floor = self.known.index.floor(self.from).await?;
        Ok(floor.map_or(StreamPosition::Start, |Position(position)| {
            StreamPosition::Position(LogPosition { commit: position, prepare: position })
        }))
    }

    fn take(&mut self, page: Page) -> Result<Vec<Recorded>, ReadError> {
        self.ended = page.is_last;
        let mut events = Vec::new();
        for record in page.records {
            let at = record.position;
            // A page begins with the last record of the page before.
            if self.read == Some(at) {
                continue;
            }
            if Position(at.commit) > self.until {
                self.ended = true;
                return Ok(events);
            }
            self.next = StreamPosition::Position(at);
            self.read = Some(at);
            if let Record::Event(event) = event::read(record)?
                && event.position >= self.from
                && self.filter.matches(&event.stream, &event.event_type)
            {
                events.push(event);
            }
        }
        Ok(events)
    }
}

/// A stream from a revision on.
pub(super) fn of_stream(
    known: Arc<Known>,
    stream: StreamId,
    from: Revision,
    direction: Direction,
) -> EventStream {
    let next = match (direction, pages::revision(from)) {
        (_, Some(from)) => Some(from),
        (Direction::Forward, None) => None,
        (Direction::Backward, None) => Some(StreamPosition::End),
    };
    let scan = StreamScan { known, stream, direction, next, events: VecDeque::new() };
    try_unfold(scan, |mut scan| async move {
        while scan.events.is_empty() && scan.next.is_some() {
            scan.fetch().await?;
        }
        Ok::<_, ReadError>(scan.events.pop_front().map(|event| (event, scan)))
    })
    .boxed()
}

struct StreamScan {
    known: Arc<Known>,
    stream: StreamId,
    direction: Direction,
    /// Where the next page begins; none when there is no other.
    next: Option<StreamPosition<u64>>,
    events: VecDeque<Recorded>,
}

impl StreamScan {
    async fn fetch(&mut self) -> Result<(), ReadError> {
        if self.known.is_closed() {
            return Err(ReadError::Closed);
        }
        let Some(from) = self.next.take() else { return Ok(()) };
        let link = &self.known.link;
        let page = patiently(&self.known, || {
            pages::of_stream(link, &self.stream, from, self.direction, PAGE_EVENTS_MAX)
        });
        let page = page.await?;
        let last = page.records.last().map(|record| record.revision);
        self.next = match (self.direction, last) {
            (_, Some(_)) if page.is_last => None,
            (Direction::Forward, Some(last)) => Some(StreamPosition::Position(last + 1)),
            (Direction::Backward, Some(last)) => last.checked_sub(1).map(StreamPosition::Position),
            (Direction::Forward, None) => None,
            (Direction::Backward, None) => self.beyond_the_end(from).await?,
        };
        let events = self.known.events(page.records).await?;
        self.events.extend(events.into_iter().map(Arc::unwrap_or_clone));
        Ok(())
    }

    /// Servers differ in what they answer to a read backwards from beyond the end: some give nothing.
    async fn beyond_the_end(
        &self,
        from: StreamPosition<u64>,
    ) -> Result<Option<StreamPosition<u64>>, ReadError> {
        let StreamPosition::Position(from) = from else { return Ok(None) };
        let last = patiently(&self.known, || pages::end_of_stream(&self.known.link, &self.stream)).await?;
        Ok(last.filter(|last| last.revision < from).map(|last| StreamPosition::Position(last.revision)))
    }
}

/// Reads again when a read fails in a way that passes, for as long as a caller can be expected to wait.
async fn patiently<T, R>(known: &Known, mut read: impl FnMut() -> R) -> Result<T, ReadError>
where
    R: Future<Output = Result<T, Trouble>>,
{
    let begun = Stopwatch::now();
    let mut attempts = 0;
    loop {
        let trouble = match read().await {
            Ok(value) => return Ok(value),
            Err(trouble) => trouble,
        };
        let Some(kind) = trouble.passes() else { return Err(trouble.into()) };
        if begun.elapsed() > CATCH_UP_TIME_MAX || known.is_closed() {
            return Err(trouble.into());
        }
        attempts += 1;
        known.link.metrics.retried(kind);
        tokio::time::sleep(link::pause(attempts)).await;
    }
}
