//! The index of the log on disk: which event has an id, and which events a stream has.
//!
//! It is a row of runs, each over a stretch of the log, oldest first. A run is written once, in the order of its keys,
//! and never changed, so that indexing an event costs the same however long the log is; neighbours of one size are
//! merged into a larger one. What a run has not is told by its filter in memory, without reading: most ids that are
//! asked for are new. A run can be made again from the events that it is over.
//!
//! [`entry`] for what is stored, [`filter`] and [`build`] for how, [`lookup`] for reading, [`compaction`] for merging.

pub(super) mod build;
pub(super) mod compaction;
mod entry;
mod filter;
pub(super) mod lookup;
pub(super) mod table;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use rapport_domain::envelope::Position;

pub(super) use entry::{Entry, Key, Ordinal, id_key, stream_key};
pub(super) use filter::Filter;

/// Entries of a page: as many as fit one page of the file, with what surrounds them.
pub(super) const PAGE_ENTRIES: usize = 250;

/// A run, as it is kept in memory: what it is over, and how to find a page of it.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) number: u32,
    pub(super) level: u32,
    /// The first and the last event that it is over.
    pub(super) first: Position,
    pub(super) last: Position,
    /// The first entry of every page.
    pub(super) fences: Vec<(Key, Ordinal)>,
    /// The keys that it may have.
    pub(super) filter: Filter,
    /// Different keys.
    pub(super) keys: u64,
}

/// All runs, oldest first, without a hole between them. A reader holds on to the ones that it began with; their pages
/// stay for so long.
pub(super) type Runs = Arc<Vec<Arc<Run>>>;

/// The last event that the runs are over; the start where there is none.
pub(super) fn indexed_to(runs: &[Arc<Run>]) -> Position {
    runs.last().map_or(Position::START, |run| run.last)
}
