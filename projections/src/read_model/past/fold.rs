//! Folding a stretch of the log into a view: as one transaction, so that its journal holds each page once. Only what the
//! read model handles is read; whether the log has a hole in between, the reading of it says.

use futures::StreamExt as _;
use rapport_domain::envelope::{Position, Recorded};
use rapport_domain::value::Instant;
use rapport_event_store::{EventStore, Filter};
use rusqlite::{Transaction, TransactionBehavior};
use tokio::sync::mpsc;

use super::by_occurrence;
use super::view::{Draft, View};
use crate::projection::{EVERY_EVENT, ProjectError, Projection};
use crate::read_model::file::Checkpoint;
use crate::read_model::skips::Skips;
use crate::read_model::writer::{Failure, settle, take_in};

/// Events of one batch on its way from the log.
const BATCH_EVENTS_MAX: usize = 500;
/// Their bytes, but for one event.
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Events as they come from the log.
pub(super) type Events = mpsc::Receiver<Vec<Recorded>>;
/// Takes events into a view until no more come; on a thread that may block.
pub(super) type Fold = Box<dyn FnOnce(Draft, Events) -> Result<View, Failure> + Send>;

/// How a read model is folded, without its type: whoever asks it need not know that.
pub(super) struct Recipe {
    handles: &'static [&'static str],
    begin: Box<dyn Fn(Option<Instant>, Skips) -> Fold + Send + Sync>,
}

impl Recipe {
    pub(super) fn of<P: Projection>(projection: P) -> Self {
        let begin = move |valid_at, skips| -> Fold {
            let projection = projection.clone();
            Box::new(move |draft, events| {
                let stretch = Stretch { events, skips };
                match valid_at {
                    None => in_order(projection, draft, stretch),
                    Some(valid_at) => by_occurrence::fold(projection, valid_at, draft, stretch),
                }
            })
        };
        Self { handles: P::HANDLES, begin: Box::new(begin) }
    }

    /// A fold of the log as it is, or of what had happened by a time. It passes over what the read model passes over.
    pub(super) fn begin(&self, valid_at: Option<Instant>, skips: Skips) -> Fold {
        (self.begin)(valid_at, skips)
    }

    /// What is read for it: the events that it handles, and those of the type that the last one has, whatever that is.
    fn filter(&self, last: &Recorded) -> Filter {
        if self.handles == EVERY_EVENT {
            return Filter::all();
        }
        let types = self.handles.iter().copied().chain([last.event_type.as_str()]);
        Filter { type_prefixes: types.map(str::to_owned).collect(), ..Filter::all() }
    }
}

/// A stretch of the log on its way into a view.
pub(super) struct Stretch {
    events: Events,
    skips: Skips,
}

/// Sends the events after a position up to another one, which is an event's: those that a read model handles, and that last
/// one.
pub(super) async fn read_log(
    store: &dyn EventStore,
    recipe: &Recipe,
    after: Position,
    to: Position,
    events: mpsc::Sender<Vec<Recorded>>,
) -> Result<(), ProjectError> {
    if after >= to {
        return Ok(());
    }
    let Some(end) = store.read_at(to).await? else { return Err(ProjectError::Gap { after, found: to }) };
    let mut log = store.read_all(after.next(), &recipe.filter(&end));
    let (mut batch, mut bytes, mut last) = (Vec::new(), 0, after);
    while last < to {
        let event = log.next().await.transpose()?.filter(|event| event.position <= to);
        let Some(event) = event else { return Err(ProjectError::Gap { after: last, found: to }) };
        last = event.position;
        bytes += event.data.len() + event.metadata.len();
        batch.push(event);
        if batch.len() >= BATCH_EVENTS_MAX || bytes >= BATCH_BYTES_MAX || last >= to {
            // A fold that has ended says itself why.
            if events.send(std::mem::take(&mut batch)).await.is_err() {
                return Ok(());
            }
            bytes = 0;
        }
    }
    Ok(())
}

/// In the order of the log.
fn in_order<P: Projection>(mut projection: P, draft: Draft, stretch: Stretch) -> Result<View, Failure> {
    within(draft, |tx, checkpoint| {
        stretch.each(checkpoint, |event| take_in(&mut projection, tx, event))?;
        settle(&mut projection, tx)
    })
}

/// Runs a fold as one transaction, which ends with the checkpoint that the fold has reached.
pub(super) fn within(
    mut draft: Draft,
    fold: impl FnOnce(&Transaction<'_>, &mut Checkpoint) -> Result<(), Failure>,
) -> Result<View, Failure> {
    let storage = |error: rusqlite::Error| Failure::general(error.into());
    let before = draft.checkpoint.position;
    let tx = draft.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(storage)?;
    fold(&tx, &mut draft.checkpoint)?;
    let moved = draft.checkpoint.write(&tx, before).map_err(storage)?;
    tx.commit().map_err(storage)?;
    if !moved {
        return Err(Failure::general(ProjectError::Gap { after: before, found: draft.checkpoint.position }));
    }
    draft.finished().map_err(storage)
}

impl Stretch {
    /// Hands every event on, in order, but for those that are passed over, and moves the checkpoint to the last one.
    pub(super) fn each(
        mut self,
        checkpoint: &mut Checkpoint,
        mut take: impl FnMut(&Recorded) -> Result<(), ProjectError>,
    ) -> Result<(), Failure> {
        while let Some(batch) = self.events.blocking_recv() {
            for event in &batch {
                if !self.skips.contains(event) {
                    take(event).map_err(|error| Failure::at(event, error))?;
                }
                checkpoint.position = event.position;
            }
            if let Some(last) = batch.last() {
                checkpoint.event_id = Some(last.id.to_string());
            }
        }
        Ok(())
    }
}
