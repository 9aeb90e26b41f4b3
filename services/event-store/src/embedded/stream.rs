//! Reading one stream, through the index on disk and the one in memory.

use std::sync::Arc;

use rapport_domain::envelope::{Position, Recorded, Revision, StreamId};
use rusqlite::Connection;

use super::error::{corrupt, index_unreadable, read_failed};
use super::index::Index;
use super::readers::{PAGE_EVENTS, Page, Readers, pages};
use super::row;
use super::shared::Shared;
use crate::port::{Direction, EventStream, ReadError};

/// Most readers want the beginning of a stream only, or its very end: the first page is small, and the next ones grow.
const FIRST_PAGE_EVENTS: u64 = 64;
const LAST_PAGE_EVENTS: u64 = 4;
const PAGE_GROWTH: u64 = 4;

/// Where a read has got to.
#[derive(Debug, Clone, Copy)]
enum Cursor {
    Start(Revision),
    At { next: Revision, last: Revision, page: u64 },
    End,
}

/// What is read.
#[derive(Debug)]
struct Subject {
    shared: Arc<Shared>,
    stream: StreamId,
    direction: Direction,
}

/// The events of a stream as it is when the reading begins.
pub(super) fn read(
    readers: &Arc<Readers>,
    shared: &Arc<Shared>,
    stream: &StreamId,
    from: Revision,
    direction: Direction,
) -> EventStream {
    let readers = Arc::clone(readers);
    let subject = Arc::new(Subject { shared: Arc::clone(shared), stream: stream.clone(), direction });
    pages(Cursor::Start(from), move |cursor| {
        let (readers, subject) = (Arc::clone(&readers), Arc::clone(&subject));
        next_page(readers, subject, cursor)
    })
}

async fn next_page(
    readers: Arc<Readers>,
    subject: Arc<Subject>,
    cursor: Cursor,
) -> Result<Option<(Vec<Recorded>, Cursor)>, ReadError> {
    if matches!(cursor, Cursor::End) {
        return Ok(None);
    }
    readers.run(move |connection| subject.page(connection, cursor)).await.map(Some)
}

impl Subject {
    fn page(&self, connection: &Connection, cursor: Cursor) -> Result<(Vec<Recorded>, Cursor), ReadError> {
        let (next, last, size) = match cursor {
            Cursor::At { next, last, page } => (next, last, page),
            Cursor::End => return Ok((Vec::new(), Cursor::End)),
            Cursor::Start(from) => match self.range(connection, from)? {
                Some((next, last)) => (next, last, self.first_page()),
                None => return Ok((Vec::new(), Cursor::End)),
            },
        };
        let located = self.locate(connection, next, last, size)?;
        // One snapshot for all events of the page, taken after they were located.
        let _snapshot = connection.unchecked_transaction().map_err(|e| read_failed(&e))?;
        let mut page = Page::default();
        let mut read = next;
        for (revision, position) in located {
            page.push(self.event(connection, revision, position)?);
            read = revision;
            if page.is_full() {
                break;
            }
        }
        Ok((page.into_events(), self.after(read, last, (size * PAGE_GROWTH).min(PAGE_EVENTS))))
    }

    const fn first_page(&self) -> u64 {
        match self.direction {
            Direction::Forward => FIRST_PAGE_EVENTS,
            Direction::Backward => LAST_PAGE_EVENTS,
        }
    }

    fn after(&self, read: Revision, last: Revision, page: u64) -> Cursor {
        if read == last {
            return Cursor::End;
        }
        let next = match self.direction {
            Direction::Forward => read.0 + 1,
            Direction::Backward => read.0 - 1,
        };
        Cursor::At { next: Revision(next), last, page }
    }

    /// The index as it is now. The tail was looked at before.
    fn index<'a>(&self, connection: &'a Connection) -> Index<'a> {
        Index { connection, runs: self.shared.runs(), tables_to: self.shared.tables_to }
    }

    /// First and last revision to read; nothing when there is none.
    fn range(
        &self,
        connection: &Connection,
        from: Revision,
    ) -> Result<Option<(Revision, Revision)>, ReadError> {
        let in_memory = self.shared.tail.read().stream_head(&self.stream);
        let head = match in_memory {
            Some(head) => Some(head),
            None => self.index(connection).stream_head(&self.stream).map_err(|e| index_unreadable(&e))?,
        };
        Ok(head.and_then(|head| match self.direction {
            Direction::Forward => (from <= head.revision).then_some((from, head.revision)),
            Direction::Backward => Some((from.min(head.revision), Revision(0))),
        }))
    }

    /// Where the next events are, up to a page of them, in the order of reading.
    ///
    /// The tail is looked at before the index: what leaves the tail in between is in the index by then.
    fn locate(
        &self,
        connection: &Connection,
        next: Revision,
        last: Revision,
        size: u64,
    ) -> Result<Vec<(Revision, Position)>, ReadError> {
        let (low, high) = match self.direction {
            Direction::Forward => (next, last.min(Revision(next.0.saturating_add(size - 1)))),
            Direction::Backward => (last.max(Revision(next.0.saturating_sub(size - 1))), next),
        };
        let (begins, in_memory) = {
            let tail = self.shared.tail.read();
            (tail.begins_at(&self.stream), tail.positions(&self.stream, low, high))
        };
        let indexed_to = begins.map_or(Some(high), |begins| begins.0.checked_sub(1).map(Revision));
        let mut located = match indexed_to {
            Some(to) if low <= to => {
                let index = self.index(connection);
                index.positions(&self.stream, low, to.min(high)).map_err(|e| index_unreadable(&e))?
            }
            Some(_) | None => Vec::new(),
        };
        located.extend(in_memory);
        if !located.iter().map(|(revision, _)| revision.0).eq(low.0..=high.0) {
            let cause = format!("the index of stream {} lacks revisions from {low} to {high}", self.stream);
            return Err(ReadError::Unavailable { cause });
        }
        if self.direction == Direction::Backward {
            located.reverse();
        }
        Ok(located)
    }

    fn event(
        &self,
        connection: &Connection,
        revision: Revision,
        position: Position,
    ) -> Result<Recorded, ReadError> {
        let event = row::event_at(connection, position)?.ok_or_else(|| corrupt(position, "it is missing"))?;
        if event.stream == self.stream && event.revision == revision {
            Ok(event)
        } else {
            Err(corrupt(position, "the index names another event"))
        }
    }
}
