//! How an opportunity's events fold.

use super::event::{Event, Opened};
use super::state::{Deal, State};

pub(super) fn evolve(state: State, event: &Event) -> State {
    match (state, event) {
        (State::Unopened, Event::Opened(opened)) => State::Open(deal(opened)),
        (State::Open(deal), event) => worked_on(deal, event),
        (State::Won(mut deal) | State::Lost(mut deal), Event::Reopened(reopened)) => {
            deal.place = reopened.place.clone();
            deal.closed_from = None;
            deal.lost = None;
            State::Open(deal)
        }
        (state @ (State::Unopened | State::Won(_) | State::Lost(_)), _) => state,
    }
}

fn deal(opened: &Opened) -> Deal {
    Deal {
        opened: opened.clone(),
        pipeline_id: opened.pipeline_id,
        place: opened.place.clone(),
        closed_from: None,
        lost: None,
        amount: opened.amount,
        expected_close_on: opened.expected_close_on,
        owner: opened.owner.clone(),
        team: opened.team.clone(),
    }
}

fn worked_on(mut deal: Deal, event: &Event) -> State {
    match event {
        Event::StageMoved(moved) => deal.place = moved.place.clone(),
        Event::AmountRevised(revised) => deal.amount = Some(revised.amount),
        Event::CloseDateMoved(moved) => deal.expected_close_on = Some(moved.expected_close_on),
        Event::OwnerAssigned(assigned) => {
            deal.owner = Some(assigned.owner.clone());
            deal.team = assigned.team.clone();
        }
        Event::Won(won) => {
            deal.place = won.place.clone();
            deal.closed_from = Some(won.from.clone());
            deal.amount = won.amount;
            return State::Won(deal);
        }
        Event::Lost(lost) => {
            deal.place = lost.place.clone();
            deal.closed_from = Some(lost.from.clone());
            deal.lost = Some(lost.clone());
            return State::Lost(deal);
        }
        Event::Opened(_) | Event::Reopened(_) => {}
    }
    State::Open(deal)
}
