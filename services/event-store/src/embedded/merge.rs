//! Moves the tail into the indexes on disk, a slice at a time, in the order of the keys.
//!
//! By key, every index page is written about once per merge. A crash in between leaves entries that the next merge
//! meets again and keeps; `indexed_to` moves only with the last slice.

use std::sync::Arc;

use parking_lot::RwLock;
use rapport_domain::envelope::EventId;
use rusqlite::{Connection, TransactionBehavior};

use super::error::not_applied;
use super::tail::{Generation, StreamEntry, Tail};
use super::{index, schema};
use crate::port::AppendError;

/// Entries that a slice adds to an index, at least; fewer only when the interval itself is shorter.
const SLICE_ENTRIES_MIN: usize = 1_000;
/// Entries that a slice adds per event that came in since the last one. Every event has two entries, so that a
/// merge ends before the next one is due.
const SLICE_ENTRIES_PER_EVENT: usize = 3;
/// The tail may grow to so many intervals while it cannot be merged; then the log takes no more.
const TAIL_INTERVALS_MAX: usize = 4;

/// Decides when the tail is merged, and does it.
#[derive(Debug)]
pub(super) struct Merger {
    interval: usize,
    under_way: Option<Merge>,
    fresh_seen: usize,
    /// Why the last slice failed. It is tried again after the next commit.
    stalled: Option<AppendError>,
}

/// A merge under way.
#[derive(Debug)]
struct Merge {
    generation: Arc<Generation>,
    done: Progress,
}

/// What has been merged.
#[derive(Debug)]
enum Progress {
    Streams(Option<StreamEntry>),
    Ids(Option<EventId>),
    Everything,
}

impl Merger {
    /// Merges whenever the tail has grown by `interval` events.
    pub(super) fn new(interval: usize) -> Self {
        Self { interval: interval.max(1), under_way: None, fresh_seen: 0, stalled: None }
    }

    /// Whether a slice could be merged now.
    pub(super) fn has_work(&self, tail: &RwLock<Tail>) -> bool {
        self.stalled.is_none() && (self.under_way.is_some() || tail.read().fresh_len() >= self.interval)
    }

    /// Merges a slice, if there is anything to merge.
    pub(super) fn step(&mut self, connection: &mut Connection, tail: &RwLock<Tail>) {
        let fresh = tail.read().fresh_len();
        let grown = fresh.saturating_sub(self.fresh_seen);
        self.fresh_seen = fresh;
        if self.under_way.is_none() && fresh >= self.interval {
            self.under_way = tail.write().freeze().map(Merge::of);
            self.fresh_seen = 0;
        }
        let Some(merge) = &mut self.under_way else {
            return;
        };
        let entries = SLICE_ENTRIES_MIN.min(self.interval).max(grown * SLICE_ENTRIES_PER_EVENT);
        let slice = merge.slice(connection, entries);
        if let Err(error) = &slice {
            tracing::warn!(%error, "the indexes of the log could not be extended");
        }
        self.stalled = slice.err().map(|error| not_applied(&error));
        if matches!(merge.done, Progress::Everything) {
            self.under_way = None;
            let forgotten = tail.write().forget_frozen();
            drop(forgotten);
        }
    }

    /// Refuses appends while the tail cannot be merged and has grown too long to be kept in memory.
    pub(super) fn make_room(
        &mut self,
        connection: &mut Connection,
        tail: &RwLock<Tail>,
    ) -> Result<(), AppendError> {
        if self.stalled.is_some() && tail.read().fresh_len() >= self.interval * TAIL_INTERVALS_MAX {
            self.step(connection, tail);
            return self.stalled.clone().map_or(Ok(()), Err);
        }
        Ok(())
    }
}

impl Merge {
    fn of(generation: Arc<Generation>) -> Self {
        Self { generation, done: Progress::Streams(None) }
    }

    /// Merges up to `entries` more in one transaction. After an error the same slice can be tried again.
    fn slice(&mut self, connection: &mut Connection, entries: usize) -> rusqlite::Result<()> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = self.write(&transaction, entries)?;
        transaction.commit()?;
        self.done = done;
        Ok(())
    }

    fn write(&self, connection: &Connection, limit: usize) -> rusqlite::Result<Progress> {
        Ok(match &self.done {
            Progress::Streams(after) => {
                let entries = self.generation.stream_entries(after.as_ref(), limit);
                index::add_streams(connection, &entries)?;
                if entries.len() == limit {
                    Progress::Streams(entries.into_iter().next_back())
                } else {
                    Progress::Ids(None)
                }
            }
            Progress::Ids(after) => {
                let entries = self.generation.id_entries(*after, limit);
                index::add_ids(connection, &entries)?;
                if entries.len() == limit {
                    Progress::Ids(entries.last().map(|(id, _)| *id))
                } else {
                    schema::set_indexed_to(connection, self.generation.last())?;
                    Progress::Everything
                }
            }
            Progress::Everything => Progress::Everything,
        })
    }
}
