//! The one writer of a read model: applies events in order, rows and checkpoint in one transaction.

use rapport_domain::envelope::{Position, Recorded};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::file::{Checkpoint, ModelFile, OpenError};
use crate::projection::{ProjectError, Projected, Projection};

/// A read model's file, open to write, and its fold.
pub(crate) struct Writer<P> {
    connection: Connection,
    projection: P,
    checkpoint: Checkpoint,
}

/// Where applying stopped, and why.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) position: Position,
    pub(crate) event_type: String,
    pub(crate) error: ProjectError,
}

impl Failure {
    /// A failure outside the fold. Few of them are about an event, and those know only where it is.
    pub(crate) fn general(error: ProjectError) -> Self {
        let position = error.position().unwrap_or(Position::START);
        Self { position, event_type: String::new(), error }
    }

    fn at(event: &Recorded, error: ProjectError) -> Self {
        Self { position: event.position, event_type: event.event_type.clone(), error }
    }
}

impl<P: Projection> Writer<P> {
    pub(crate) fn open(file: &ModelFile, projection: P) -> Result<Self, OpenError> {
        let (connection, checkpoint) = file.open_writer()?;
        Ok(Self { connection, projection, checkpoint })
    }

    pub(crate) const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Applies a batch. When one of its events fails, those before it are applied.
    pub(crate) fn apply(&mut self, batch: &[Recorded]) -> Result<(), Failure> {
        let Err((done, failure)) = self.commit(batch) else { return Ok(()) };
        if done > 0 {
            // The transaction is gone as a whole; what came before the failed event is applied again.
            self.commit(&batch[..done]).map_err(|(_, failure)| failure)?;
        }
        Err(failure)
    }

    /// Applies a batch as a whole, or returns how many of its events could be applied.
    fn commit(&mut self, batch: &[Recorded]) -> Result<(), (usize, Failure)> {
        let Some(last) = batch.last() else { return Ok(()) };
        let storage = |error: rusqlite::Error| (0, Failure::general(error.into()));
        let tx =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(storage)?;
        let mut after = self.checkpoint.position;
        for (index, event) in batch.iter().enumerate() {
            take_in(&mut self.projection, &tx, after, event)
                .map_err(|error| (index, Failure::at(event, error)))?;
            after = event.position;
        }
        let checkpoint = Checkpoint { position: last.position, event_id: Some(last.id.to_string()) };
        // What is in the file decides, not what this process believes of an earlier commit.
        let before = self.checkpoint.position;
        if !checkpoint.write(&tx, before).map_err(storage)? {
            return Err((0, Failure::general(ProjectError::Gap { after: before, found: last.position })));
        }
        tx.commit().map_err(storage)?;
        self.checkpoint = checkpoint;
        Ok(())
    }
}

fn take_in<P: Projection>(
    projection: &mut P,
    tx: &Transaction<'_>,
    after: Position,
    event: &Recorded,
) -> Result<(), ProjectError> {
    if event.position != after.next() {
        return Err(ProjectError::Gap { after, found: event.position });
    }
    if !P::HANDLES.contains(&event.event_type.as_str()) {
        return Ok(());
    }
    match Projected::decode(event)? {
        Some(projected) => projection.project(tx, &projected),
        None => Ok(()),
    }
}
