//! The rules of suppression.

use std::collections::BTreeSet;

use super::command::{Command, Said};
use super::event::{Event, LiftRequested, Lifted, Raised, Retained};
use super::state::{State, Status};
use crate::aggregate::Reason;
use crate::consent::{Jurisdiction, Method};
use crate::context::Context;
use crate::value::{Label, Reference};

/// Why a command to a subject's suppressions is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// There is nothing to lift.
    #[error("no suppression of this kind and scope stands; name both as they were raised")]
    NotRaised,
    /// Nobody wants something by a signal, a click in a message that stops it, or an import.
    #[error("a suppression is lifted by an act of the subject that says so; this method is none")]
    MethodNotExplicit,
    /// One act is not enough.
    #[error("after an opt-out signal the subject asks to come back first, and confirms it in a second step")]
    LiftNotRequested,
}

impl Reason for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::NotRaised => "SUPPRESSION_NOT_RAISED",
            Self::MethodNotExplicit => "SUPPRESSION_METHOD_NOT_EXPLICIT",
            Self::LiftNotRequested => "SUPPRESSION_LIFT_NOT_REQUESTED",
        }
    }
}

pub(super) fn decide(state: &State, command: &Command, context: &Context) -> Result<Vec<Event>, Rejection> {
    let event = match command {
        Command::Raise { said, jurisdiction } => {
            raised(status(state, said), said, jurisdiction.as_ref(), context)
        }
        Command::RequestLift(said) => lift_requested(status(state, said), said)?,
        Command::Lift { said, reason } => lifted(status(state, said), said, reason)?,
        Command::Retain { point_digests } => retained(state, point_digests),
    };
    Ok(event.into_iter().collect())
}

fn status(state: &State, said: &Said) -> Option<Status> {
    state.suppressions.get(&(said.kind, said.scope.clone())).copied()
}

/// Accepted always, and recorded once. Raised anew, it breaks off a lift that was begun.
fn raised(
    status: Option<Status>,
    said: &Said,
    jurisdiction: Option<&Jurisdiction>,
    context: &Context,
) -> Option<Event> {
    match status {
        Some(Status::Raised) => None,
        Some(Status::LiftRequested | Status::Lifted) | None => {
            let Said { kind, scope, method, evidence } = said.clone();
            let no_reask_before =
                jurisdiction.and_then(|jurisdiction| jurisdiction.no_reask_before(context.occurred_at));
            let jurisdiction = jurisdiction.cloned();
            Some(Raised { kind, scope, method, evidence, jurisdiction, no_reask_before }.into())
        }
    }
}

fn lift_requested(status: Option<Status>, said: &Said) -> Result<Option<Event>, Rejection> {
    match status {
        Some(Status::Raised) if !says_so(said.method) => Err(Rejection::MethodNotExplicit),
        Some(Status::Raised) => {
            let Said { kind, scope, method, evidence } = said.clone();
            Ok(Some(LiftRequested { kind, scope, method, evidence }.into()))
        }
        Some(Status::LiftRequested) => Ok(None),
        Some(Status::Lifted) | None => Err(Rejection::NotRaised),
    }
}

fn lifted(status: Option<Status>, said: &Said, reason: &Label) -> Result<Option<Event>, Rejection> {
    match status {
        Some(Status::Raised | Status::LiftRequested) if !says_so(said.method) => {
            Err(Rejection::MethodNotExplicit)
        }
        Some(Status::Raised) if said.kind.is_lifted_in_two_steps() => Err(Rejection::LiftNotRequested),
        Some(Status::Raised | Status::LiftRequested) => {
            let Said { kind, scope, method, evidence } = said.clone();
            Ok(Some(Lifted { kind, scope, method, reason: reason.clone(), evidence }.into()))
        }
        Some(Status::Lifted) => Ok(None),
        None => Err(Rejection::NotRaised),
    }
}

/// Whether who uses this method says that they want something.
const fn says_so(method: Method) -> bool {
    match method {
        Method::Checkbox
        | Method::Button
        | Method::DoubleOptIn
        | Method::VoiceRecorded
        | Method::PaperSigned
        | Method::StaffRecorded => true,
        Method::ApiImport | Method::GpcSignal | Method::OneClickUnsubscribe => false,
    }
}

/// Just enough is kept: nothing where nothing stands.
fn retained(state: &State, point_digests: &BTreeSet<Reference>) -> Option<Event> {
    let adds = !point_digests.is_subset(&state.retained);
    (state.stands() && adds).then(|| Retained { point_digests: point_digests.clone() }.into())
}
