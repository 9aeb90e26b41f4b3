//! A consent that is found to be invalid, also one that has ended: what was done under it before counts as done without.

use crate::consent::event::{Event, Invalidated, InvalidationProposed};
use crate::consent::parts::Topic;
use crate::consent::rejection::Rejection;
use crate::consent::state::{ProposedInvalidation, State};
use crate::context::Context;
use crate::id::ConsentId;
use crate::value::{Instant, Label};

pub(super) fn proposed(
    state: &State,
    consent_id: ConsentId,
    since: Instant,
    [authority, reason]: [&Label; 2],
    context: &Context,
) -> Result<Option<Event>, Rejection> {
    let Some(topic) = news(state, consent_id, since, context)? else { return Ok(None) };
    let is_known = state
        .proposed_invalid
        .get(&consent_id)
        .is_some_and(|known| (known.since, &known.authority, &known.reason) == (since, authority, reason));
    let proposed = || {
        let (authority, reason, proposed_by) = (authority.clone(), reason.clone(), context.actor.clone());
        let topic = topic.clone();
        InvalidationProposed { consent_id, topic, since, authority, reason, proposed_by }.into()
    };
    Ok((!is_known).then(proposed))
}

/// Four eyes: whoever proposed it is not who approves it, and what they approve is what they saw.
pub(super) fn approved(
    state: &State,
    consent_id: ConsentId,
    seen: Option<Instant>,
    context: &Context,
) -> Result<Option<Event>, Rejection> {
    let terms = state.given.get(&consent_id).ok_or(Rejection::ConsentUnknown)?;
    let ProposedInvalidation { since, authority, reason, proposed_by } =
        match state.proposed_invalid.get(&consent_id) {
            Some(proposed) => proposed.clone(),
            None if state.invalid.contains_key(&consent_id) => return Ok(None),
            None => return Err(Rejection::InvalidationNotProposed),
        };
    if seen.is_some_and(|seen| seen != since) {
        return Err(Rejection::InvalidationNotProposed);
    }
    if proposed_by == context.actor {
        return Err(Rejection::InvalidationSameActor);
    }
    let (topic, approved_by) = (terms.topic.clone(), Some(context.actor.clone()));
    let proposed_by = Some(proposed_by);
    Ok(Some(Invalidated { consent_id, topic, since, authority, reason, proposed_by, approved_by }.into()))
}

/// By one person's word.
pub(super) fn found(
    state: &State,
    consent_id: ConsentId,
    since: Instant,
    [authority, reason]: [&Label; 2],
    context: &Context,
) -> Result<Option<Event>, Rejection> {
    let Some(topic) = news(state, consent_id, since, context)? else { return Ok(None) };
    let (topic, authority, reason) = (topic.clone(), authority.clone(), reason.clone());
    let (proposed_by, approved_by) = (None, None);
    Ok(Some(Invalidated { consent_id, topic, since, authority, reason, proposed_by, approved_by }.into()))
}

/// What the consent is about, where it is not known to be invalid since then: the earliest time holds.
fn news<'a>(
    state: &'a State,
    consent_id: ConsentId,
    since: Instant,
    context: &Context,
) -> Result<Option<&'a Topic>, Rejection> {
    let terms = state.given.get(&consent_id).ok_or(Rejection::ConsentUnknown)?;
    if state.invalid.get(&consent_id).is_some_and(|known| *known <= since) {
        return Ok(None);
    }
    if since > context.now {
        return Err(Rejection::InvalidSinceAhead);
    }
    Ok(Some(&terms.topic))
}
