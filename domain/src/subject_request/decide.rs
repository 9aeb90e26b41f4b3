//! The rules of a subject's request.

use super::command::{Command, Receive};
use super::event::{Approved, Event, Extended, Fulfilled, Outcome, Received, Refused, Right};
use super::state::{Request, State};
use crate::aggregate::Reason;
use crate::context::Context;
use crate::value::Label;

/// Months until a request has to be answered: article 12(3) of the GDPR.
const MONTHS_TO_ANSWER: u32 = 1;
/// Months that an extension adds: the same.
const MONTHS_OF_AN_EXTENSION: u32 = 2;

/// Why a command to a subject's request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// There is no request under this id.
    #[error("no subject's request was received under this id")]
    NotReceived,
    /// Another request stands under this id.
    #[error("another subject's request was received under this id; choose a new one")]
    AlreadyReceived,
    /// Four eyes.
    #[error("who received a subject's request cannot approve it; let somebody else do so")]
    SameActor,
    /// Nobody has said yes yet.
    #[error("the subject's request is not approved; let a second person approve it first")]
    NotApproved,
    /// It is closed.
    #[error("the subject's request is closed; a new one is received under a new id")]
    Closed,
    /// An erasure is done by the service, everything else by people.
    #[error(
        "what was done does not fit what was asked for: an erasure takes no note, every other right does"
    )]
    OutcomeDiffers,
}

impl Reason for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::NotReceived => "SUBJECT_REQUEST_NOT_FOUND",
            Self::AlreadyReceived => "SUBJECT_REQUEST_ALREADY_RECEIVED",
            Self::SameActor => "SUBJECT_REQUEST_SAME_ACTOR",
            Self::NotApproved => "SUBJECT_REQUEST_NOT_APPROVED",
            Self::Closed => "SUBJECT_REQUEST_CLOSED",
            Self::OutcomeDiffers => "SUBJECT_REQUEST_OUTCOME_DIFFERS",
        }
    }
}

pub(super) fn decide(state: &State, command: &Command, context: &Context) -> Result<Vec<Event>, Rejection> {
    let event = match (state, command) {
        (State::NotReceived, Command::Receive(receive)) => Some(received(receive, context)),
        (
            State::Received(request)
            | State::Approved(request, _)
            | State::Refused(request, _)
            | State::Fulfilled(request, _),
            Command::Receive(receive),
        ) => repeated(request, receive)?,
        (State::NotReceived, _) => return Err(Rejection::NotReceived),
        (State::Received(request) | State::Approved(request, _), Command::Extend { reason }) => {
            extended(request, reason)
        }
        (State::Received(request), Command::Approve) => Some(approved(request, context)?),
        (State::Approved(..), Command::Approve) => None,
        (State::Received(_) | State::Approved(..), Command::Refuse { reason }) => {
            Some(Refused { reason: reason.clone() }.into())
        }
        (State::Received(_), Command::Fulfil(_)) => return Err(Rejection::NotApproved),
        (State::Approved(request, _), Command::Fulfil(outcome)) => Some(fulfilled(request, outcome)?),
        (State::Refused(_, known), Command::Refuse { reason }) if known == reason => None,
        (State::Fulfilled(_, known), Command::Fulfil(outcome)) if known == outcome => None,
        (
            State::Refused(..) | State::Fulfilled(..),
            Command::Extend { .. } | Command::Approve | Command::Refuse { .. } | Command::Fulfil(_),
        ) => return Err(Rejection::Closed),
    };
    Ok(event.into_iter().collect())
}

fn received(receive: &Receive, context: &Context) -> Event {
    Received {
        contact_id: receive.contact_id,
        right: receive.right,
        ground: receive.ground.clone(),
        received_by: context.actor.clone(),
        due_on: context.occurred_at.date().plus_months(MONTHS_TO_ANSWER),
    }
    .into()
}

fn repeated(request: &Request, receive: &Receive) -> Result<Option<Event>, Rejection> {
    let known = &request.received;
    let is_same = (known.contact_id, known.right, &known.ground)
        == (receive.contact_id, receive.right, &receive.ground);
    if is_same { Ok(None) } else { Err(Rejection::AlreadyReceived) }
}

fn extended(request: &Request, reason: &Label) -> Option<Event> {
    let due_on = request.received.due_on.plus_months(MONTHS_OF_AN_EXTENSION);
    request.extended.is_none().then(|| Extended { due_on, reason: reason.clone() }.into())
}

fn approved(request: &Request, context: &Context) -> Result<Event, Rejection> {
    if request.received.received_by == context.actor {
        return Err(Rejection::SameActor);
    }
    Ok(Approved { approved_by: context.actor.clone() }.into())
}

fn fulfilled(request: &Request, outcome: &Outcome) -> Result<Event, Rejection> {
    match (request.received.right, outcome) {
        (Right::Erasure, Outcome::Erased(_))
        | (
            Right::Access | Right::Rectification | Right::Restriction | Right::Portability | Right::Objection,
            Outcome::ByHand { .. },
        ) => Ok(Fulfilled { outcome: outcome.clone() }.into()),
        (Right::Erasure, Outcome::ByHand { .. })
        | (
            Right::Access | Right::Rectification | Right::Restriction | Right::Portability | Right::Objection,
            Outcome::Erased(_),
        ) => Err(Rejection::OutcomeDiffers),
    }
}
