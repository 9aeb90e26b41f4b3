//! Appends of this process that touch the same stream or the same ids go one after the other.

use std::collections::HashSet;

use parking_lot::Mutex;
use rapport_domain::envelope::{EventId, NewEvent, StreamId};
use tokio::sync::Notify;

/// What is being appended right now.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    taken: Mutex<Taken>,
    returned: Notify,
}

#[derive(Debug, Default)]
struct Taken {
    streams: HashSet<StreamId>,
    ids: HashSet<EventId>,
}

/// Holds a stream and some ids until it is dropped.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    claims: &'a Claims,
    stream: StreamId,
    ids: Vec<EventId>,
}

impl Claims {
    /// Waits until nobody else appends to the stream, or with one of the ids.
    pub(crate) async fn claim(&self, stream: &StreamId, events: &[NewEvent]) -> Claim<'_> {
        let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
        loop {
            let returned = self.returned.notified();
            tokio::pin!(returned);
            // Told from here on, so that what is returned between the look and the wait is not missed.
            returned.as_mut().enable();
            if self.taken.lock().take(stream, &ids) {
                return Claim { claims: self, stream: stream.clone(), ids };
            }
            returned.await;
        }
    }
}

impl Taken {
    fn take(&mut self, stream: &StreamId, ids: &[EventId]) -> bool {
        if self.streams.contains(stream) || ids.iter().any(|id| self.ids.contains(id)) {
            return false;
        }
        self.streams.insert(stream.clone());
        self.ids.extend(ids);
        true
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        {
            let mut taken = self.claims.taken.lock();
            taken.streams.remove(&self.stream);
            for id in &self.ids {
                taken.ids.remove(id);
            }
        }
        self.claims.returned.notify_waiters();
    }
}
