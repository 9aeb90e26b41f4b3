//! How the events of a subject's request fold.

use super::event::Event;
use super::state::{Request, State};

pub(super) fn evolve(state: State, event: &Event) -> State {
    match (state, event) {
        (State::NotReceived, Event::Received(received)) => {
            State::Received(Request { received: received.clone(), extended: None })
        }
        (State::Received(request), Event::Extended(extended)) => {
            State::Received(Request { extended: Some(extended.clone()), ..request })
        }
        (State::Approved(request, by), Event::Extended(extended)) => {
            State::Approved(Request { extended: Some(extended.clone()), ..request }, by)
        }
        (State::Received(request), Event::Approved(approved)) => {
            State::Approved(request, approved.approved_by.clone())
        }
        (State::Received(request) | State::Approved(request, _), Event::Refused(refused)) => {
            State::Refused(request, refused.reason.clone())
        }
        (State::Approved(request, _), Event::Fulfilled(fulfilled)) => {
            State::Fulfilled(request, fulfilled.outcome.clone())
        }
        (
            state @ (State::NotReceived
            | State::Received(_)
            | State::Approved(..)
            | State::Refused(..)
            | State::Fulfilled(..)),
            _,
        ) => state,
    }
}
