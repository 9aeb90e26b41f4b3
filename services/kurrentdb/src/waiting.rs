//! Those who wait until the follower has read to the end of the log.

use std::sync::Arc;

use parking_lot::Mutex;
use rapport_domain::envelope::Position;
use rapport_event_store::ReadError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// How many may wait at a time. While KurrentDB is down nobody is answered, and everybody would wait.
const WAITING_MAX: usize = 10_000;

/// The end of the log, or why it cannot be told.
type Answer = Result<Position, ReadError>;

/// The answer to a [`Waiter`].
pub(crate) type Asked = oneshot::Receiver<Answer>;

/// Somebody who waits.
#[derive(Debug)]
pub(crate) struct Waiter {
    sender: oneshot::Sender<Answer>,
    _seat: OwnedSemaphorePermit,
}

impl Waiter {
    pub(crate) fn answer(self, answer: Answer) {
        // Who went away needs no answer.
        let _ = self.sender.send(answer);
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.sender.is_closed()
    }
}

/// Those whom the follower has not taken up yet. It gives the seats of the others back when it answers them, or finds
/// that they are gone.
#[derive(Debug)]
pub(crate) struct Waiting {
    seats: Arc<Semaphore>,
    waiters: Mutex<Vec<Waiter>>,
}

impl Default for Waiting {
    fn default() -> Self {
        Self { seats: Arc::new(Semaphore::new(WAITING_MAX)), waiters: Mutex::default() }
    }
}

impl Waiting {
    /// Waits in line; who finds no seat is answered at once.
    pub(crate) fn join(&self) -> Asked {
        let (sender, asked) = oneshot::channel();
        match Arc::clone(&self.seats).try_acquire_owned() {
            Ok(seat) => self.waiters.lock().push(Waiter { sender, _seat: seat }),
            Err(_) => {
                let cause = format!("{WAITING_MAX} callers wait for KurrentDB already");
                // The receiver is at hand.
                let _ = sender.send(Err(ReadError::Unavailable { cause }));
            }
        }
        asked
    }

    /// All who wait.
    pub(crate) fn take(&self) -> Vec<Waiter> {
        std::mem::take(&mut *self.waiters.lock())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_finds_no_seat_is_sent_away_until_others_have_gone() {
        let waiting = Waiting::default();
        let mut seated: Vec<Asked> = (0..WAITING_MAX).map(|_| waiting.join()).collect();
        assert!(seated.iter_mut().all(|asked| asked.try_recv().is_err()));
        assert!(matches!(waiting.join().try_recv(), Ok(Err(ReadError::Unavailable { .. }))));

        seated.truncate(1);
        let mut waiters = waiting.take();
        waiters.retain(|waiter| !waiter.is_gone());
        assert_eq!(waiters.len(), 1);
        assert!(waiting.join().try_recv().is_err());
        waiters.remove(0).answer(Ok(Position(7)));
        assert!(matches!(seated[0].try_recv(), Ok(Ok(Position(7)))));
    }
}
