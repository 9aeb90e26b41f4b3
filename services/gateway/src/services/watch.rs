//! Calls that tell what there is, and then every change: one task for each, that looks when its read model has moved and
//! tells what is new. Nothing is queued for a slow caller: what it has not been told yet is looked up when it can be.

mod token;

use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt as _, stream};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::Status;

pub(super) use token::{Token, digest};

use super::streams::until_stopped;
use crate::error::Error;

/// Watches that are open at a time, of all callers.
pub(crate) const WATCHES_MAX: usize = 256;
/// Longest time that a caller takes no message.
pub(crate) const WATCH_STALL_MAX: Duration = Duration::from_secs(30);
/// Least time between two looks of one watch: changes that come closer together are told together.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);
/// Messages that are made before the one before was taken.
const MESSAGES_AHEAD: usize = 1;

/// What a watch looks at.
pub(super) trait Watched: Send + 'static {
    /// What it tells.
    type Message: Send + 'static;

    /// What is new since the last look; nothing where nothing is.
    fn look(&mut self) -> impl Future<Output = Result<Option<Self::Message>, Error>> + Send;

    /// Waits until another look may find something; `false` when that cannot come any more.
    fn moved(&mut self) -> impl Future<Output = bool> + Send;
}

/// How many watches may be opened yet.
#[derive(Clone)]
pub(super) struct Watches(Arc<Semaphore>);

impl Default for Watches {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(WATCHES_MAX)))
    }
}

impl Watches {
    /// Tells what is watched until the caller goes away, takes nothing for too long, or the server stops.
    ///
    /// # Errors
    /// [`Error::TooManyWatches`]; and what the first look answers, so that a call that makes no sense is refused at once.
    pub(super) async fn open<W: Watched>(
        &self,
        mut watched: W,
        stopping: &CancellationToken,
    ) -> Result<impl Stream<Item = Result<W::Message, Status>> + use<W>, Error> {
        let permit = Arc::clone(&self.0).try_acquire_owned().map_err(|_| Error::TooManyWatches)?;
        let first = watched.look().await?;
        let (sender, receiver) = mpsc::channel(MESSAGES_AHEAD);
        let ended = Arc::new(Mutex::new(None));
        let watch = Watch { sender, ended: Arc::clone(&ended), _permit: permit };
        tokio::spawn(watch.run(watched, first));
        // What is queued still reaches a caller that wakes up; then it is told why there is no more.
        let reason = stream::once(async move { ended.lock().take().map(|error: Error| Err(error.into())) });
        let told = ReceiverStream::new(receiver).map(Ok).chain(reason.filter_map(std::future::ready));
        Ok(until_stopped(told, stopping))
    }
}

/// One watch that is open.
struct Watch<M> {
    sender: mpsc::Sender<M>,
    /// Why it ended, for the caller.
    ended: Arc<Mutex<Option<Error>>>,
    _permit: OwnedSemaphorePermit,
}

impl<M: Send + 'static> Watch<M> {
    async fn run<W: Watched<Message = M>>(self, watched: W, first: Option<M>) {
        let ended = self.follow(watched, first).await;
        // Before the sender goes, which ends the stream.
        *self.ended.lock() = ended;
    }

    /// Tells what is new until there is a reason not to; nothing when the caller went away.
    async fn follow<W: Watched<Message = M>>(&self, mut watched: W, first: Option<M>) -> Option<Error> {
        let mut next = first;
        loop {
            let looked_at = Instant::now();
            if let Some(message) = next.take() {
                match timeout(WATCH_STALL_MAX, self.sender.send(message)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => return None,
                    Err(_) => return Some(Error::WatchTooSlow),
                }
            }
            let moved = async {
                let moved = watched.moved().await;
                sleep_until(looked_at + LOOK_INTERVAL).await;
                moved
            };
            tokio::select! {
                () = self.sender.closed() => return None,
                moved = moved => if !moved { return Some(Error::Stopping) },
            }
            match watched.look().await {
                Ok(message) => next = message,
                Err(error) => return Some(error),
            }
        }
    }
}

#[cfg(test)]
mod tests;
