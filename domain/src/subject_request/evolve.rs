//! How the events of a subject's request fold.

use super::event::Event;
use super::recipients::Recipients;
use super::state::{Approval, Request, Schedule, State};

pub(super) fn evolve(state: State, event: &Event) -> State {
    match (state, event) {
        (State::NotReceived, Event::Received(received)) => State::Received(Request {
            received: received.clone(),
            extended: None,
            archive: None,
            cancelled: None,
            noted_due_soon: None,
            noted_overdue: None,
            recipients: Recipients::default(),
        }),
        (State::Received(request), Event::Extended(extended)) => {
            State::Received(Request { extended: Some(extended.clone()), ..request })
        }
        (State::Approved(request, by), Event::Extended(extended)) => {
            State::Approved(Request { extended: Some(extended.clone()), ..request }, by)
        }
        (State::Approved(request, by), Event::ArchiveMade(made)) => {
            State::Approved(Request { archive: Some(made.clone()), ..request }, by)
        }
        (State::Fulfilled(request, outcome), event) => State::Fulfilled(afterwards(request, event), outcome),
        (State::Received(request), Event::Approved(approved)) => {
            State::Approved(request, Approval { by: approved.approved_by.clone(), erasure: Schedule::Unset })
        }
        (State::Approved(request, approval), Event::ErasureScheduled(scheduled)) => {
            State::Approved(request, Approval { erasure: Schedule::At(scheduled.erase_at), ..approval })
        }
        (State::Approved(request, approval), Event::ErasureBegun(_)) => {
            State::Approved(request, Approval { erasure: Schedule::Begun, ..approval })
        }
        (State::Approved(request, _), Event::ErasureCancelled(cancelled)) => {
            State::Received(Request { cancelled: Some(cancelled.clone()), ..request })
        }
        (State::Received(request), Event::DueSoon(noted)) => {
            State::Received(Request { noted_due_soon: Some(noted.due_on), ..request })
        }
        (State::Approved(request, approval), Event::DueSoon(noted)) => {
            State::Approved(Request { noted_due_soon: Some(noted.due_on), ..request }, approval)
        }
        (State::Received(request), Event::Overdue(noted)) => {
            State::Received(Request { noted_overdue: Some(noted.due_on), ..request })
        }
        (State::Approved(request, approval), Event::Overdue(noted)) => {
            State::Approved(Request { noted_overdue: Some(noted.due_on), ..request }, approval)
        }
        (State::Approved(request, approval), Event::RecipientsListed(listed)) => {
            let recipients = request.recipients.listed(listed);
            State::Approved(Request { recipients, ..request }, approval)
        }
        (State::Received(request) | State::Approved(request, _), Event::Refused(refused)) => {
            State::Refused(request, refused.reason.clone())
        }
        (State::Approved(request, _), Event::Fulfilled(fulfilled)) => {
            State::Fulfilled(request, fulfilled.outcome.clone())
        }
        (state @ (State::NotReceived | State::Received(_) | State::Approved(..) | State::Refused(..)), _) => {
            state
        }
    }
}

/// What still happens to a request that was fulfilled.
fn afterwards(request: Request, event: &Event) -> Request {
    match event {
        Event::ArchiveMade(made) => Request { archive: Some(made.clone()), ..request },
        Event::RecipientTold(told) => {
            let recipients = request.recipients.told(told);
            Request { recipients, ..request }
        }
        Event::RecipientNotTold(not_told) => {
            let recipients = request.recipients.not_told(not_told);
            Request { recipients, ..request }
        }
        Event::Received(_)
        | Event::Extended(_)
        | Event::Approved(_)
        | Event::Refused(_)
        | Event::Fulfilled(_)
        | Event::ErasureScheduled(_)
        | Event::ErasureCancelled(_)
        | Event::ErasureBegun(_)
        | Event::DueSoon(_)
        | Event::Overdue(_)
        | Event::RecipientsListed(_) => request,
    }
}
