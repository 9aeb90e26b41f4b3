//! How a subscription's events fold.

use super::event::Event;
use super::state::{Contract, State};

pub(super) fn evolve(state: State, event: &Event) -> State {
    match (state, event) {
        (State::NotStarted, Event::Started(started)) => State::Active(Contract {
            started: started.clone(),
            cancelled: None,
            mrr: started.mrr,
            term_ends_on: started.term_ends_on,
        }),
        (State::Active(mut contract), Event::Renewed(renewed)) => {
            contract.term_ends_on = Some(renewed.term_ends_on);
            State::Active(contract)
        }
        (State::Active(mut contract), Event::AmountChanged(changed)) => {
            contract.mrr = changed.mrr;
            State::Active(contract)
        }
        (State::Active(contract), Event::Paused(_)) => State::Paused(contract),
        (State::Active(mut contract) | State::Paused(mut contract), Event::Cancelled(cancelled)) => {
            contract.cancelled = Some(cancelled.clone());
            State::Cancelled(contract)
        }
        (State::Paused(mut contract) | State::Cancelled(mut contract), Event::Reactivated(reactivated)) => {
            contract.mrr = reactivated.mrr;
            contract.cancelled = None;
            State::Active(contract)
        }
        (state @ (State::NotStarted | State::Active(_) | State::Paused(_) | State::Cancelled(_)), _) => state,
    }
}
