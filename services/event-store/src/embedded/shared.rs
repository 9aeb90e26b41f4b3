//! What the writer publishes and the readers see.

use parking_lot::RwLock;
use rapport_domain::envelope::Position;
use tokio::sync::watch;

use super::tail::Tail;
use crate::port::ReadError;

/// The committed state of the log. The tail is always published before the head that includes it.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) tail: RwLock<Tail>,
    head: watch::Sender<Head>,
}

#[derive(Debug, Clone, Copy)]
struct Head {
    position: Position,
    closed: bool,
}

impl Shared {
    pub(super) fn new(tail: Tail, head: Position) -> Self {
        Self { tail: RwLock::new(tail), head: watch::Sender::new(Head { position: head, closed: false }) }
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

    /// Moves the head and wakes everyone who waits for it.
    pub(super) fn advance(&self, position: Position) {
        self.head.send_modify(|head| head.position = position);
    }

    /// Sends everyone away who waits.
    pub(super) fn close(&self) {
        self.head.send_modify(|head| head.closed = true);
    }
}
