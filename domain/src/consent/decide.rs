//! The rules of consent: asking and answering. Its other rules stand beside it.

mod confirmation;
mod ending;
mod invalidation;
mod renewal;

use super::command::{Command, Give};
use super::event::{Event, Given, Refused, Requested, Withdrawn};
use super::jurisdiction::Jurisdiction;
use super::parts::{Method, Notice, Topic};
use super::rejection::Rejection;
use super::state::{State, Status, Terms};
use crate::context::Context;
use crate::id::ConsentId;
use crate::value::Instant;

/// Most topics of one subject.
pub const TOPICS_MAX: usize = 500;
/// Longest time in which a consent is confirmed, in days.
pub const CONFIRMATION_DAYS_MAX: u32 = 7;

pub(super) fn decide(state: &State, command: &Command, context: &Context) -> Result<Vec<Event>, Rejection> {
    // A withdrawal is accepted even where there is no room for anything else.
    let withdraws = matches!(command, Command::Withdraw { .. });
    let adds = topic(command).is_some_and(|topic| !state.topics.contains_key(topic));
    if adds && !withdraws && state.topics.len() >= TOPICS_MAX {
        return Err(Rejection::TooManyTopics);
    }
    let event = match command {
        Command::Request { topic, notice, jurisdiction, opted_out_until } => {
            let asked = Asked { topic, notice, jurisdiction: jurisdiction.as_ref() };
            requested(state, &asked, *opted_out_until, context)?
        }
        Command::Give(give) => given(state, give, context)?,
        Command::RequestConfirmation { give, token_sha256, confirm_by } => {
            confirmation::requested(state, give, *token_sha256, *confirm_by, context)?
        }
        Command::Confirm { token_sha256, evidence } => {
            Some(confirmation::confirmed(state, *token_sha256, evidence.as_ref(), context)?)
        }
        Command::Refuse { topic, method, jurisdiction } => {
            refused(state, topic, *method, jurisdiction.as_ref(), context)?
        }
        Command::Withdraw { topic, method, evidence, jurisdiction } => {
            let no_reask_before = left_alone(state, topic, jurisdiction.as_ref(), context);
            withdrawn(state.topics.get(topic)).then(|| {
                Withdrawn {
                    consent_id: consent_given(state.topics.get(topic)),
                    topic: topic.clone(),
                    method: *method,
                    evidence: evidence.clone(),
                    jurisdiction: jurisdiction.clone(),
                    no_reask_before,
                }
                .into()
            })
        }
        Command::Expire { topic } => ending::expired(state.topics.get(topic), topic, context)?,
        Command::Renew { consent_id, topic, method, evidence, valid_until } => {
            let renewal = renewal::Renewal { consent_id: *consent_id, topic, method: *method, evidence };
            renewal::renewed(state, &renewal, *valid_until, context)?
        }
        Command::Revoke { topic, reason } => {
            ending::revoked(state.topics.get(topic), topic, reason, context)?
        }
        Command::ProposeInvalidation { consent_id, since, authority, reason } => {
            invalidation::proposed(state, *consent_id, *since, [authority, reason], context)?
        }
        Command::ApproveInvalidation { consent_id, since } => {
            invalidation::approved(state, *consent_id, *since, context)?
        }
        Command::Invalidate { consent_id, since, authority, reason } => {
            invalidation::found(state, *consent_id, *since, [authority, reason], context)?
        }
    };
    Ok(event.into_iter().collect())
}

/// What a command may be the first to speak of.
const fn topic(command: &Command) -> Option<&Topic> {
    match command {
        Command::Request { topic, .. }
        | Command::Refuse { topic, .. }
        | Command::Withdraw { topic, .. }
        | Command::Expire { topic }
        | Command::Renew { topic, .. }
        | Command::Revoke { topic, .. } => Some(topic),
        Command::Give(give) | Command::RequestConfirmation { give, .. } => Some(&give.topic),
        Command::Confirm { .. }
        | Command::ProposeInvalidation { .. }
        | Command::ApproveInvalidation { .. }
        | Command::Invalidate { .. } => None,
    }
}

/// What a subject is asked.
struct Asked<'a> {
    topic: &'a Topic,
    notice: &'a Notice,
    jurisdiction: Option<&'a Jurisdiction>,
}

fn requested(
    state: &State,
    asked: &Asked<'_>,
    opted_out_until: Option<Instant>,
    context: &Context,
) -> Result<Option<Event>, Rejection> {
    let status = state.topics.get(asked.topic);
    if is_asked(status, asked.notice, context) {
        return Ok(None);
    }
    must_not_be_in_force(status, context)?;
    let said_no = state.no_reask_before.get(asked.topic).copied();
    if let Some(no_reask_before) = said_no.max(opted_out_until).filter(|until| context.occurred_at < *until) {
        return Err(Rejection::ReaskTooEarly { no_reask_before });
    }
    let (topic, notice) = (asked.topic.clone(), asked.notice.clone());
    Ok(Some(Requested { topic, notice, jurisdiction: asked.jurisdiction.cloned() }.into()))
}

/// Whether the subject is asked in these words, and may answer still.
fn is_asked(status: Option<&Status>, notice: &Notice, context: &Context) -> bool {
    match status {
        Some(Status::Requested { notice: shown }) => shown == notice,
        Some(Status::Pending(pending)) => pending.terms.notice == *notice && context.now < pending.confirm_by,
        Some(
            Status::Given { .. }
            | Status::Refused
            | Status::Withdrawn
            | Status::Expired { .. }
            | Status::Revoked { .. }
            | Status::Invalidated { .. },
        )
        | None => false,
    }
}

fn given(state: &State, give: &Give, context: &Context) -> Result<Option<Event>, Rejection> {
    let status = state.topics.get(&give.topic);
    if is_given_again(state, status, give.consent_id, &terms_of(give))? {
        return Ok(None);
    }
    must_not_be_in_force(status, context)?;
    if matches!(status, Some(Status::Pending(_))) {
        return Err(Rejection::NotConfirmed);
    }
    let is_taken_over = status.is_none() && give.method == Method::ApiImport;
    if !is_taken_over {
        answers(status, &give.notice)?;
    }
    if !in_force(give.valid_until, context.occurred_at) {
        return Err(Rejection::ValidityOver);
    }
    Ok(Some(
        Given {
            consent_id: give.consent_id,
            topic: give.topic.clone(),
            notice: give.notice.clone(),
            method: give.method,
            evidence_grade: give.method.grade(),
            evidence: give.evidence.clone(),
            valid_until: give.valid_until,
            jurisdiction: give.jurisdiction.clone(),
        }
        .into(),
    ))
}

fn must_not_be_in_force(status: Option<&Status>, context: &Context) -> Result<(), Rejection> {
    match status {
        Some(Status::Given { valid_until, .. }) if in_force(*valid_until, context.now) => {
            Err(Rejection::AlreadyGiven)
        }
        Some(
            Status::Given { .. }
            | Status::Requested { .. }
            | Status::Pending(_)
            | Status::Refused
            | Status::Withdrawn
            | Status::Expired { .. }
            | Status::Revoked { .. }
            | Status::Invalidated { .. },
        )
        | None => Ok(()),
    }
}

/// An agreement answers a request, and agrees to the words that were shown.
fn answers(status: Option<&Status>, agreed: &Notice) -> Result<(), Rejection> {
    let shown = match status {
        Some(Status::Requested { notice }) => notice,
        Some(Status::Pending(pending)) => &pending.terms.notice,
        Some(
            Status::Given { .. }
            | Status::Refused
            | Status::Withdrawn
            | Status::Expired { .. }
            | Status::Revoked { .. }
            | Status::Invalidated { .. },
        )
        | None => return Err(Rejection::NotRequested),
    };
    if shown.is_same_as(agreed) {
        Ok(())
    } else {
        Err(Rejection::NoticeDiffers { shown: shown.version.to_string() })
    }
}

/// Whether this very consent is the one that stands; another one with its id is refused.
fn is_given_again(
    state: &State,
    status: Option<&Status>,
    consent_id: ConsentId,
    terms: &Terms,
) -> Result<bool, Rejection> {
    match state.given.get(&consent_id) {
        None if waits_elsewhere(state, &terms.topic, consent_id) => Err(Rejection::ConsentIdUsed),
        None => Ok(false),
        Some(given) if consent_given(status) == Some(consent_id) && given == terms => Ok(true),
        Some(_) => Err(Rejection::ConsentIdUsed),
    }
}

/// Whether a consent about another topic will have this id once it is confirmed.
fn waits_elsewhere(state: &State, topic: &Topic, consent_id: ConsentId) -> bool {
    let waits =
        |status: &Status| matches!(status, Status::Pending(pending) if pending.consent_id == consent_id);
    state.topics.iter().any(|(other, status)| other != topic && waits(status))
}

fn terms_of(give: &Give) -> Terms {
    Terms {
        topic: give.topic.clone(),
        notice: give.notice.clone(),
        method: give.method,
        valid_until: give.valid_until,
    }
}

fn refused(
    state: &State,
    topic: &Topic,
    method: Method,
    jurisdiction: Option<&Jurisdiction>,
    context: &Context,
) -> Result<Option<Event>, Rejection> {
    let status = state.topics.get(topic);
    must_not_be_in_force(status, context)?;
    match status {
        Some(Status::Requested { .. } | Status::Pending(_)) => {
            let no_reask_before = left_alone(state, topic, jurisdiction, context);
            let (topic, jurisdiction) = (topic.clone(), jurisdiction.cloned());
            Ok(Some(Refused { topic, method, jurisdiction, no_reask_before }.into()))
        }
        Some(Status::Refused) => Ok(None),
        Some(
            Status::Given { .. }
            | Status::Withdrawn
            | Status::Expired { .. }
            | Status::Revoked { .. }
            | Status::Invalidated { .. },
        )
        | None => Err(Rejection::NotRequested),
    }
}

/// Until when the law has a subject left alone who says no now.
fn left_alone(
    state: &State,
    topic: &Topic,
    jurisdiction: Option<&Jurisdiction>,
    context: &Context,
) -> Option<Instant> {
    let jurisdiction = jurisdiction.or_else(|| state.jurisdictions.get(topic))?;
    jurisdiction.no_reask_before(context.occurred_at)
}

/// Whether a withdrawal changes anything: it is accepted always, and recorded once.
const fn withdrawn(status: Option<&Status>) -> bool {
    !matches!(status, Some(Status::Withdrawn))
}

const fn consent_given(status: Option<&Status>) -> Option<ConsentId> {
    match status {
        Some(Status::Given { consent_id, .. }) => Some(*consent_id),
        Some(
            Status::Requested { .. }
            | Status::Pending(_)
            | Status::Refused
            | Status::Withdrawn
            | Status::Expired { .. }
            | Status::Revoked { .. }
            | Status::Invalidated { .. },
        )
        | None => None,
    }
}

fn in_force(valid_until: Option<Instant>, at: Instant) -> bool {
    valid_until.is_none_or(|until| at < until)
}
