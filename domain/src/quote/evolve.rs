//! How a quote's events fold.

use super::event::Event;
use super::state::{Quote, State};

pub(super) fn evolve(state: State, event: &Event) -> State {
    match (state, event) {
        (State::Uncreated, Event::Created(created)) => {
            State::Draft(Quote { begun: created.into(), offer: created.offer.clone() })
        }
        (State::Draft(quote) | State::Sent(quote, _), Event::Revised(revised)) => {
            State::Draft(Quote { offer: revised.offer.clone(), ..quote })
        }
        (State::Draft(quote), Event::Sent(sent)) => State::Sent(quote, sent.clone()),
        (State::Sent(quote, _), Event::Accepted(accepted)) => State::Accepted(quote, accepted.clone()),
        (State::Sent(quote, _), Event::Declined(declined)) => State::Declined(quote, declined.clone()),
        (State::Sent(quote, _), Event::Expired(expired)) => State::Expired(quote, expired.clone()),
        (State::Draft(quote) | State::Sent(quote, _), Event::Withdrawn(withdrawn)) => {
            State::Withdrawn(quote, withdrawn.clone())
        }
        (state, _) => state,
    }
}
