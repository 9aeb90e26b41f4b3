//! Everything that can be wrong with a log, looked for and named. Reads only; memory stays bounded whatever the log
//! has.
//!
//! [`rows`] goes through the events, [`indexes`] through both indexes in the order of their keys. Whether they agree is
//! told by sums over their entries that do not depend on the order; only where they differ, [`differences`] looks up
//! which entries it is. [`tail`] does the same for the events that the indexes do not hold yet.

mod differences;
mod fault;
mod indexes;
mod rows;
mod runs;
mod sum;
mod tail;

use std::sync::Arc;

use rapport_domain::envelope::{Position, Recorded};

use self::indexes::Walked;
use self::rows::Seen;
use super::index::Index;
use super::log_file::{Digest, LogFile};
use super::runs::indexed_to as runs_end;
use super::runs::table::{self, IndexError};
use super::schema;

pub use self::fault::{LogFault, LogFinding};

/// Findings that a report names; more of them are counted.
const FINDINGS_MAX: usize = 100;
/// Entries that are read at a time, so that no read lasts long while a server appends.
const PAGE_ENTRIES: u64 = 4_096;
/// Most events after those that the indexes hold that are looked into: their ids are kept in memory.
const TAIL_EVENTS_MAX: u64 = 1_000_000;

/// The last events that the parts of the index are said to hold.
#[derive(Debug, Clone, Copy)]
struct IndexedTo {
    by_tables: Position,
    by_runs: Position,
}

/// Looks at every event on the way, and is told how far the check is.
pub trait Inspector {
    /// What is wrong with the content of an event or with its keys, which the log itself does not know.
    fn inspect(&mut self, event: &Recorded) -> Option<LogFault>;
    /// So many of the log's events are checked.
    fn progress(&mut self, checked: Position);
}

/// What a check found.
#[derive(Debug)]
pub struct LogReport {
    /// Events that were read and are as they were written.
    pub events: u64,
    /// Streams that the index knows.
    pub streams: u64,
    /// Digest over all events; nothing where some cannot be read.
    pub digest: Option<Digest>,
    /// What is wrong, up to a hundred of them. Those about content are left out first.
    pub findings: Vec<LogFinding>,
    /// Findings beyond those.
    pub more: u64,
    /// What nobody can tell at the moment, and how to find out.
    pub not_judged: Vec<&'static str>,
}

/// Checks a log up to the event that was its last one when it was opened.
pub fn check_log(log: &LogFile, inspector: &mut dyn Inspector) -> LogReport {
    let mut report = LogReport {
        events: 0,
        streams: 0,
        digest: None,
        findings: Vec::new(),
        more: 0,
        not_judged: Vec::new(),
    };
    report.structure(log);
    let indexed_to = match schema::indexed_to(&log.connection) {
        Ok(indexed_to) if indexed_to > log.head() => {
            report.found(None, LogFault::IndexedTooFar { indexed_to });
            log.head()
        }
        Ok(indexed_to) => indexed_to,
        Err(error) => {
            report.found(None, LogFault::Engine { says: error.to_string() });
            return report;
        }
    };
    let index = match report.index(log, indexed_to) {
        Ok(index) => index,
        Err(error) => {
            report.found(None, LogFault::Engine { says: error.to_string() });
            return report;
        }
    };
    let indexed_to = IndexedTo { by_tables: indexed_to, by_runs: indexed_to.max(runs_end(&index.runs)) };
    let seen = rows::check(log, indexed_to, inspector, &mut report);
    let walked = indexes::check(log, indexed_to.by_tables, &mut report);
    report.compare(log, indexed_to.by_tables, &seen, walked);
    runs::check(log, &index.runs, indexed_to.by_tables, seen.in_runs, &mut report);
    report.compare_tail(&index, &seen);
    report
}

impl LogReport {
    /// What the engine and the declarations say. The engine's own check holds on to one state of the log for as long
    /// as it takes, and the write-ahead log would grow meanwhile: a log that is served is spared.
    fn structure(&mut self, log: &LogFile) {
        if log.is_served() {
            self.not_judged.push(
                "the pages of log.db that hold no event, and its write-ahead log, while a server has them open: stop it, or check a backup",
            );
        } else if let Err(error) = self.engine(log) {
            self.found(None, LogFault::Engine { says: error.to_string() });
        }
        if log.ends_in_a_torn_commit() {
            self.not_judged.push(
                "the last commit of log.db-wal, which is not whole: a crash cut it off before it was acknowledged, or it was damaged after",
            );
        }
        match schema::differing(&log.connection) {
            Ok(names) => names.into_iter().for_each(|name| self.found(None, LogFault::Declaration { name })),
            Err(error) => self.found(None, LogFault::Engine { says: error.to_string() }),
        }
        if !matches!(schema::log_id_is_sound(&log.connection), Ok(true)) {
            self.found(None, LogFault::Name);
        }
    }

    fn engine(&mut self, log: &LogFile) -> rusqlite::Result<()> {
        let mut statement = log.connection.prepare(&format!("PRAGMA integrity_check({FINDINGS_MAX})"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let says: String = row.get(0)?;
            if says != "ok" {
                self.found(None, LogFault::Engine { says: says.replace('\n', "; ") });
            }
        }
        Ok(())
    }

    /// The index; without its runs while a server has the log open, because it merges them meanwhile.
    fn index<'a>(&self, log: &'a LogFile, tables_to: Position) -> Result<Index<'a>, IndexError> {
        let runs = if log.is_served() { Vec::new() } else { table::runs(&log.connection)? };
        Ok(Index { connection: &log.connection, runs: Arc::new(runs), tables_to })
    }

    /// Whether events and indexes agree.
    fn compare(&mut self, log: &LogFile, indexed_to: Position, seen: &Seen, walked: Option<Walked>) {
        let Some(walked) = walked else { return };
        self.streams += walked.streams + seen.tail.new_streams();
        if walked.sums != seen.sums {
            differences::name(log, indexed_to, self);
        }
    }

    /// Whether the newest events go on where the index ends.
    fn compare_tail(&mut self, index: &Index<'_>, seen: &Seen) {
        if seen.tail.is_too_long() {
            self.not_judged.push(
                "whether ids and revisions of the newest events are unique, because the indexes lag far behind: start the server, let it index them, and check again",
            );
        } else {
            seen.tail.check(index, self);
        }
    }

    /// Notes a finding. One that goes on at the next position becomes a part of the one before.
    fn found(&mut self, position: Option<Position>, fault: LogFault) {
        if let (Some(last), Some(position)) = (self.findings.last_mut(), position)
            && last.to.is_some_and(|to| to.next() == position)
            && last.fault == fault
        {
            last.to = Some(position);
            return;
        }
        let finding = LogFinding { from: position, to: position, fault };
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
            return;
        }
        self.more += 1;
        // What was damaged is named before what cannot be understood.
        if !finding.is_content()
            && let Some(place) = self.findings.iter().rposition(LogFinding::is_content)
        {
            self.findings.remove(place);
            self.findings.push(finding);
        }
    }

    fn is_full(&self) -> bool {
        self.findings.len() >= FINDINGS_MAX && !self.findings.iter().any(LogFinding::is_content)
    }
}
