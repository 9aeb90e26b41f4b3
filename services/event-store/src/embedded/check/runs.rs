//! The runs of the index, in the order of their keys.

use std::sync::Arc;

use rapport_domain::envelope::{Position, Recorded, Revision};

use super::fault::LogFault;
use super::sum::Sum;
use super::{LogReport, PAGE_ENTRIES};
use crate::embedded::index;
use crate::embedded::log_file::LogFile;
use crate::embedded::runs::compaction::Merged;
use crate::embedded::runs::table::IndexError;
use crate::embedded::runs::{Entry, Run, lookup, stream_key};

/// The table of the runs' pages.
pub(super) const RUNS: &str = "index_pages";

/// Both entries of an event.
pub(super) fn entries_of(event: &Recorded) -> [Entry; 2] {
    let key = stream_key(&event.stream);
    [Entry::of_id(event.id, event.position), Entry::of_stream(key, event.revision, event.position)]
}

/// Goes through all entries of events after `from`, which are those that the tables do not hold, and compares them
/// with what the events say.
pub(super) fn check(log: &LogFile, runs: &[Arc<Run>], from: Position, said: Sum, report: &mut LogReport) {
    let (mut sum, mut last) = (Sum::default(), None);
    let walked = walk(log, runs, &mut |entry| {
        if entry.position <= from {
            return;
        }
        sum.add_entry(&entry);
        report.streams += u64::from(entry.ordinal == 0);
        follows(log, last.replace(entry), entry, from, report);
    });
    match walked {
        Err(error) => report.found(None, engine(&error)),
        Ok(()) if sum != said => name(log, runs, from, report),
        Ok(()) => {}
    }
}

/// Whether an id stands there once, and the revisions of a stream follow each other.
fn follows(log: &LogFile, before: Option<Entry>, entry: Entry, from: Position, report: &mut LogReport) {
    let before = before.filter(|before| before.key == entry.key);
    if entry.is_of_id() {
        let in_run = before.filter(Entry::is_of_id).map(|before| before.position);
        if let Some(other) = in_run.or_else(|| id_in_tables(log, &entry, from)) {
            report.found(Some(entry.position), LogFault::IdTwice { other });
        }
        return;
    }
    let before = match before.filter(|before| !before.is_of_id()) {
        Some(before) => Some((Revision(before.ordinal), before.position)),
        None => head_in_tables(log, &entry, from),
    };
    let expected = before.map_or(0, |(Revision(before), _)| before.wrapping_add(1));
    if entry.ordinal != expected || before.is_some_and(|(_, position)| position >= entry.position) {
        let before = before.map(|(revision, _)| revision);
        report.found(Some(entry.position), LogFault::Revision { before, found: Revision(entry.ordinal) });
    }
}

fn id_in_tables(log: &LogFile, entry: &Entry, tables_to: Position) -> Option<Position> {
    let event = (tables_to > Position::START).then(|| log.event_id_at(entry.position).ok().flatten())??;
    index::position_of(&log.connection, event).ok().flatten().filter(|other| *other != entry.position)
}

fn head_in_tables(log: &LogFile, entry: &Entry, tables_to: Position) -> Option<(Revision, Position)> {
    let event = (tables_to > Position::START).then(|| log.event_at(entry.position).ok().flatten())??;
    let head = index::head_up_to(&log.connection, &event.stream, tables_to).ok().flatten()?;
    Some((head.revision, head.position))
}

/// Names what does not agree, from the events to the index and back.
fn name(log: &LogFile, runs: &[Arc<Run>], from: Position, report: &mut LogReport) {
    let last = runs.last().map_or(from, |run| run.last);
    let mut next = from.next();
    while next <= last && !report.is_full() {
        let to = last.min(Position(next.0.saturating_add(PAGE_ENTRIES - 1)));
        let mut after = next;
        let read = log.visit(next, to, &mut |event| {
            after = event.position.next();
            if !is_indexed(log, runs, &event) {
                report.found(Some(event.position), LogFault::NotIndexed { index: RUNS });
            }
        });
        // A damaged event has been named already.
        next = if read.is_err() { after.next() } else { after };
    }
    let walked = walk(log, runs, &mut |entry| {
        let event = log.event_at(entry.position);
        let wrong = match &event {
            Ok(Some(event)) => !entries_of(event).contains(&entry),
            Ok(None) => true,
            Err(_named_already) => false,
        };
        if entry.position > from && wrong {
            report.found(Some(entry.position), LogFault::WrongEntry { index: RUNS });
        }
    });
    if let Err(error) = walked {
        report.found(None, engine(&error));
    }
}

fn is_indexed(log: &LogFile, runs: &[Arc<Run>], event: &Recorded) -> bool {
    let (revision, position) = (event.revision, event.position);
    let by_id = lookup::position_of(&log.connection, runs, event.id);
    let by_stream = lookup::positions(&log.connection, runs, &event.stream, revision, revision);
    by_id.is_ok_and(|found| found == Some(position))
        && by_stream.is_ok_and(|found| found.contains(&(revision, position)))
}

fn walk(log: &LogFile, runs: &[Arc<Run>], visit: &mut dyn FnMut(Entry)) -> Result<(), IndexError> {
    let mut merged = Merged::of(runs);
    while let Some(entry) = merged.next(&log.connection)? {
        visit(entry);
    }
    Ok(())
}

fn engine(error: &IndexError) -> LogFault {
    LogFault::Engine { says: error.to_string() }
}
