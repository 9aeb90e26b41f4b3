//! The one writer of a read model: applies events in order, rows and checkpoint in one transaction.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rapport_domain::envelope::{EventId, Position, Recorded};
use rapport_event_store::Positions;
use rapport_write_ahead::Checkpointer;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::event::LogEvent;
use super::file::{Checkpoint, ModelFile, Note, OpenError, journal_pages};
use super::follower::LIVE_BATCH_EVENTS_MAX;
use super::loading;
use super::skips::Skips;
use crate::projection::{Decoded, EVERY_EVENT, ProjectError, Projected, Projection};
use crate::storage::StorageTrouble;

/// Positions that are passed over before the file says so.
const PASSED_OVER_MAX: u64 = 20_000;

/// A read model's file, open to write, and its fold.
pub(crate) struct Writer<P> {
    /// Goes before the connection.
    journal: Checkpointer,
    connection: Connection,
    projection: P,
    /// The last event that was taken in.
    checkpoint: Checkpoint,
    /// Where the file stands. Nothing between the two is handled.
    written: Position,
    positions: Positions,
    /// Whether the batch before was one of a read model that is far behind.
    was_far_behind: bool,
    /// Whether the file has yet to get its indexes.
    is_loading: bool,
}

/// Where applying stopped, and why.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) position: Position,
    pub(crate) event_type: Box<str>,
    /// Of an event that could be read and not be applied.
    pub(crate) event_id: Option<EventId>,
    pub(crate) error: ProjectError,
}

impl Failure {
    /// A failure outside the fold. Few of them are about an event, and those know only where it is.
    pub(crate) fn general(error: ProjectError) -> Self {
        let position = error.position().unwrap_or(Position::START);
        Self { position, event_type: Box::default(), event_id: None, error }
    }

    pub(super) fn at(event: &Recorded, error: ProjectError) -> Self {
        let event_id = error.is_of_the_event().then_some(event.id);
        Self { position: event.position, event_type: event.event_type.as_str().into(), event_id, error }
    }
}

impl<P: Projection> Writer<P> {
    /// Opens a file; one that is empty is loaded, where it is to be.
    pub(crate) fn open(
        file: &ModelFile,
        projection: P,
        positions: Positions,
        is_to_load: bool,
    ) -> Result<Self, OpenError> {
        let (mut connection, checkpoint) = file.open_writer(is_to_load)?;
        let journal = file.work_in_journal(&mut connection)?;
        let is_loading = loading::is_under_way(&connection).map_err(|error| file.trouble(error))?;
        let (written, was_far_behind) = (checkpoint.position, false);
        Ok(Self {
            journal,
            connection,
            projection,
            checkpoint,
            written,
            positions,
            was_far_behind,
            is_loading,
        })
    }

    /// Whether the file has yet to get its indexes.
    pub(crate) const fn is_loading(&self) -> bool {
        self.is_loading
    }

    /// Makes a file that was loaded, and has arrived, what it would be if it had followed the log.
    pub(crate) fn complete_at(&mut self, arrival: Position, skips: &Skips) -> Result<(), Failure> {
        if !self.is_loading || self.checkpoint.position < arrival {
            return Ok(());
        }
        loading::complete(&mut self.connection, self.projection.clone(), skips)?;
        self.journal.after_commit(&self.connection);
        self.is_loading = false;
        Ok(())
    }

    pub(crate) const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    pub(crate) const fn written(&self) -> Position {
        self.written
    }

    /// Takes a batch in without touching the file, where nothing in it is handled; whether it could. Not for ever:
    /// after a crash, what was passed over is read again.
    pub(crate) fn pass_over(&mut self, batch: &[Arc<LogEvent>]) -> bool {
        // It is completed by the batch that arrives, whatever that holds.
        if self.is_loading {
            return false;
        }
        let Some(last) = batch.last() else { return true };
        let mut after = self.checkpoint.position;
        let follows = batch.iter().all(|event| {
            let before = std::mem::replace(&mut after, event.position);
            self.positions.follows(before, event.position)
        });
        let far = last.position.0.saturating_sub(self.written.0) > PASSED_OVER_MAX;
        if far || !follows || batch.iter().any(|event| handles::<P>(event)) {
            return false;
        }
        self.checkpoint = Checkpoint { position: last.position, event_id: Some(last.id.to_string()) };
        true
    }

    /// Writes down what was passed over, so that the next start need not read it again. If that fails, it does.
    pub(crate) fn finish(mut self) {
        if self.written < self.checkpoint.position
            && let Err(error) = self.checkpoint.write(&self.connection, self.written)
        {
            tracing::debug!(%error, "what a read model passed over is read again at the next start");
        }
        self.journal.finish(&self.connection);
    }

    /// Works the journal into the file and cuts it off, so that no byte of what was deleted is left. Nobody may read.
    pub(crate) fn scrub(&self) -> Result<(), ProjectError> {
        let is_busy: bool =
            self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if is_busy {
            let cause = "somebody reads it".to_owned();
            return Err(ProjectError::Storage(StorageTrouble::Passing { cause }));
        }
        Ok(())
    }

    /// Writes into the file what is known of it.
    pub(crate) fn note(&self, note: &Note) -> Result<(), ProjectError> {
        Ok(note.write(&self.connection)?)
    }

    /// Applies a batch. When one of its events fails, those before it are applied; nothing, when what it comes to cannot be written.
    pub(crate) fn apply(&mut self, batch: &[Arc<LogEvent>], skips: &Skips) -> Result<(), Failure> {
        self.pace_journal(batch);
        let Err((done, failure)) = self.commit(batch, skips) else { return Ok(()) };
        if done > 0 {
            // The transaction is gone as a whole; what came before the failed event is applied again.
            self.commit(&batch[..done], skips).map_err(|(_, failure)| failure)?;
        }
        Err(failure)
    }

    fn pace_journal(&mut self, batch: &[Arc<LogEvent>]) {
        let is_far_behind = batch.len() > LIVE_BATCH_EVENTS_MAX;
        if is_far_behind != self.was_far_behind {
            self.journal.set_interval(journal_pages(is_far_behind));
            self.was_far_behind = is_far_behind;
        }
    }

    /// Applies a batch as a whole, or returns how many of its events could be applied.
    fn commit(&mut self, batch: &[Arc<LogEvent>], skips: &Skips) -> Result<(), (usize, Failure)> {
        let Some(last) = batch.last() else { return Ok(()) };
        let storage = |error: rusqlite::Error| (0, Failure::general(error.into()));
        let tx =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(storage)?;
        let (mut projection, mut after) = (self.projection.clone(), self.checkpoint.position);
        for (index, event) in batch.iter().enumerate() {
            if !self.positions.follows(after, event.position) {
                let gap = ProjectError::Gap { after, found: event.position };
                return Err((index, Failure::at(event, gap)));
            }
            if skips.contains(event) {
                tracing::warn!(projection = P::NAME, position = %event.position, "an event is skipped, as an operator said");
            } else {
                let taken_in = if self.is_loading && P::NEED_INDEXES.contains(&event.event_type.as_str()) {
                    loading::set_aside(&tx, event)
                } else {
                    take_in_shared(&mut projection, &tx, event)
                };
                taken_in.map_err(|error| (index, Failure::at(event, error)))?;
            }
            after = event.position;
        }
        settle(&mut projection, &tx)
            .map_err(|failure| (0, Failure { position: last.position, ..failure }))?;
        let checkpoint = Checkpoint { position: last.position, event_id: Some(last.id.to_string()) };
        // What is in the file decides, not what this process believes of an earlier commit.
        let before = self.written;
        if !checkpoint.write(&tx, before).map_err(storage)? {
            return Err((0, Failure::general(ProjectError::Gap { after: before, found: last.position })));
        }
        tx.commit().map_err(storage)?;
        self.journal.after_commit(&self.connection);
        self.written = checkpoint.position;
        self.checkpoint = checkpoint;
        Ok(())
    }
}

pub(crate) fn handles<P: Projection>(event: &Recorded) -> bool {
    P::handles(event)
}

/// Takes in one event, where it is one of those that are handled.
pub(crate) fn take_in<P: Projection>(
    projection: &mut P,
    tx: &Transaction<'_>,
    event: &Recorded,
) -> Result<(), ProjectError> {
    if !handles::<P>(event) {
        return Ok(());
    }
    if P::HANDLES == EVERY_EVENT {
        return guarded(|| projection.project_recorded(tx, event));
    }
    Decoded::of(event)?.map_or(Ok(()), |decoded| fold(projection, tx, &decoded.beside(event)))
}

/// Ends what was taken in.
pub(crate) fn settle<P: Projection>(projection: &mut P, tx: &Transaction<'_>) -> Result<(), Failure> {
    guarded(|| projection.settle(tx)).map_err(Failure::general)
}

/// Takes in one event that others take in too.
fn take_in_shared<P: Projection>(
    projection: &mut P,
    tx: &Transaction<'_>,
    event: &LogEvent,
) -> Result<(), ProjectError> {
    if !handles::<P>(event) {
        return Ok(());
    }
    if P::HANDLES == EVERY_EVENT {
        return guarded(|| projection.project_recorded(tx, event));
    }
    event.projected()?.map_or(Ok(()), |projected| fold(projection, tx, &projected))
}

fn fold<P: Projection>(
    projection: &mut P,
    tx: &Transaction<'_>,
    event: &Projected<'_>,
) -> Result<(), ProjectError> {
    guarded(|| projection.project(tx, event))
}

/// What a panic leaves half done goes with the transaction: a fold keeps nothing beyond that.
fn guarded(fold: impl FnOnce() -> Result<(), ProjectError>) -> Result<(), ProjectError> {
    catch_unwind(AssertUnwindSafe(fold)).unwrap_or(Err(ProjectError::Panicked))
}
