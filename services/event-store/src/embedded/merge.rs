//! Moves the tail into the index on disk, and merges the runs of the index, a slice at a time.
//!
//! A slice is a transaction of its own. A crash in between leaves pages that no run has; the next start takes them out
//! and begins the run anew.

use std::sync::Arc;
use std::vec::IntoIter;

use rapport_domain::envelope::Position;
use rapport_write_ahead::is_unforced;
use rusqlite::{Connection, TransactionBehavior};

use super::error::not_applied;
use super::runs::build::{Builder, Page};
use super::runs::compaction::{self, Merged};
use super::runs::table::{self, IndexError};
use super::runs::{Entry, Run};
use super::shared::Shared;
use super::tail::Generation;
use crate::port::AppendError;

/// Entries that a slice writes, at least: a transaction for fewer would cost more than what it writes.
const SLICE_ENTRIES_MIN: usize = 8_000;
/// Entries that may be written for every event that came in. An event has two, and each is written again whenever
/// its run is merged: about once for every factor of eight by which the log has grown.
const ENTRIES_PER_EVENT: usize = 16;
/// Pages of a run that was replaced which a slice takes out.
const SLICE_PAGES_REMOVED: u32 = 64;
/// The tail may grow to so many intervals while it cannot be merged; then the log takes no more.
const TAIL_INTERVALS_MAX: usize = 4;

/// Decides when the tail is merged and when runs are, and does it.
#[derive(Debug)]
pub(super) struct Merger {
    interval: usize,
    next_run: u32,
    /// The tail on its way to disk.
    flush: Option<Work>,
    /// Runs on their way into a larger one.
    compaction: Option<Work>,
    retired: Vec<Retired>,
    fresh_seen: usize,
    credit: usize,
    /// Why the last slice failed. It is tried again after the next commit.
    stalled: Option<AppendError>,
    /// A slice that could not be forced to disk.
    unforced: Option<String>,
    /// Runs cannot be merged, because one is damaged. The log goes on, and is read a little slower.
    is_damaged: bool,
}

/// A run that is being written.
#[derive(Debug)]
struct Work {
    entries: Entries,
    builder: Option<Builder>,
    level: u32,
    first: Position,
    last: Position,
    /// Runs whose place it takes.
    replaces: Vec<Arc<Run>>,
    /// Made, and not on disk yet.
    pages: Vec<Page>,
    run: Option<Run>,
}

#[derive(Debug)]
enum Entries {
    OfTail(IntoIter<Entry>),
    OfRuns(Merged),
}

/// A run that is not in the index any more. Its pages go when nobody reads it.
#[derive(Debug)]
struct Retired {
    number: u32,
    /// None: nobody ever read it.
    run: Option<Arc<Run>>,
    next_page: u32,
    pages: u32,
}

impl Merger {
    /// Merges whenever the tail has grown by `interval` events. `leftovers` are pages of runs that were not finished.
    pub(super) fn new(interval: usize, runs: &[Arc<Run>], leftovers: Vec<(u32, u32)>) -> Self {
        let known = runs.iter().map(|run| run.number).chain(leftovers.iter().map(|(number, _)| *number));
        let next_run = known.max().map_or(1, |number| number + 1);
        let retired = leftovers
            .into_iter()
            .map(|(number, pages)| Retired { number, run: None, next_page: 0, pages })
            .collect();
        Self {
            interval: interval.max(1),
            next_run,
            flush: None,
            compaction: None,
            retired,
            fresh_seen: 0,
            credit: 0,
            stalled: None,
            unforced: None,
            is_damaged: false,
        }
    }

    /// Whether a slice could be written now.
    pub(super) fn has_work(&self, shared: &Shared) -> bool {
        self.stalled.is_none()
            && (self.flush.is_some()
                || self.compaction.is_some()
                || shared.tail.read().fresh_len() >= self.interval
                || self.retired.iter().any(Retired::is_free)
                || self.compaction_is_due(shared))
    }

    fn compaction_is_due(&self, shared: &Shared) -> bool {
        !self.is_damaged && compaction::due(&shared.runs()).is_some()
    }

    /// After a commit: writes a slice once enough events have come in.
    pub(super) fn after_commit(&mut self, connection: &mut Connection, shared: &Shared) {
        let fresh = shared.tail.read().fresh_len();
        self.credit += fresh.saturating_sub(self.fresh_seen) * ENTRIES_PER_EVENT;
        self.fresh_seen = fresh;
        if self.credit >= SLICE_ENTRIES_MIN.min(self.interval) {
            self.step(connection, shared);
        }
    }

    /// Writes a slice, if there is anything to write.
    pub(super) fn step(&mut self, connection: &mut Connection, shared: &Shared) {
        let entries = self.credit.max(SLICE_ENTRIES_MIN);
        self.credit = 0;
        self.begin(shared);
        let written = if let Some(work) = &mut self.flush {
            work.slice(connection, entries)
        } else if let Some(work) = &mut self.compaction {
            work.slice(connection, entries)
        } else {
            self.remove_pages(connection).map_err(IndexError::from).map(|()| false)
        };
        self.stalled = None;
        match written {
            Ok(true) => self.publish(shared),
            Ok(false) => {}
            Err(IndexError::Engine(error)) => {
                tracing::warn!(%error, "the index of the log could not be extended");
                self.unforced = is_unforced(&error).then(|| error.to_string());
                self.stalled = Some(not_applied(&error));
            }
            Err(error @ IndexError::Damaged { .. }) => {
                tracing::error!(%error, "runs of the index cannot be merged any more");
                self.is_damaged = true;
                self.compaction = None;
            }
        }
    }

    /// Takes up what is due.
    fn begin(&mut self, shared: &Shared) {
        if self.flush.is_none() && shared.tail.read().fresh_len() >= self.interval {
            let generation = shared.tail.write().freeze();
            self.flush = generation.map(|generation| Work::flush(self.next_run, &generation));
            self.next_run += 1;
            self.fresh_seen = 0;
        }
        if self.flush.is_none() && self.compaction.is_none() && !self.is_damaged {
            self.compaction = compaction::due(&shared.runs()).map(|runs| Work::merge(self.next_run, runs));
            self.next_run += u32::from(self.compaction.is_some());
        }
    }

    /// What is on disk now is what readers use from here on. They find every event all the time: the new run is there
    /// before the tail or the runs that it stands for go.
    fn publish(&mut self, shared: &Shared) {
        let from_tail = self.flush.as_ref().is_some_and(|work| work.run.is_some());
        let work = if from_tail { self.flush.take() } else { self.compaction.take() };
        let Some(Work { run: Some(run), replaces, .. }) = work else { return };
        shared.replace_runs(&replaces, Arc::new(run));
        self.retired.extend(replaces.into_iter().map(Retired::of));
        if from_tail {
            let forgotten = shared.tail.write().forget_frozen();
            drop(forgotten);
        }
    }

    fn remove_pages(&mut self, connection: &mut Connection) -> rusqlite::Result<()> {
        let Some(retired) = self.retired.iter_mut().find(|retired| retired.is_free()) else { return Ok(()) };
        let to = retired.next_page.saturating_add(SLICE_PAGES_REMOVED);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        table::remove_pages(&transaction, retired.number, retired.next_page..to)?;
        transaction.commit()?;
        retired.next_page = to;
        self.retired.retain(|retired| retired.next_page < retired.pages);
        Ok(())
    }

    /// What could not be forced to disk, if the last slice could not.
    pub(super) fn unforced(&self) -> Option<String> {
        self.unforced.clone()
    }

    /// Refuses appends while the tail cannot be merged and has grown too long to be kept in memory.
    pub(super) fn make_room(
        &mut self,
        connection: &mut Connection,
        shared: &Shared,
    ) -> Result<(), AppendError> {
        if self.stalled.is_some() && shared.tail.read().fresh_len() >= self.interval * TAIL_INTERVALS_MAX {
            self.step(connection, shared);
            return self.stalled.clone().map_or(Ok(()), Err);
        }
        Ok(())
    }
}

impl Work {
    fn flush(number: u32, generation: &Arc<Generation>) -> Self {
        let entries = generation.entries();
        Self {
            builder: Some(Builder::new(number, entries.len() as u64)),
            entries: Entries::OfTail(entries.into_iter()),
            level: 0,
            first: generation.first(),
            last: generation.last(),
            replaces: Vec::new(),
            pages: Vec::new(),
            run: None,
        }
    }

    fn merge(number: u32, runs: Vec<Arc<Run>>) -> Self {
        let edge = |run: Option<&Arc<Run>>, position: fn(&Run) -> Position| {
            run.map_or(Position::START, |run| position(run))
        };
        Self {
            builder: Some(Builder::new(number, runs.iter().map(|run| run.keys).sum())),
            entries: Entries::OfRuns(Merged::of(&runs)),
            level: runs.iter().map(|run| run.level + 1).max().unwrap_or(0),
            first: edge(runs.first(), |run| run.first),
            last: edge(runs.last(), |run| run.last),
            replaces: runs,
            pages: Vec::new(),
            run: None,
        }
    }

    /// Writes up to `entries` more; whether the run is complete. After a failure of the engine the same slice can be
    /// tried again.
    fn slice(&mut self, connection: &mut Connection, entries: usize) -> Result<bool, IndexError> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if self.pages.is_empty() && self.run.is_none() {
            self.make(&transaction, entries)?;
        }
        self.pages.iter().try_for_each(|page| table::add_page(&transaction, page))?;
        if let Some(run) = &self.run {
            self.replaces.iter().try_for_each(|run| table::remove_run(&transaction, run.number))?;
            table::add_run(&transaction, run)?;
        }
        transaction.commit()?;
        self.pages.clear();
        Ok(self.run.is_some())
    }

    fn make(&mut self, connection: &Connection, entries: usize) -> Result<(), IndexError> {
        let Some(builder) = &mut self.builder else { return Ok(()) };
        for _ in 0..entries {
            let Some(entry) = self.entries.next(connection)? else {
                if let Some(builder) = self.builder.take() {
                    let (page, run) = builder.finish(self.level, self.first, self.last);
                    self.pages.extend(page);
                    self.run = Some(run);
                }
                return Ok(());
            };
            self.pages.extend(builder.add(&entry));
        }
        Ok(())
    }
}

impl Entries {
    fn next(&mut self, connection: &Connection) -> Result<Option<Entry>, IndexError> {
        match self {
            Self::OfTail(entries) => Ok(entries.next()),
            Self::OfRuns(merged) => merged.next(connection),
        }
    }
}

impl Retired {
    fn of(run: Arc<Run>) -> Self {
        let pages = u32::try_from(run.fences.len()).unwrap_or(u32::MAX);
        Self { number: run.number, run: Some(run), next_page: 0, pages }
    }

    /// Whether nobody can read it any more: what readers hold on to is a list that it is not in.
    fn is_free(&self) -> bool {
        self.run.as_ref().is_none_or(|run| Arc::strong_count(run) == 1)
    }
}
