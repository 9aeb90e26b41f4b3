//! The events that the follower saw last, so that an append finds what it has just written without asking for it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use rapport_domain::envelope::{EventId, Recorded};

/// Memory that they take together, in bytes of their data and metadata.
const RECENT_BYTES_MAX: usize = 8 * 1_024 * 1_024;

/// Events by id, the latest of the log.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<Events>);

#[derive(Debug, Default)]
struct Events {
    by_id: HashMap<EventId, Arc<Recorded>>,
    in_order: VecDeque<Arc<Recorded>>,
    bytes: usize,
}

impl Recent {
    pub(crate) fn add(&self, events: &[Arc<Recorded>]) {
        let mut recent = self.0.lock();
        for event in events {
            recent.bytes += size(event);
            recent.in_order.push_back(Arc::clone(event));
            // The first event with an id is the one that counts.
            recent.by_id.entry(event.id).or_insert_with(|| Arc::clone(event));
        }
        while recent.bytes > RECENT_BYTES_MAX
            && let Some(oldest) = recent.in_order.pop_front()
        {
            recent.bytes -= size(&oldest);
            if recent.by_id.get(&oldest.id).is_some_and(|event| event.position == oldest.position) {
                recent.by_id.remove(&oldest.id);
            }
        }
    }

    pub(crate) fn get(&self, id: EventId) -> Option<Arc<Recorded>> {
        self.0.lock().by_id.get(&id).cloned()
    }
}

fn size(event: &Recorded) -> usize {
    event.data.len() + event.metadata.len()
}
