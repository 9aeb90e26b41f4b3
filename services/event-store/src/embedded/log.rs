//! The log as its writer holds it: commits groups of appends and keeps the indexes and the write-ahead log in bounds.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant as Stopwatch;

use rapport_domain::envelope::Position;
use rapport_domain::value::Instant;
use rapport_write_ahead::Checkpointer;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::error::{is_full, not_applied};
use super::group::{Group, GroupLedger, StreamHeads};
use super::index::Index;
use super::lock::DirectoryLock;
use super::merge::Merger;
use super::options::EmbeddedOptions;
use super::schema::PAGE_BYTES;
use super::shared::Shared;
use super::writer::{Answers, Queued};
use crate::clock::Clock;
use crate::metrics::AppendMetrics;
use crate::port::AppendError;
#[cfg(feature = "seeded-bugs")]
use crate::seeded_bug::{self, SeededBug};

/// No limit but that of the disk.
pub(super) const UNLIMITED: u64 = u64::MAX;
/// Most pages that SQLite can count.
const PAGES_MAX: u64 = 4_294_967_294;

/// The last event of a log.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub(super) position: Position,
    pub(super) recorded_at: Instant,
}

/// The writer's log.
pub(super) struct Log {
    pub(super) connection: Connection,
    pub(super) shared: Arc<Shared>,
    pub(super) checkpointer: Checkpointer,
    pub(super) merger: Merger,
    pub(super) metrics: AppendMetrics,
    pub(super) clock: Clock,
    pub(super) heads: StreamHeads,
    pub(super) end: End,
    pub(super) limit: SizeLimit,
    /// What failed, once the state of the log on disk is unknown.
    pub(super) broken: Option<String>,
    pub(super) _lock: Arc<DirectoryLock>,
}

/// How large the log file may grow.
#[derive(Debug)]
pub(super) struct SizeLimit {
    wanted: Arc<AtomicU64>,
    applied: u64,
}

/// What became of a group: answers for everything that was queued, or one failure for all of it.
///
/// On a failure nobody is told anything else, not even an append that was refused: it may have been refused
/// because of one that was then not written.
pub(super) type GroupAnswer = Result<Vec<Answers>, AppendError>;

impl Log {
    /// Commits the appends that can be, all in one transaction, and answers each.
    pub(super) fn append(&mut self, queued: &mut [Queued]) -> GroupAnswer {
        self.stop_after_unforced();
        if let Some(cause) = &self.broken {
            return Err(AppendError::ReadOnly { cause: cause.clone() });
        }
        self.limit.apply(&self.connection).map_err(|e| not_applied(&e))?;
        self.merger.make_room(&mut self.connection, &self.shared)?;
        let begun = Stopwatch::now();
        let now = self.clock.not_before(self.end.recorded_at);
        let committed = self.commit(queued, now);
        if !self.connection.is_autocommit() {
            self.broken.get_or_insert_with(|| "a transaction could not be rolled back".to_owned());
        }
        #[cfg(feature = "seeded-bugs")]
        if seeded_bug::is_planted(SeededBug::CarryOn) {
            self.broken = None;
        }
        if self.broken.is_some() {
            self.metrics.ended_writing();
        }
        let (group, answers) = committed?;
        if group.events() > 0 {
            self.metrics.committed(group.events(), begun.elapsed());
            self.end = group.end();
            group.publish(queued, &self.shared, &mut self.heads);
            self.shared.advance(self.end.position);
        }
        Ok(answers)
    }

    fn commit(&mut self, queued: &[Queued], now: Instant) -> Result<(Group, Vec<Answers>), AppendError> {
        let mut group = Group::after(self.end, now);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|e| not_applied(&e))?;
        let mut ledger = GroupLedger {
            connection: &transaction,
            index: Index {
                connection: &transaction,
                runs: self.shared.runs(),
                tables_to: self.shared.tables_to,
            },
            tail: &self.shared.tail,
            heads: &mut self.heads,
            group: &mut group,
        };
        let mut answers = Vec::with_capacity(queued.len());
        for Queued { appends, .. } in queued {
            answers.push(ledger.add_in_turn(appends)?);
        }
        if group.events() > 0 {
            finish(transaction).inspect_err(|error| self.broken = cause_of_doubt(error))?;
        }
        Ok((group, answers))
    }

    /// Wakes those who follow the log: after the callers have their answers, so that nobody waits for a follower's work.
    pub(super) fn announce(&self) {
        self.shared.announce();
    }

    /// Whether the indexes lag behind and something can be done about it.
    pub(super) fn is_untidy(&self) -> bool {
        self.broken.is_none() && self.merger.has_work(&self.shared)
    }

    /// After a group: the share of the work that it leaves behind.
    pub(super) fn after_group(&mut self) {
        self.work(Merger::after_commit);
    }

    /// A slice of the work that appends leave behind, while there are none.
    pub(super) fn tidy(&mut self) {
        self.work(Merger::step);
    }

    fn work(&mut self, merge: fn(&mut Merger, &mut Connection, &Shared)) {
        if self.broken.is_some() {
            return;
        }
        merge(&mut self.merger, &mut self.connection, &self.shared);
        self.stop_after_unforced();
        if self.broken.is_none() {
            self.checkpointer.after_commit(&self.connection);
        }
    }

    /// Ends writing when a merge or a checkpoint could not be forced to disk: what else is gone nobody knows.
    fn stop_after_unforced(&mut self) {
        #[cfg(feature = "seeded-bugs")]
        if seeded_bug::is_planted(SeededBug::CarryOn) {
            return;
        }
        let unforced = self.merger.unforced().or_else(|| self.checkpointer.unforced());
        if self.broken.is_none() && unforced.is_some() {
            self.broken = unforced;
            self.metrics.ended_writing();
        }
    }

    /// Copies everything into the log file and sends the readers away. Where writing has ended, the write-ahead log
    /// stays as it is: it may hold the only copy that is on disk, and the next start copies all of it again.
    pub(super) fn finish(mut self) {
        if self.broken.is_some() {
            self.checkpointer.abandon(&self.connection);
        } else {
            self.checkpointer.finish(&self.connection);
        }
        self.shared.close();
    }
}

/// Forces the group to disk. A full disk is noticed before the commit is complete, so that nothing is written;
/// after any other failure nobody knows what the disk holds.
fn finish(transaction: Transaction<'_>) -> Result<(), AppendError> {
    transaction.commit().map_err(|error| {
        if is_full(&error) {
            AppendError::StorageFull
        } else {
            AppendError::OutcomeUnknown { cause: error.to_string() }
        }
    })
}

fn cause_of_doubt(error: &AppendError) -> Option<String> {
    if let AppendError::OutcomeUnknown { cause } = error { Some(cause.clone()) } else { None }
}

/// The cache of stream heads.
pub(super) fn stream_heads(options: &EmbeddedOptions) -> StreamHeads {
    StreamHeads::new(NonZeroUsize::new(options.stream_heads).unwrap_or(NonZeroUsize::MIN))
}

impl SizeLimit {
    pub(super) fn new(wanted: Arc<AtomicU64>) -> Self {
        Self { wanted, applied: UNLIMITED }
    }

    fn apply(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let wanted = self.wanted.load(Ordering::Relaxed);
        if wanted != self.applied {
            let pages = (wanted / PAGE_BYTES).clamp(1, PAGES_MAX);
            connection.pragma_update(None, "max_page_count", pages.cast_signed())?;
            self.applied = wanted;
        }
        Ok(())
    }
}
