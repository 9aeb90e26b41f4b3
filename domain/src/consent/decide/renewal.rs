//! A consent that is given anew while it is in force.

use super::{consent_given, in_force, is_given_again};
use crate::consent::event::{Event, Renewed};
use crate::consent::parts::{Evidence, Method, Topic};
use crate::consent::rejection::Rejection;
use crate::consent::state::{State, Status, Terms};
use crate::context::Context;
use crate::id::ConsentId;
use crate::personal::Personal;
use crate::value::Instant;

/// What a subject says anew.
pub(super) struct Renewal<'a> {
    pub(super) consent_id: ConsentId,
    pub(super) topic: &'a Topic,
    pub(super) method: Method,
    pub(super) evidence: &'a Personal<Evidence>,
}

/// To the words of the consent that it goes on from: other words are another consent, which is asked for.
pub(super) fn renewed(
    state: &State,
    renewal: &Renewal<'_>,
    valid_until: Option<Instant>,
    context: &Context,
) -> Result<Option<Event>, Rejection> {
    let status = state.topics.get(renewal.topic);
    let renews = consent_given(status).ok_or(Rejection::NotGiven)?;
    let before = state.given.get(&renews).ok_or(Rejection::NotGiven)?;
    let terms = Terms { method: renewal.method, valid_until, ..before.clone() };
    if is_given_again(state, status, renewal.consent_id, &terms)? {
        return Ok(None);
    }
    if !holds(status, context.now) {
        return Err(Rejection::NotGiven);
    }
    if !in_force(valid_until, context.occurred_at) {
        return Err(Rejection::ValidityOver);
    }
    Ok(Some(
        Renewed {
            consent_id: renewal.consent_id,
            renews,
            topic: renewal.topic.clone(),
            notice: terms.notice,
            method: renewal.method,
            evidence_grade: renewal.method.grade(),
            evidence: renewal.evidence.clone(),
            valid_until,
        }
        .into(),
    ))
}

fn holds(status: Option<&Status>, at: Instant) -> bool {
    matches!(status, Some(Status::Given { valid_until, .. }) if in_force(*valid_until, at))
}
