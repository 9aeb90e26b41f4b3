//! Which events and index entries do not agree, once it is known that some do not. Looks up one by one.

use rapport_domain::envelope::{EventId, Position, Recorded};

use super::fault::LogFault;
use super::indexes::{IDS, STREAMS, names_id, names_stream, walk_ids, walk_streams};
use super::{LogReport, PAGE_ENTRIES};
use crate::embedded::index;
use crate::embedded::log_file::LogFile;

/// Names them, from the events to the indexes and back. Ends where a report is full.
pub(super) fn name(log: &LogFile, indexed_to: Position, report: &mut LogReport) {
    let mut next = Position(1);
    while next <= indexed_to && !report.is_full() {
        let to = indexed_to.min(Position(next.0.saturating_add(PAGE_ENTRIES - 1)));
        let mut after = next;
        let read = log.visit(next, to, &mut |event| {
            after = event.position.next();
            look_up(log, &event, report);
        });
        // A damaged event has been named already.
        next = if read.is_err() { after.next() } else { after };
    }
    let mut wrong = |position, index| report.found(Some(position), LogFault::WrongEntry { index });
    let streams = walk_streams(&log.connection, &mut |entry| {
        if entry.position <= indexed_to && !names_stream(&log.connection, &entry) {
            wrong(entry.position, STREAMS);
        }
    });
    let ids = walk_ids(&log.connection, &mut |entry| {
        if entry.position <= indexed_to && !names_id(&log.connection, &entry) {
            wrong(entry.position, IDS);
        }
    });
    [streams, ids].into_iter().filter_map(Result::err).for_each(|stopped| report.found(None, stopped));
}

fn look_up(log: &LogFile, event: &Recorded, report: &mut LogReport) {
    let found = index::positions(&log.connection, &event.stream, event.revision, event.revision);
    if found.map(|found| found.first().map(|(_, position)| *position)) != Ok(Some(event.position)) {
        report.found(Some(event.position), LogFault::NotIndexed { index: STREAMS });
    }
    match index::position_of(&log.connection, event.id) {
        Ok(Some(position)) if position == event.position => {}
        Ok(Some(other)) if has_id(log, other, event.id) => {
            report.found(Some(event.position), LogFault::IdTwice { other });
        }
        Ok(_) | Err(_) => report.found(Some(event.position), LogFault::NotIndexed { index: IDS }),
    }
}

fn has_id(log: &LogFile, position: Position, id: EventId) -> bool {
    matches!(log.event_id_at(position), Ok(Some(found)) if found == id)
}
