//! Double opt-in: a first act, then a token that confirms it, once.

use super::{CONFIRMATION_DAYS_MAX, answers, in_force, must_not_be_in_force, terms_of, waits_elsewhere};
use crate::consent::command::Give;
use crate::consent::event::{ConfirmationRequested, Event, Given};
use crate::consent::parts::{Evidence, Method};
use crate::consent::rejection::Rejection;
use crate::consent::state::{Pending, State, Status};
use crate::context::Context;
use crate::personal::Personal;
use crate::value::{Instant, Sha256};

/// Microseconds of a day.
const DAY_MICROS: i64 = 86_400_000_000;

pub(super) fn requested(
    state: &State,
    give: &Give,
    token_sha256: Sha256,
    confirm_by: Option<Instant>,
    context: &Context,
) -> Result<Option<Event>, Rejection> {
    let status = state.topics.get(&give.topic);
    let latest = longest(context.occurred_at);
    let confirm_by = confirm_by.unwrap_or(latest);
    let pending = Pending { consent_id: give.consent_id, terms: terms_of(give), token_sha256, confirm_by };
    if matches!(status, Some(Status::Pending(before)) if **before == pending) {
        return Ok(None);
    }
    must_not_be_in_force(status, context)?;
    if state.given.contains_key(&give.consent_id) || waits_elsewhere(state, &give.topic, give.consent_id) {
        return Err(Rejection::ConsentIdUsed);
    }
    if is_used(state, token_sha256) || state.waits_for(token_sha256) {
        return Err(Rejection::TokenUsed);
    }
    answers(status, &give.notice)?;
    if confirm_by <= context.occurred_at || confirm_by > latest {
        return Err(Rejection::ConfirmationTimeInvalid);
    }
    if !in_force(give.valid_until, context.occurred_at) {
        return Err(Rejection::ValidityOver);
    }
    Ok(Some(
        ConfirmationRequested {
            consent_id: give.consent_id,
            topic: give.topic.clone(),
            notice: give.notice.clone(),
            method: give.method,
            evidence: give.evidence.clone(),
            token_sha256,
            confirm_by,
            valid_until: give.valid_until,
            jurisdiction: give.jurisdiction.clone(),
        }
        .into(),
    ))
}

fn longest(from: Instant) -> Instant {
    let most = i64::from(CONFIRMATION_DAYS_MAX).saturating_mul(DAY_MICROS);
    Instant::from_micros(from.micros().saturating_add(most)).unwrap_or(from)
}

/// Each token confirms once, so a second time is refused, and not passed over: somebody else may hold it.
pub(super) fn confirmed(
    state: &State,
    token_sha256: Sha256,
    evidence: Option<&Personal<Evidence>>,
    context: &Context,
) -> Result<Event, Rejection> {
    let Some(pending) = waiting_for(state, token_sha256) else {
        let used = is_used(state, token_sha256);
        return Err(if used { Rejection::TokenUsed } else { Rejection::TokenUnknown });
    };
    if pending.confirm_by <= context.now {
        return Err(Rejection::TokenExpired { confirm_by: pending.confirm_by });
    }
    let terms = &pending.terms;
    if !in_force(terms.valid_until, context.occurred_at) {
        return Err(Rejection::ValidityOver);
    }
    Ok(Given {
        consent_id: pending.consent_id,
        topic: terms.topic.clone(),
        notice: terms.notice.clone(),
        method: Method::DoubleOptIn,
        evidence_grade: Method::DoubleOptIn.grade(),
        evidence: evidence.cloned(),
        valid_until: terms.valid_until,
        jurisdiction: state.jurisdictions.get(&terms.topic).cloned(),
    }
    .into())
}

fn is_used(state: &State, token_sha256: Sha256) -> bool {
    state.used_tokens.values().any(|used| *used == token_sha256)
}

fn waiting_for(state: &State, token_sha256: Sha256) -> Option<&Pending> {
    state.topics.values().find_map(|status| match status {
        Status::Pending(pending) => (pending.token_sha256 == token_sha256).then_some(&**pending),
        Status::Requested { .. }
        | Status::Given { .. }
        | Status::Refused
        | Status::Withdrawn
        | Status::Expired { .. }
        | Status::Revoked { .. }
        | Status::Invalidated { .. } => None,
    })
}
