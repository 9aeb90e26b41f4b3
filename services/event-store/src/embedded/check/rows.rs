//! The events, from the first to the last.

use rapport_domain::envelope::{Position, Recorded};
use rapport_domain::value::Instant;

use super::fault::LogFault;
use super::runs::entries_of;
use super::sum::{Sum, Sums};
use super::tail::Tail;
use super::{IndexedTo, Inspector, LogReport, PAGE_ENTRIES};
use crate::embedded::log_file::{Digest, LogFile};
use crate::port::ReadError;

/// What the indexes have to agree with.
pub(super) struct Seen {
    /// Over the events that the indexes are said to hold.
    pub(super) sums: Sums,
    /// Over the events after those that the runs of the index are over.
    pub(super) in_runs: Sum,
    /// The events after those.
    pub(super) tail: Tail,
}

/// Reads every event. One that is damaged is named and passed over.
pub(super) fn check(
    log: &LogFile,
    indexed_to: IndexedTo,
    inspector: &mut dyn Inspector,
    report: &mut LogReport,
) -> Seen {
    let mut seen = Seen { sums: Sums::default(), in_runs: Sum::default(), tail: Tail::default() };
    let (mut digest, mut time) = (Digest::EMPTY, Instant::MIN);
    let mut next = Position(1);
    while next <= log.head() {
        let to = log.head().min(Position(next.0.saturating_add(PAGE_ENTRIES - 1)));
        let mut after = next;
        let read = log.visit(next, to, &mut |event| {
            after = event.position.next();
            digest = digest.and(&event);
            report.events += 1;
            if event.recorded_at < time {
                report.found(Some(event.position), LogFault::Time);
            }
            time = time.max(event.recorded_at);
            if let Some(fault) = inspector.inspect(&event) {
                report.found(Some(event.position), fault);
            }
            seen.take_in(indexed_to, &event, report);
        });
        next = after;
        if let Err(error) = read {
            let ReadError::Corrupt { cause, .. } = error else {
                report.found(None, LogFault::Engine { says: error.to_string() });
                break;
            };
            report.found(Some(next), LogFault::Event { cause });
            next = next.next();
        }
        inspector.progress(Position(next.0 - 1));
    }
    report.digest = (report.events == log.head().0).then_some(digest);
    seen
}

impl Seen {
    fn take_in(&mut self, indexed_to: IndexedTo, event: &Recorded, report: &mut LogReport) {
        if event.position <= indexed_to.by_tables {
            self.sums.add_stream(event.stream.as_str(), event.revision.0.cast_signed(), event.position);
            self.sums.add_id(event.id.0.as_bytes(), event.position);
        } else if event.position <= indexed_to.by_runs {
            entries_of(event).iter().for_each(|entry| self.in_runs.add_entry(entry));
        } else {
            self.tail.take_in(event, report);
        }
    }
}
