//! The rules of a subject's request.

use std::collections::BTreeSet;

use super::command::{Command, Receive};
use super::event::{
    Approved, Archive, ArchiveMade, DueSoon, ErasureBegun, ErasureCancelled, ErasureScheduled, Event,
    Extended, Fulfilled, Outcome, Overdue, Received, Refused, Right,
};
use super::recipients::Recipients;
use super::state::{Approval, Request, Schedule, State, due_soon_from, overdue_from};
use crate::aggregate::Reason;
use crate::context::Context;
use crate::value::{Instant, Label};

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
    /// It may still be cancelled.
    #[error(
        "the window in which the erasure can be cancelled is open; it is done by itself when that closes"
    )]
    WindowOpen,
    /// There is nothing to cancel.
    #[error(
        "no erasure of this request waits for its window to close; `subject-request show` tells how it stands"
    )]
    ErasureNotScheduled,
    /// It is too late.
    #[error("the window has closed and the erasure has begun; it cannot be taken back")]
    ErasureBegun,
    /// Another right was asked for.
    #[error("an archive answers a request for access or for portability; receive one of these")]
    ArchiveNotAskedFor,
    /// Nothing went out to such a recipient, or nothing was done yet that they have to be told of.
    #[error("the request has no such recipient to be told; `subject-request show` names those that it has")]
    RecipientUnknown,
    /// Who was told was told.
    #[error("the recipient was told already; that cannot be impossible any more")]
    RecipientTold,
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
            Self::WindowOpen => "ERASURE_WINDOW_OPEN",
            Self::ErasureNotScheduled => "ERASURE_NOT_SCHEDULED",
            Self::ErasureBegun => "ERASURE_BEGUN",
            Self::ArchiveNotAskedFor => "SUBJECT_REQUEST_ARCHIVE_NOT_ASKED_FOR",
            Self::RecipientUnknown => "SUBJECT_REQUEST_RECIPIENT_NOT_FOUND",
            Self::RecipientTold => "SUBJECT_REQUEST_RECIPIENT_TOLD",
        }
    }
}

pub(super) fn decide(state: &State, command: &Command, context: &Context) -> Result<Vec<Event>, Rejection> {
    match (state, command) {
        (State::NotReceived, Command::Receive(receive)) => Ok(vec![received(receive, context)]),
        (
            State::Received(request)
            | State::Approved(request, _)
            | State::Refused(request, _)
            | State::Fulfilled(request, _),
            Command::Receive(receive),
        ) => repeated(request, receive),
        (State::NotReceived, _) => Err(Rejection::NotReceived),
        (State::Received(request), command) => of_received(request, command, context),
        (State::Approved(request, approval), command) => of_approved(request, approval, command, context),
        // A timer that comes too late has nothing to note.
        (State::Refused(..) | State::Fulfilled(..), Command::NoteDueSoon | Command::NoteOverdue) => {
            Ok(Vec::new())
        }
        (State::Refused(_, known), Command::Refuse { reason }) if known == reason => Ok(Vec::new()),
        (State::Fulfilled(_, known), Command::Fulfil { outcome, .. }) if known == outcome => Ok(Vec::new()),
        (State::Fulfilled(request, _), Command::NoteArchive(archive)) => {
            archive_made(request, *archive, context)
        }
        (State::Fulfilled(request, _), Command::NoteRecipientTold { recipient }) => {
            Ok(request.recipients.tell(recipient, context)?.into_iter().collect())
        }
        (State::Fulfilled(request, _), Command::NoteRecipientNotTold { recipient, reason }) => {
            Ok(request.recipients.give_up(recipient, reason, context)?.into_iter().collect())
        }
        (State::Refused(..), Command::NoteRecipientTold { .. } | Command::NoteRecipientNotTold { .. }) => {
            Err(Rejection::RecipientUnknown)
        }
        (
            State::Refused(..) | State::Fulfilled(..),
            Command::Extend { .. }
            | Command::Approve { .. }
            | Command::CancelErasure { .. }
            | Command::BeginErasure
            | Command::Refuse { .. }
            | Command::Fulfil { .. }
            | Command::NoteArchive(_),
        ) => Err(Rejection::Closed),
    }
}

fn of_received(request: &Request, command: &Command, context: &Context) -> Result<Vec<Event>, Rejection> {
    match command {
        Command::Receive(receive) => repeated(request, receive),
        Command::Extend { reason } => Ok(extended(request, reason)),
        Command::Approve { erase_at } => approved(request, *erase_at, context),
        Command::Refuse { reason } => Ok(vec![Refused { reason: reason.clone() }.into()]),
        Command::CancelErasure { reason } => match &request.cancelled {
            Some(cancelled) if cancelled.reason == *reason => Ok(Vec::new()),
            Some(_) | None => Err(Rejection::ErasureNotScheduled),
        },
        Command::NoteDueSoon => Ok(due_soon(request, context)),
        Command::NoteOverdue => Ok(overdue(request, context)),
        Command::BeginErasure | Command::Fulfil { .. } | Command::NoteArchive(_) => {
            Err(Rejection::NotApproved)
        }
        Command::NoteRecipientTold { .. } | Command::NoteRecipientNotTold { .. } => {
            Err(Rejection::RecipientUnknown)
        }
    }
}

fn of_approved(
    request: &Request,
    approval: &Approval,
    command: &Command,
    context: &Context,
) -> Result<Vec<Event>, Rejection> {
    match command {
        Command::Receive(receive) => repeated(request, receive),
        Command::Extend { reason } => Ok(extended(request, reason)),
        Command::Approve { .. } => Ok(Vec::new()),
        Command::Refuse { reason } => match approval.erasure {
            Schedule::Begun => Err(Rejection::ErasureBegun),
            Schedule::Unset | Schedule::At(_) => Ok(vec![Refused { reason: reason.clone() }.into()]),
        },
        Command::CancelErasure { reason } => match approval.erasure {
            Schedule::At(at) if context.now < at => {
                let (reason, cancelled_by) = (reason.clone(), context.actor.clone());
                Ok(vec![ErasureCancelled { reason, cancelled_by }.into()])
            }
            Schedule::At(_) | Schedule::Begun => Err(Rejection::ErasureBegun),
            Schedule::Unset => Err(Rejection::ErasureNotScheduled),
        },
        Command::BeginErasure => match approval.erasure {
            Schedule::At(at) if context.now < at => Err(Rejection::WindowOpen),
            Schedule::At(_) => Ok(vec![ErasureBegun {}.into()]),
            Schedule::Unset | Schedule::Begun => Ok(Vec::new()),
        },
        Command::NoteDueSoon => Ok(due_soon(request, context)),
        Command::NoteOverdue => Ok(overdue(request, context)),
        Command::NoteArchive(archive) => archive_made(request, *archive, context),
        Command::NoteRecipientTold { .. } | Command::NoteRecipientNotTold { .. } => {
            Err(Rejection::RecipientUnknown)
        }
        Command::Fulfil { outcome, recipients } => match approval.erasure {
            Schedule::At(_) => Err(Rejection::WindowOpen),
            Schedule::Unset | Schedule::Begun => fulfilled(request, outcome, recipients),
        },
    }
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

fn repeated(request: &Request, receive: &Receive) -> Result<Vec<Event>, Rejection> {
    let known = &request.received;
    let is_same = (known.contact_id, known.right, &known.ground)
        == (receive.contact_id, receive.right, &receive.ground);
    if is_same { Ok(Vec::new()) } else { Err(Rejection::AlreadyReceived) }
}

fn extended(request: &Request, reason: &Label) -> Vec<Event> {
    let due_on = request.received.due_on.plus_months(MONTHS_OF_AN_EXTENSION);
    let extended = || Extended { due_on, reason: reason.clone() }.into();
    request.extended.is_none().then(extended).into_iter().collect()
}

fn approved(
    request: &Request,
    erase_at: Option<Instant>,
    context: &Context,
) -> Result<Vec<Event>, Rejection> {
    let Received { contact_id, right, received_by, .. } = &request.received;
    if *received_by == context.actor {
        return Err(Rejection::SameActor);
    }
    let contact_id = *contact_id;
    let scheduled = erase_at
        .filter(|_| *right == Right::Erasure)
        .map(|erase_at| ErasureScheduled { contact_id, erase_at }.into());
    let approved = Approved { approved_by: context.actor.clone() }.into();
    Ok(std::iter::once(approved).chain(scheduled).collect())
}

fn due_soon(request: &Request, context: &Context) -> Vec<Event> {
    let due_on = request.due_on();
    let is_news = context.now >= due_soon_from(due_on) && request.noted_due_soon != Some(due_on);
    is_news.then(|| DueSoon { due_on }.into()).into_iter().collect()
}

fn overdue(request: &Request, context: &Context) -> Vec<Event> {
    let due_on = request.due_on();
    let is_news = context.now >= overdue_from(due_on) && request.noted_overdue != Some(due_on);
    is_news.then(|| Overdue { due_on }.into()).into_iter().collect()
}

fn archive_made(request: &Request, archive: Archive, context: &Context) -> Result<Vec<Event>, Rejection> {
    let is_known = request.archivable()?.archive.as_ref().is_some_and(|known| known.archive == archive);
    let made = ArchiveMade { archive, made_by: context.actor.clone(), made_at: context.occurred_at };
    Ok((!is_known).then(|| made.into()).into_iter().collect())
}

fn fulfilled(
    request: &Request,
    outcome: &Outcome,
    recipients: &BTreeSet<Label>,
) -> Result<Vec<Event>, Rejection> {
    let right = request.received.right;
    match (right, outcome) {
        (Right::Erasure, Outcome::Erased(_))
        | (
            Right::Access | Right::Rectification | Right::Restriction | Right::Portability | Right::Objection,
            Outcome::ByHand { .. },
        ) => {
            let listed = Recipients::list(recipients).filter(|_| right.is_told_to_recipients());
            Ok(listed.into_iter().chain([Fulfilled { outcome: outcome.clone() }.into()]).collect())
        }
        (Right::Erasure, Outcome::ByHand { .. })
        | (
            Right::Access | Right::Rectification | Right::Restriction | Right::Portability | Right::Objection,
            Outcome::Erased(_),
        ) => Err(Rejection::OutcomeDiffers),
    }
}
