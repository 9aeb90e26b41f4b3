//! Moves a generation of the tail into the indexes on disk, a slice at a time, in the order of the keys.
//!
//! By key, every index page is written about once per merge. A crash in between leaves entries that the next merge
//! meets again and keeps; `indexed_to` moves only with the last slice.

use std::sync::Arc;

use rapport_domain::envelope::EventId;
use rusqlite::{Connection, TransactionBehavior};

use super::tail::{Generation, StreamEntry};
use super::{index, schema};

/// A merge under way.
#[derive(Debug)]
pub(super) struct Merge {
    generation: Arc<Generation>,
    done: Progress,
}

/// What has been merged.
#[derive(Debug, Clone)]
enum Progress {
    Streams(Option<StreamEntry>),
    Ids(Option<EventId>),
    Everything,
}

impl Merge {
    pub(super) fn of(generation: Arc<Generation>) -> Self {
        Self { generation, done: Progress::Streams(None) }
    }

    /// Whether the indexes hold the whole generation.
    pub(super) fn is_finished(&self) -> bool {
        matches!(self.done, Progress::Everything)
    }

    /// Merges up to `rows` more entries in one transaction. After an error the same slice can be tried again.
    ///
    /// The transaction is not forced to disk: what a crash takes away is merged again at the next start, and
    /// the next append's commit makes it durable.
    pub(super) fn slice(&mut self, connection: &mut Connection, rows: usize) -> rusqlite::Result<()> {
        connection.prepare_cached("PRAGMA synchronous = NORMAL")?.execute([])?;
        let done = self.write(connection, rows);
        connection.prepare_cached("PRAGMA synchronous = FULL")?.execute([])?;
        self.done = done?;
        Ok(())
    }

    fn write(&self, connection: &mut Connection, rows: usize) -> rusqlite::Result<Progress> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = match &self.done {
            Progress::Streams(after) => {
                let entries = self.generation.stream_entries(after.as_ref(), rows);
                index::add_streams(&transaction, &entries)?;
                let more = entries.len() == rows;
                if more { Progress::Streams(entries.into_iter().next_back()) } else { Progress::Ids(None) }
            }
            Progress::Ids(after) => {
                let entries = self.generation.id_entries(*after, rows);
                index::add_ids(&transaction, &entries)?;
                if entries.len() == rows {
                    Progress::Ids(entries.last().map(|(id, _)| *id))
                } else {
                    schema::set_indexed_to(&transaction, self.generation.last())?;
                    Progress::Everything
                }
            }
            Progress::Everything => Progress::Everything,
        };
        transaction.commit()?;
        Ok(done)
    }
}
