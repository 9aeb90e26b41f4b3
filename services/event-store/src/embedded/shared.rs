//! What the writer publishes and the readers see.

use std::sync::Arc;

use parking_lot::RwLock;
use rapport_domain::envelope::Position;
use tokio::sync::watch;

use super::recent::Recent;
use super::runs::{Run, Runs};
use super::sound_types::SoundTypes;
use super::tail::Tail;
use crate::port::ReadError;

/// The committed state of the log. The tail and the recent events are always published before the head that includes
/// them.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) tail: RwLock<Tail>,
    pub(super) recent: RwLock<Recent>,
    runs: RwLock<Runs>,
    /// The last event that the tables of earlier builds hold, beside the runs.
    pub(super) tables_to: Position,
    pub(super) sound_types: SoundTypes,
    head: watch::Sender<Head>,
}

#[derive(Debug, Clone, Copy)]
struct Head {
    position: Position,
    closed: bool,
}

impl Shared {
    pub(super) fn new(
        tail: Tail,
        recent: Recent,
        runs: Vec<Arc<Run>>,
        tables_to: Position,
        head: Position,
    ) -> Self {
        let head = watch::Sender::new(Head { position: head, closed: false });
        let (tail, recent, runs) = (RwLock::new(tail), RwLock::new(recent), RwLock::new(Arc::new(runs)));
        Self { tail, recent, runs, tables_to, sound_types: SoundTypes::default(), head }
    }

    /// The index as it is now. To be asked for after the tail was looked at: what leaves the tail in between is in it.
    pub(super) fn runs(&self) -> Runs {
        Arc::clone(&self.runs.read())
    }

    /// Puts a run where others were; at the end, when it replaces none.
    pub(super) fn replace_runs(&self, replaced: &[Arc<Run>], run: Arc<Run>) {
        let mut runs: Vec<Arc<Run>> = self.runs().iter().map(Arc::clone).collect();
        let at = runs.iter().position(|run| replaced.iter().any(|old| old.number == run.number));
        let at = at.unwrap_or(runs.len());
        runs.splice(at..at + replaced.len(), [run]);
        *self.runs.write() = Arc::new(runs);
    }

    /// The last committed event.
    pub(super) fn head(&self) -> Result<Position, ReadError> {
        let head = *self.head.borrow();
        if head.closed { Err(ReadError::Closed) } else { Ok(head.position) }
    }

    /// Sleeps until the head lies after `after`.
    pub(super) async fn wait_for(&self, after: Position) -> Result<Position, ReadError> {
        let mut head = self.head.subscribe();
        let reached = head.wait_for(|head| head.closed || head.position > after).await;
        let reached = *reached.map_err(|_| ReadError::Closed)?;
        if reached.closed { Err(ReadError::Closed) } else { Ok(reached.position) }
    }

    /// Moves the head. Who asks from now on knows it; who waits for it is woken by [`Self::announce`].
    pub(super) fn advance(&self, position: Position) {
        self.head.send_if_modified(|head| {
            head.position = position;
            false
        });
    }

    /// Wakes everyone who waits for the head.
    pub(super) fn announce(&self) {
        self.head.send_modify(|_| {});
    }

    /// Sends everyone away who waits.
    pub(super) fn close(&self) {
        self.head.send_modify(|head| head.closed = true);
    }
}
