//! How a case's events fold.

use super::event::{Event, Opened};
use super::state::{Case, Judged, State};
use crate::sla_policy::{Clock, Due, Target};

pub(super) fn evolve(state: State, event: &Event) -> State {
    let mut state = match (state, event) {
        (State::Unopened, Event::Opened(opened)) => return State::Open(begun(opened)),
        (State::Open(case) | State::Waiting(case, ..), Event::Awaited(awaited)) => {
            State::Waiting(case, awaited.wait, awaited.stopped_at)
        }
        (State::Waiting(case, ..), Event::Resumed(_))
        | (State::Resolved(case, _) | State::Closed(case), Event::Reopened(_)) => State::Open(case),
        (State::Open(case) | State::Waiting(case, ..), Event::Resolved(resolved)) => {
            State::Resolved(case, resolved.clone())
        }
        (State::Resolved(case, _), Event::Closed(_)) => State::Closed(case),
        (
            before @ (State::Open(_) | State::Waiting(..) | State::Resolved(..) | State::Closed(_)),
            Event::Merged(merged),
        ) => State::Merged(Box::new(before), merged.into),
        (State::Merged(before, _), Event::Parted(_)) => *before,
        (
            state @ (State::Unopened
            | State::Open(_)
            | State::Waiting(..)
            | State::Resolved(..)
            | State::Closed(_)
            | State::Merged(..)),
            _,
        ) => state,
    };
    if let Some(case) = state.case_mut() {
        change(case, event);
    }
    state
}

fn begun(opened: &Opened) -> Case {
    Case {
        opened: opened.clone(),
        priority: opened.priority,
        group: opened.group.clone(),
        assignee: opened.assignee.clone(),
        terms: opened.clock.as_ref().map(|clock| clock.terms.clone()),
        due: opened.clock.as_ref().map_or_else(Due::default, |clock| clock.due),
        warn: opened.clock.as_ref().map_or_else(Due::default, |clock| clock.warn),
        goes_up: opened.clock.as_ref().and_then(|clock| clock.goes_up.clone()),
        missed: Due::default(),
        is_answered: false,
        level: 0,
        breached: [].into(),
        said: opened.interaction_id.into_iter().collect(),
        bugs: [].into(),
        judged: None,
    }
}

fn change(case: &mut Case, event: &Event) {
    match event {
        Event::Opened(_) | Event::Awaited(_) | Event::Closed(_) | Event::Merged(_) | Event::Parted(_) => {}
        Event::Assigned(assigned) => {
            case.group.clone_from(&assigned.group);
            case.assignee.clone_from(&assigned.assignee);
            case.said.extend(assigned.interaction_id);
        }
        Event::Replied(replied) => {
            case.is_answered = true;
            for target in [Target::FirstResponse, Target::NextResponse] {
                case.due = case.due.with(target, None);
                case.warn = case.warn.with(target, None);
            }
            case.said.insert(replied.interaction_id);
        }
        Event::CustomerReplied(replied) => {
            set(case, replied.clock.as_ref());
            case.said.insert(replied.interaction_id);
        }
        Event::Resumed(resumed) => set(case, resumed.clock.as_ref()),
        Event::Reopened(reopened) => set(case, reopened.clock.as_ref()),
        Event::PriorityChanged(changed) => {
            case.priority = changed.to;
            set(case, changed.clock.as_ref());
        }
        Event::Escalated(escalated) => {
            case.level = escalated.level;
            case.goes_up = case.goes_up.take().filter(|goes_up| goes_up.level > escalated.level);
        }
        Event::TargetWarned(warned) => case.warn = case.warn.with(warned.target, None),
        Event::TargetBreached(breached) => {
            case.breached.insert(breached.target);
            if breached.due_at.is_some() {
                case.missed = case.missed.with(breached.target, breached.due_at);
            }
        }
        Event::Resolved(_) => {
            case.due = Due::default();
            case.warn = Due::default();
            case.goes_up = None;
        }
        Event::Rated(rated) => {
            case.judged = Some(Judged { rating: rated.rating, is_reviewed: false });
            case.said.extend(rated.interaction_id);
        }
        Event::RatingReviewed(_) => {
            case.judged = case.judged.map(|judged| Judged { is_reviewed: true, ..judged });
        }
        Event::BugLinked(linked) => {
            case.bugs.insert(linked.bug.clone());
        }
    }
}

fn set(case: &mut Case, clock: Option<&Clock>) {
    if let Some(clock) = clock {
        case.terms = Some(clock.terms.clone());
        case.due = clock.due;
        case.warn = clock.warn;
        case.goes_up.clone_from(&clock.goes_up);
    }
}
