//! How a subject's consents fold.

use super::event::{Event, Given};
use super::state::{State, Status, Terms};

pub(super) fn evolve(mut state: State, event: &Event) -> State {
    let (topic, status) = match event {
        Event::Requested(event) => (&event.topic, Status::Requested { notice: event.notice.clone() }),
        Event::Given(event) => {
            state.given.entry(event.consent_id).or_insert_with(|| terms(event));
            (&event.topic, Status::Given { consent_id: event.consent_id, valid_until: event.valid_until })
        }
        Event::Refused(event) => (&event.topic, Status::Refused),
        Event::Withdrawn(event) => (&event.topic, Status::Withdrawn),
        Event::Expired(event) => (&event.topic, Status::Expired { consent_id: event.consent_id }),
    };
    if !has_ended(state.topics.get(topic)) || leaves_an_end(event) {
        state.topics.insert(topic.clone(), status);
    }
    state
}

/// What a subject said no to stays so, whatever else stands in the log, until they are asked again.
const fn has_ended(status: Option<&Status>) -> bool {
    match status {
        Some(Status::Refused | Status::Withdrawn | Status::Expired { .. }) => true,
        Some(Status::Requested { .. } | Status::Given { .. }) | None => false,
    }
}

const fn leaves_an_end(event: &Event) -> bool {
    match event {
        Event::Requested(_) | Event::Withdrawn(_) => true,
        Event::Given(_) | Event::Refused(_) | Event::Expired(_) => false,
    }
}

fn terms(given: &Given) -> Terms {
    Terms {
        topic: given.topic.clone(),
        notice: given.notice.clone(),
        method: given.method,
        valid_until: given.valid_until,
    }
}
