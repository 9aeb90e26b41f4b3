//! The events after those that the indexes hold: what the indexes guarantee of the others is looked for in memory.

use std::collections::HashMap;

use rapport_domain::envelope::{EventId, Position, Recorded, Revision, StreamId};

use super::fault::LogFault;
use super::{LogReport, TAIL_EVENTS_MAX};
use crate::embedded::index::{Index, head_up_to};
use crate::embedded::runs::lookup;
use crate::embedded::runs::table::IndexError;

/// What is remembered of them.
#[derive(Default)]
pub(super) struct Tail {
    events: u64,
    streams: HashMap<StreamId, Run>,
    ids: HashMap<EventId, Position>,
}

/// The events of one stream.
struct Run {
    first: Revision,
    first_position: Position,
    last: Revision,
}

impl Tail {
    pub(super) fn is_too_long(&self) -> bool {
        self.events > TAIL_EVENTS_MAX
    }

    pub(super) fn take_in(&mut self, event: &Recorded, report: &mut LogReport) {
        self.events += 1;
        if self.is_too_long() {
            return;
        }
        let found = event.revision;
        if let Some(other) = self.ids.insert(event.id, event.position) {
            report.found(Some(event.position), LogFault::IdTwice { other });
        }
        match self.streams.get_mut(&event.stream) {
            Some(run) => {
                if found.0 != run.last.0.wrapping_add(1) {
                    let before = Some(run.last);
                    report.found(Some(event.position), LogFault::Revision { before, found });
                }
                run.last = found;
            }
            None => {
                let run = Run { first: found, first_position: event.position, last: found };
                self.streams.insert(event.stream.clone(), run);
            }
        }
    }

    /// Streams that have no event before the tail.
    pub(super) fn new_streams(&self) -> u64 {
        self.streams.values().filter(|run| run.first == Revision(0)).count() as u64
    }

    /// Whether every stream goes on where the index ends, and no id stands in the index already.
    pub(super) fn check(&self, index: &Index<'_>, report: &mut LogReport) {
        for (stream, run) in &self.streams {
            match indexed_head(index, stream) {
                Ok(before) if run.first.0 == before.map_or(0, |before| before.0.wrapping_add(1)) => {}
                Ok(before) => {
                    let fault = LogFault::Revision { before, found: run.first };
                    report.found(Some(run.first_position), fault);
                }
                Err(error) => return report.found(None, LogFault::Engine { says: error.to_string() }),
            }
        }
        for (id, position) in &self.ids {
            match index.position_of(*id) {
                Ok(Some(other)) if other != *position => {
                    report.found(Some(*position), LogFault::IdTwice { other });
                }
                Ok(_) => {}
                Err(error) => return report.found(None, LogFault::Engine { says: error.to_string() }),
            }
        }
    }
}

/// The last revision of a stream that the index holds for certain.
fn indexed_head(index: &Index<'_>, stream: &StreamId) -> Result<Option<Revision>, IndexError> {
    let in_runs = lookup::stream_head(index.connection, &index.runs, stream)?;
    let head = match in_runs {
        None => head_up_to(index.connection, stream, index.tables_to)?,
        found => found,
    };
    Ok(head.map(|head| head.revision))
}
