//! A group of appends on its way into one commit, and what the log looks like with them.

use std::iter::repeat_with;

use hashbrown::HashMap;
use lru::LruCache;
use parking_lot::RwLock;
use rapport_domain::envelope::{EventId, NewEvent, Position, Revision, StreamId};
use rapport_domain::value::Instant;
use rusqlite::Connection;

use super::error::{index_not_applied, not_applied};
use super::index::Index;
use super::log::End;
use super::recent::Committed;
use super::row::{self, EventRow};
use super::shared::Shared;
use super::tail::{Tail, Written};
use super::writer::{Answers, Queued};
use crate::clock::time_after;
use crate::judgement::{Judgement, Ledger, Standing, StreamHead, judge};
use crate::port::{Append, AppendError, Appended, ReadError};
#[cfg(feature = "seeded-bugs")]
use crate::seeded_bug::{self, SeededBug};

/// Last revisions of the streams that were written or asked for lately.
pub(super) type StreamHeads = LruCache<StreamId, StreamHead>;

/// What the group has written so far, not committed yet.
#[derive(Debug)]
pub(super) struct Group {
    last: Position,
    /// When the last event was recorded.
    recorded_at: Instant,
    /// When events are recorded that are not told otherwise.
    now: Instant,
    events: usize,
    heads: HashMap<StreamId, StreamHead>,
    ids: HashMap<EventId, Position>,
    /// What each append of the group wrote, if it did, and when that was recorded.
    written: Vec<Option<(Written, Instant)>>,
}

impl Group {
    /// An empty group after the last event of the log, to be recorded now.
    pub(super) fn after(end: End, now: Instant) -> Self {
        Self {
            last: end.position,
            recorded_at: end.recorded_at,
            now,
            events: 0,
            heads: HashMap::new(),
            ids: HashMap::new(),
            written: Vec::new(),
        }
    }

    /// The end of the log with this group.
    pub(super) fn end(&self) -> End {
        End { position: self.last, recorded_at: self.recorded_at }
    }

    /// Events that the group adds.
    pub(super) fn events(&self) -> usize {
        self.events
    }

    /// Once committed, the group belongs to what is known of the log. Takes the events out of the appends.
    pub(super) fn publish(self, queued: &mut [Queued], shared: &Shared, heads: &mut StreamHeads) {
        {
            let mut tail = shared.tail.write();
            self.written.iter().flatten().for_each(|(written, _)| tail.push(written));
        }
        {
            let mut recent = shared.recent.write();
            let appends = queued.iter_mut().flat_map(|queued| &mut queued.appends);
            for (append, written) in appends.zip(self.written) {
                let Some((written, recorded_at)) = written else { continue };
                recent.push(Committed {
                    stream: written.stream,
                    first_revision: written.first_revision,
                    first_position: written.first_position,
                    recorded_at,
                    events: std::mem::take(&mut append.events),
                });
            }
        }
        for (stream, head) in self.heads {
            heads.put(stream, head);
        }
    }
}

/// The log as the next append of the group finds it: what is committed, and what the group wrote before.
pub(super) struct GroupLedger<'a> {
    pub(super) connection: &'a Connection,
    pub(super) index: Index<'a>,
    pub(super) tail: &'a RwLock<Tail>,
    pub(super) heads: &'a mut StreamHeads,
    pub(super) group: &'a mut Group,
}

impl GroupLedger<'_> {
    /// Judges appends and writes them, up to the first that is refused. The outer error ends the group.
    pub(super) fn add_in_turn(&mut self, appends: &[Append]) -> Result<Answers, AppendError> {
        let mut answers = Vec::with_capacity(appends.len());
        for append in appends {
            answers.push(self.add(append)?);
            if answers.last().is_some_and(Result::is_err) {
                break;
            }
        }
        let untried = appends.len() - answers.len();
        self.group.written.extend(repeat_with(|| None).take(untried));
        Ok(answers)
    }

    fn add(&mut self, append: &Append) -> Result<Result<Appended, AppendError>, AppendError> {
        let Append { stream, expected, events, recorded_at } = append;
        let (answer, written) = match judge(self, stream, *expected, events) {
            Ok(Judgement::Answer(appended)) => (Ok(appended), None),
            Ok(Judgement::Write(first)) => {
                match time_after(self.group.recorded_at, *recorded_at, self.group.now) {
                    Ok(time) => {
                        let written = self.write(stream, first, time, events);
                        let (appended, written) = written.map_err(|error| not_applied(&error))?;
                        (Ok(appended), Some((written, time)))
                    }
                    Err(refused) => (Err(refused), None),
                }
            }
            // Some failures of SQLite roll the whole transaction back.
            Err(error) if self.connection.is_autocommit() => return Err(error),
            Err(error) => (Err(error), None),
        };
        self.group.written.push(written);
        Ok(answer)
    }

    fn write(
        &mut self,
        stream: &StreamId,
        first_revision: Revision,
        recorded_at: Instant,
        events: &[NewEvent],
    ) -> rusqlite::Result<(Appended, Written)> {
        let mut insertion = row::insertion(self.connection)?;
        let first_position = self.group.last.next();
        let mut head = StreamHead { revision: first_revision, position: first_position };
        for (offset, event) in (0..).zip(events) {
            head.revision = Revision(first_revision.0 + offset);
            head.position = Position(first_position.0 + offset);
            let row = EventRow {
                position: head.position,
                stream: stream.as_str(),
                revision: head.revision,
                event_type: &event.event_type,
                recorded_at: recorded_at.micros(),
                id: event.id.0.as_bytes(),
                metadata: &event.metadata,
                data: &event.data,
            };
            row.insert_by(&mut insertion)?;
            self.group.ids.insert(event.id, head.position);
        }
        self.group.heads.insert(stream.clone(), head);
        self.group.last = head.position;
        self.group.recorded_at = recorded_at;
        self.group.events += events.len();
        let ids = events.iter().map(|event| event.id).collect();
        let written = Written { stream: stream.clone(), first_revision, first_position, ids };
        Ok((Appended { revision: Some(head.revision), position: head.position, repeated: false }, written))
    }

    fn position_of(&self, id: EventId) -> Result<Option<Position>, AppendError> {
        #[cfg(feature = "seeded-bugs")]
        if seeded_bug::is_planted(SeededBug::ForgetRepetitions) {
            return Ok(None);
        }
        let in_memory = self.group.ids.get(&id).copied().or_else(|| self.tail.read().position_of(&id));
        match in_memory {
            Some(position) => Ok(Some(position)),
            None => self.index.position_of(id).map_err(|e| index_not_applied(&e)),
        }
    }
}

impl Ledger for GroupLedger<'_> {
    fn stream_head(&mut self, stream: &StreamId) -> Result<Option<StreamHead>, AppendError> {
        let pending = self.group.heads.get(stream).copied();
        let known = pending.or_else(|| self.heads.get(stream).copied());
        if let Some(head) = known.or_else(|| self.tail.read().stream_head(stream)) {
            return Ok(Some(head));
        }
        let head = self.index.stream_head(stream).map_err(|e| index_not_applied(&e))?;
        if let Some(head) = head {
            self.heads.put(stream.clone(), head);
        }
        Ok(head)
    }

    fn standing(&mut self, stream: &StreamId, event: &NewEvent) -> Result<Option<Standing>, AppendError> {
        let Some(position) = self.position_of(event.id)? else {
            return Ok(None);
        };
        match row::event_at(self.connection, position) {
            Ok(Some(found)) if found.id == event.id => Ok(Some(Standing::of(&found, stream, event))),
            Ok(_) => Err(unreadable(&ReadError::Corrupt {
                position,
                cause: "an index names another event".to_owned(),
            })),
            Err(error) => Err(unreadable(&error)),
        }
    }
}

fn unreadable(error: &ReadError) -> AppendError {
    AppendError::Unavailable { cause: error.to_string() }
}
