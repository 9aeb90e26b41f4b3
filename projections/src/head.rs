//! Where the log ends: one task waits for it on behalf of every read model.

use std::sync::Arc;
use std::time::Duration;

use rapport_domain::envelope::Position;
use rapport_event_store::{EventStore, ReadError};
use tokio::sync::watch;
use tokio::time::sleep;

/// Time between two looks at the log while it moves: under load, many appends are taken in at once. The first one after a
/// rest is told right away.
const LOOK_INTERVAL: Duration = Duration::from_millis(2);
/// Time before the log is asked again after it could not be reached. It is asked until it answers.
const RETRY_DELAY: Duration = Duration::from_millis(500);

/// Tells the end of the log as it moves. Ends when the log is closed or nobody listens any more.
pub(crate) async fn watch_head(store: Arc<dyn EventStore>, head: watch::Sender<Position>) {
    loop {
        let known = *head.borrow();
        let moved = tokio::select! {
            moved = store.wait_for(known) => moved,
            () = head.closed() => return,
        };
        match moved {
            Ok(position) => {
                head.send_replace(position);
                sleep(LOOK_INTERVAL).await;
            }
            Err(ReadError::Closed) => return,
            Err(error @ (ReadError::Unavailable { .. } | ReadError::Corrupt { .. })) => {
                tracing::warn!(%error, "the head of the log cannot be read");
                sleep(RETRY_DELAY).await;
            }
        }
    }
}
