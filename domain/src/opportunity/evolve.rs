//! How an opportunity's events fold.

use super::checklist::Checklist;
use super::event::{Event, Opened, StagePlace};
use super::state::{Deal, State};

pub(super) fn evolve(state: State, event: &Event) -> State {
    match (state, event) {
        (State::Unopened, Event::Opened(opened)) => State::Open(deal(opened)),
        (State::Open(deal), event) => worked_on(deal, event),
        (State::Won(mut deal) | State::Lost(mut deal), Event::Reopened(reopened)) => {
            enter(&mut deal, &reopened.place);
            deal.closed_from = None;
            deal.lost = None;
            State::Open(deal)
        }
        (state @ (State::Unopened | State::Won(_) | State::Lost(_)), _) => state,
    }
}

/// A deal as it begins.
pub(super) fn deal(opened: &Opened) -> Deal {
    Deal {
        opened: opened.clone(),
        pipeline_id: opened.pipeline_id,
        place: opened.place.clone(),
        closed_from: None,
        lost: None,
        amount: opened.amount,
        fx: opened.fx,
        expected_close_on: opened.expected_close_on,
        owner: opened.owner.clone(),
        team: opened.team.clone(),
        segments: opened.segments.clone(),
        next_step: opened.next_step.clone(),
        contact_roles: opened.contact_roles.clone(),
        forecast: None,
        checklist: Checklist::new(opened.place.stage.clone()),
        chosen_quote: None,
    }
}

/// Comes to a stage.
fn enter(deal: &mut Deal, place: &StagePlace) {
    deal.place = place.clone();
    deal.checklist.enter(place);
}

fn worked_on(mut deal: Deal, event: &Event) -> State {
    match event {
        Event::StageMoved(moved) => enter(&mut deal, &moved.place),
        Event::AmountRevised(revised) => {
            deal.amount = Some(revised.amount);
            deal.fx = revised.fx;
        }
        Event::CloseDateMoved(moved) => deal.expected_close_on = Some(moved.expected_close_on),
        Event::OwnerAssigned(assigned) => {
            deal.owner = Some(assigned.owner.clone());
            deal.team = assigned.team.clone();
        }
        Event::NextStepSet(next) => deal.next_step = Some(next.clone()),
        Event::ContactRoleAdded(added) => {
            deal.contact_roles.insert(added.contact_role);
        }
        Event::ContactRoleRemoved(removed) => {
            deal.contact_roles.remove(&removed.contact_role);
        }
        Event::ForecastOverridden(forecast) => {
            deal.forecast = (!forecast.is_taken_back()).then(|| forecast.clone());
        }
        Event::SegmentSet(set) => {
            deal.segments.insert(set.key.clone(), set.value.clone());
        }
        Event::SegmentCleared(cleared) => {
            deal.segments.remove(&cleared.key);
        }
        Event::CriterionMet(criterion) => deal.checklist.meet(&criterion.stage, &criterion.key),
        Event::CriterionRetracted(criterion) => deal.checklist.retract(&criterion.stage, &criterion.key),
        Event::QuoteChosen(chosen) => deal.chosen_quote = Some(chosen.quote_id),
        Event::Won(won) => {
            enter(&mut deal, &won.place);
            deal.closed_from = Some(won.from.clone());
            deal.amount = won.amount;
            deal.fx = won.fx;
            deal.forecast = None;
            return State::Won(deal);
        }
        Event::Lost(lost) => {
            enter(&mut deal, &lost.place);
            deal.closed_from = Some(lost.from.clone());
            deal.lost = Some(lost.clone());
            deal.forecast = None;
            return State::Lost(deal);
        }
        Event::Opened(_) | Event::Reopened(_) => {}
    }
    State::Open(deal)
}
