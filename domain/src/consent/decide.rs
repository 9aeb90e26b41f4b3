//! The rules of consent.

use super::command::{Command, Give};
use super::event::{Event, Expired, Given, Method, Notice, Refused, Requested, Topic, Withdrawn};
use super::state::{State, Status, Terms};
use crate::aggregate::Reason;
use crate::context::Context;
use crate::id::ConsentId;
use crate::value::Instant;

/// Most topics of one subject.
pub const TOPICS_MAX: usize = 500;

/// Why a command to a subject's consents is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Silence is not consent, and neither is an answer that nobody asked for.
    #[error("the subject was not asked about this purpose and channel; record the request first")]
    NotRequested,
    /// The words that were agreed to are not the ones that were shown.
    #[error("the subject was shown version {shown} of the notice; a consent to other words is none")]
    NoticeDiffers {
        /// The version that was shown.
        shown: String,
    },
    /// There is a consent already.
    #[error("a consent for this purpose and channel is in force; withdraw it or let it expire first")]
    AlreadyGiven,
    /// The id belongs to another consent, or to one that has ended.
    #[error("another consent has this id, or had it; a new consent is given a new id")]
    ConsentIdUsed,
    /// It ended before it began.
    #[error("a consent holds until a time after it was given")]
    ValidityOver,
    /// It is still in force.
    #[error("the consent has not run out")]
    NotExpired,
    /// As many topics as a subject can have.
    #[error("a subject has at most {TOPICS_MAX} purposes and channels")]
    TooManyTopics,
}

impl Reason for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::NotRequested => "CONSENT_NOT_REQUESTED",
            Self::NoticeDiffers { .. } => "CONSENT_NOTICE_DIFFERS",
            Self::AlreadyGiven => "CONSENT_ALREADY_GIVEN",
            Self::ConsentIdUsed => "CONSENT_ID_USED",
            Self::ValidityOver => "CONSENT_VALIDITY_OVER",
            Self::NotExpired => "CONSENT_NOT_EXPIRED",
            Self::TooManyTopics => "CONSENT_TOPICS_EXHAUSTED",
        }
    }
}

pub(super) fn decide(state: &State, command: &Command, context: &Context) -> Result<Vec<Event>, Rejection> {
    let topic = topic(command);
    let status = state.topics.get(topic);
    // A withdrawal is accepted even where there is no room for anything else.
    let withdraws = matches!(command, Command::Withdraw { .. });
    if status.is_none() && !withdraws && state.topics.len() >= TOPICS_MAX {
        return Err(Rejection::TooManyTopics);
    }
    let event = match command {
        Command::Request { topic, notice } => requested(status, topic, notice, context)?,
        Command::Give(give) => given(state, give, context)?,
        Command::Refuse { topic, method } => refused(status, topic, *method, context)?,
        Command::Withdraw { topic, method, evidence } => withdrawn(status).then(|| {
            let consent_id = consent_given(status);
            Withdrawn { consent_id, topic: topic.clone(), method: *method, evidence: evidence.clone() }.into()
        }),
        Command::Expire { topic } => expired(status, topic, context)?,
    };
    Ok(event.into_iter().collect())
}

const fn topic(command: &Command) -> &Topic {
    match command {
        Command::Request { topic, .. }
        | Command::Refuse { topic, .. }
        | Command::Withdraw { topic, .. }
        | Command::Expire { topic } => topic,
        Command::Give(give) => &give.topic,
    }
}

fn requested(
    status: Option<&Status>,
    topic: &Topic,
    notice: &Notice,
    context: &Context,
) -> Result<Option<Event>, Rejection> {
    match status {
        Some(Status::Requested { notice: shown }) if shown == notice => Ok(None),
        Some(Status::Given { valid_until, .. }) if in_force(*valid_until, context.now) => {
            Err(Rejection::AlreadyGiven)
        }
        Some(
            Status::Requested { .. }
            | Status::Given { .. }
            | Status::Refused
            | Status::Withdrawn
            | Status::Expired { .. },
        )
        | None => Ok(Some(Requested { topic: topic.clone(), notice: notice.clone() }.into())),
    }
}

fn given(state: &State, give: &Give, context: &Context) -> Result<Option<Event>, Rejection> {
    let status = state.topics.get(&give.topic);
    if let Some(terms) = state.given.get(&give.consent_id) {
        let again = consent_given(status) == Some(give.consent_id) && *terms == terms_of(give);
        return if again { Ok(None) } else { Err(Rejection::ConsentIdUsed) };
    }
    match status {
        Some(Status::Given { valid_until, .. }) if in_force(*valid_until, context.now) => {
            return Err(Rejection::AlreadyGiven);
        }
        Some(Status::Requested { notice }) if !notice.is_same_as(&give.notice) => {
            return Err(Rejection::NoticeDiffers { shown: notice.version.to_string() });
        }
        Some(Status::Requested { .. }) => {}
        None if give.method == Method::ApiImport => {}
        Some(Status::Given { .. } | Status::Refused | Status::Withdrawn | Status::Expired { .. }) | None => {
            return Err(Rejection::NotRequested);
        }
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
        }
        .into(),
    ))
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
    status: Option<&Status>,
    topic: &Topic,
    method: Method,
    context: &Context,
) -> Result<Option<Event>, Rejection> {
    match status {
        Some(Status::Requested { .. }) => Ok(Some(Refused { topic: topic.clone(), method }.into())),
        Some(Status::Refused) => Ok(None),
        Some(Status::Given { valid_until, .. }) if in_force(*valid_until, context.now) => {
            Err(Rejection::AlreadyGiven)
        }
        Some(Status::Given { .. } | Status::Withdrawn | Status::Expired { .. }) | None => {
            Err(Rejection::NotRequested)
        }
    }
}

/// Whether a withdrawal changes anything: it is accepted always, and recorded once.
const fn withdrawn(status: Option<&Status>) -> bool {
    match status {
        Some(Status::Withdrawn) => false,
        Some(Status::Requested { .. } | Status::Given { .. } | Status::Refused | Status::Expired { .. })
        | None => true,
    }
}

const fn consent_given(status: Option<&Status>) -> Option<ConsentId> {
    match status {
        Some(Status::Given { consent_id, .. }) => Some(*consent_id),
        Some(Status::Requested { .. } | Status::Refused | Status::Withdrawn | Status::Expired { .. })
        | None => None,
    }
}

fn expired(status: Option<&Status>, topic: &Topic, context: &Context) -> Result<Option<Event>, Rejection> {
    match status {
        Some(Status::Given { consent_id, valid_until: Some(valid_until) }) if *valid_until <= context.now => {
            Ok(Some(
                Expired { consent_id: *consent_id, topic: topic.clone(), valid_until: *valid_until }.into(),
            ))
        }
        Some(Status::Given { .. }) => Err(Rejection::NotExpired),
        Some(Status::Expired { .. }) => Ok(None),
        Some(Status::Requested { .. } | Status::Refused | Status::Withdrawn) | None => {
            Err(Rejection::NotRequested)
        }
    }
}

fn in_force(valid_until: Option<Instant>, at: Instant) -> bool {
    valid_until.is_none_or(|until| at < until)
}
