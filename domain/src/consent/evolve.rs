//! How a subject's consents fold.

use super::event::{ConfirmationRequested, Event};
use super::jurisdiction::Jurisdiction;
use super::parts::{Method, Notice, Topic};
use super::state::{Pending, ProposedInvalidation, State, Status, Terms};
use crate::id::ConsentId;
use crate::value::Instant;

pub(super) fn evolve(mut state: State, event: &Event) -> State {
    remember(&mut state, event);
    let topic = event.topic();
    let before = state.topics.get(topic);
    let moves = is_open(before) || leaves_an_end(event);
    if let Some(status) = status_after(before, event).filter(|_| moves) {
        state.topics.insert(topic.clone(), status);
    }
    state
}

/// What stays known of an event, wherever its topic stands.
fn remember(state: &mut State, event: &Event) {
    match event {
        Event::Requested(event) => law(state, &event.topic, event.jurisdiction.as_ref()),
        Event::ConfirmationRequested(event) => law(state, &event.topic, event.jurisdiction.as_ref()),
        Event::Given(event) => {
            law(state, &event.topic, event.jurisdiction.as_ref());
            if let Some(Status::Pending(pending)) = state.topics.get(&event.topic) {
                state.used_tokens.insert(event.topic.clone(), pending.token_sha256);
            }
            let terms = terms(&event.topic, &event.notice, event.method, event.valid_until);
            state.given.entry(event.consent_id).or_insert(terms);
        }
        Event::Renewed(event) => {
            let terms = terms(&event.topic, &event.notice, event.method, event.valid_until);
            state.given.entry(event.consent_id).or_insert(terms);
        }
        Event::Refused(event) => {
            law(state, &event.topic, event.jurisdiction.as_ref());
            leave_alone(state, &event.topic, event.no_reask_before);
        }
        Event::Withdrawn(event) => {
            law(state, &event.topic, event.jurisdiction.as_ref());
            leave_alone(state, &event.topic, event.no_reask_before);
        }
        Event::Invalidated(event) => {
            let since = state.invalid.entry(event.consent_id).or_insert(event.since);
            *since = event.since.min(*since);
            // What is proposed since an earlier time still says something.
            state
                .proposed_invalid
                .retain(|id, proposed| *id != event.consent_id || proposed.since < event.since);
        }
        Event::InvalidationProposed(event) => {
            let proposed = ProposedInvalidation {
                since: event.since,
                authority: event.authority.clone(),
                reason: event.reason.clone(),
                proposed_by: event.proposed_by.clone(),
            };
            state.proposed_invalid.insert(event.consent_id, proposed);
        }
        Event::Expired(_) | Event::Revoked(_) => {}
    }
}

fn law(state: &mut State, topic: &Topic, jurisdiction: Option<&Jurisdiction>) {
    if let Some(jurisdiction) = jurisdiction {
        state.jurisdictions.insert(topic.clone(), jurisdiction.clone());
    }
}

fn leave_alone(state: &mut State, topic: &Topic, until: Option<Instant>) {
    if let Some(until) = until {
        let before = state.no_reask_before.entry(topic.clone()).or_insert(until);
        *before = until.max(*before);
    }
}

/// Where a topic stands after an event; `None` where that leaves it where it was.
fn status_after(before: Option<&Status>, event: &Event) -> Option<Status> {
    Some(match event {
        Event::Requested(event) => Status::Requested { notice: event.notice.clone() },
        Event::ConfirmationRequested(event) => Status::Pending(Box::new(pending(event))),
        Event::Given(event) => Status::Given { consent_id: event.consent_id, valid_until: event.valid_until },
        Event::Renewed(event) => {
            Status::Given { consent_id: event.consent_id, valid_until: event.valid_until }
        }
        Event::Refused(_) => Status::Refused,
        Event::Withdrawn(_) => Status::Withdrawn,
        Event::Expired(event) => Status::Expired { consent_id: event.consent_id },
        Event::Revoked(event) => Status::Revoked { consent_id: event.consent_id },
        // Another consent is not touched by it.
        Event::Invalidated(event) if is_given(before, event.consent_id) => {
            Status::Invalidated { consent_id: event.consent_id }
        }
        Event::Invalidated(_) | Event::InvalidationProposed(_) => return None,
    })
}

fn is_given(status: Option<&Status>, consent_id: ConsentId) -> bool {
    matches!(status, Some(Status::Given { consent_id: given, .. }) if *given == consent_id)
}

/// What a subject said no to stays so, whatever else stands in the log, until they are asked again; so does what was ended
/// otherwise.
const fn is_open(status: Option<&Status>) -> bool {
    match status {
        Some(
            Status::Refused
            | Status::Withdrawn
            | Status::Expired { .. }
            | Status::Revoked { .. }
            | Status::Invalidated { .. },
        ) => false,
        Some(Status::Requested { .. } | Status::Pending(_) | Status::Given { .. }) | None => true,
    }
}

const fn leaves_an_end(event: &Event) -> bool {
    match event {
        Event::Requested(_) | Event::Withdrawn(_) => true,
        Event::ConfirmationRequested(_)
        | Event::Given(_)
        | Event::Renewed(_)
        | Event::Refused(_)
        | Event::Expired(_)
        | Event::Revoked(_)
        | Event::Invalidated(_)
        | Event::InvalidationProposed(_) => false,
    }
}

fn pending(event: &ConfirmationRequested) -> Pending {
    Pending {
        consent_id: event.consent_id,
        terms: terms(&event.topic, &event.notice, event.method, event.valid_until),
        token_sha256: event.token_sha256,
        confirm_by: event.confirm_by,
    }
}

fn terms(topic: &Topic, notice: &Notice, method: Method, valid_until: Option<Instant>) -> Terms {
    Terms { topic: topic.clone(), notice: notice.clone(), method, valid_until }
}
