//! How a lead's events fold.

use std::collections::BTreeSet;

use super::event::{Capture, Captured, Event};
use super::state::{Lead, State};

pub(super) fn evolve(mut state: State, event: &Event) -> State {
    match (&state, event) {
        (State::Uncaptured, Event::Captured(captured)) => return State::New(begun(captured)),
        (State::Uncaptured | State::Disqualified(..) | State::Converted(..), _) => return state,
        (
            State::New(_)
            | State::Assigned(_)
            | State::Working(_)
            | State::Qualified(_)
            | State::Recycled(..),
            _,
        ) => {}
    }
    if let Some(lead) = state.lead_mut() {
        changed(lead, event);
    }
    moved(state, event)
}

fn begun(captured: &Captured) -> Lead {
    let mut lead = Lead {
        captured: captured.clone(),
        holder: None,
        assignments: 0,
        declined_by: BTreeSet::new(),
        score: None,
        fields: captured.capture.fields.clone(),
        externals: BTreeSet::new(),
        touches: BTreeSet::new(),
    };
    taken(&mut lead, &captured.capture);
    lead
}

fn taken(lead: &mut Lead, capture: &Capture) {
    lead.externals.extend(capture.external.clone());
    lead.touches.insert(capture.interaction_id);
    lead.fields.extend(capture.fields.clone());
}

/// What is known of an open lead, after an event.
fn changed(lead: &mut Lead, event: &Event) {
    match event {
        Event::CapturedAgain(again) => taken(lead, &again.capture),
        Event::Enriched(enriched) => {
            lead.fields.retain(|key, _| !enriched.cleared.contains(key));
            lead.fields.extend(enriched.fields.clone());
        }
        Event::Scored(scored) => lead.score = Some(scored.score.clone()),
        Event::Assigned(assigned) => {
            lead.holder = Some(assigned.to.clone());
            lead.assignments = assigned.number;
        }
        Event::AssignmentDeclined(declined) => {
            lead.holder = None;
            lead.declined_by.insert(declined.owner.clone());
        }
        Event::AssignmentTimedOut(_) | Event::Recycled(_) => lead.holder = None,
        Event::Contacted(contacted) => {
            lead.touches.insert(contacted.interaction_id);
        }
        Event::Captured(_) | Event::Qualified(_) | Event::Disqualified(_) | Event::Converted(_) => {}
    }
}

/// Where an open lead stands, after an event.
fn moved(state: State, event: &Event) -> State {
    match (state, event) {
        (State::Recycled(lead, _), Event::CapturedAgain(_)) => State::New(lead),
        (State::New(lead) | State::Recycled(lead, _), Event::Assigned(_)) => State::Assigned(lead),
        (
            State::Assigned(lead) | State::Working(lead) | State::Qualified(lead),
            Event::AssignmentDeclined(_) | Event::AssignmentTimedOut(_),
        ) => State::New(lead),
        (State::New(lead) | State::Assigned(lead) | State::Recycled(lead, _), Event::Contacted(_)) => {
            State::Working(lead)
        }
        (
            State::New(lead) | State::Assigned(lead) | State::Working(lead) | State::Recycled(lead, _),
            Event::Qualified(_),
        ) => State::Qualified(lead),
        (
            State::New(lead)
            | State::Assigned(lead)
            | State::Working(lead)
            | State::Qualified(lead)
            | State::Recycled(lead, _),
            Event::Disqualified(disqualified),
        ) => State::Disqualified(lead, disqualified.clone()),
        (
            State::New(lead)
            | State::Assigned(lead)
            | State::Working(lead)
            | State::Qualified(lead)
            | State::Recycled(lead, _),
            Event::Recycled(recycled),
        ) => State::Recycled(lead, recycled.clone()),
        (
            State::New(lead)
            | State::Assigned(lead)
            | State::Working(lead)
            | State::Qualified(lead)
            | State::Recycled(lead, _),
            Event::Converted(converted),
        ) => State::Converted(lead, converted.clone()),
        (state, _) => state,
    }
}
