//! A case on a virtual clock: the same happened at the same times, judged as it was, and as another level of service would
//! have judged it. By the same rules as a case that is lived.

use std::collections::BTreeSet;

use super::command::Command;
use super::decide::{decide, of_opening};
use super::event::{Event, Opened};
use super::evolve::evolve;
use super::state::State;
use crate::sla_policy::{Priority, ServiceLevel, Target};
use crate::value::Instant;

/// A case that is lived again.
#[derive(Debug, Clone, Default)]
pub struct Replay {
    begun: Option<Instant>,
    was: State,
    would_be: State,
}

/// What became of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict<'a> {
    /// When it began.
    pub begun: Instant,
    /// How urgent it is.
    pub priority: Priority,
    /// Promises that were not kept, by what judged it.
    pub was: &'a BTreeSet<Target>,
    /// Promises that would not have been kept, by the other level.
    pub would_be: &'a BTreeSet<Target>,
}

impl Replay {
    /// The clock goes on until something happens.
    pub fn take(&mut self, event: &Event, at: Instant, level: &ServiceLevel) {
        self.pass(at);
        if let Event::Opened(opened) = event {
            self.begun = self.begun.or(Some(opened.opened_at.unwrap_or(at)));
        }
        self.was = evolve(std::mem::take(&mut self.was), event);
        self.would_be = judged(std::mem::take(&mut self.would_be), event, at, level);
    }

    /// The clock goes on until a moment: what is not kept by then is noted.
    pub fn pass(&mut self, until: Instant) {
        for state in [&mut self.was, &mut self.would_be] {
            for target in Target::ALL {
                *state = obeyed(std::mem::take(state), &Command::NoteMissed { target }, until);
            }
        }
    }

    /// What became of it; nothing of a case that was not opened, or is a part of another one.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict<'_>> {
        if matches!(self.was, State::Merged(..)) {
            return None;
        }
        let (was, would_be) = (self.was.case()?, self.would_be.case()?);
        Some(Verdict {
            begun: self.begun?,
            priority: was.priority,
            was: &was.breached,
            would_be: &would_be.breached,
        })
    }
}

/// What follows from an event where another level judges: clocks are set anew, and nothing is noted that the first one noted.
fn judged(state: State, event: &Event, at: Instant, level: &ServiceLevel) -> State {
    let judge = Some(level.clone());
    let command = match event {
        Event::Opened(opened) => return begun(state, opened, at, level),
        Event::TargetWarned(_) | Event::TargetBreached(_) => return state,
        Event::Assigned(_)
        | Event::Replied(_)
        | Event::Escalated(_)
        | Event::Resolved(_)
        | Event::Closed(_)
        | Event::Merged(_)
        | Event::BugLinked(_)
        | Event::Rated(_)
        | Event::RatingReviewed(_) => return evolve(state, event),
        Event::CustomerReplied(replied) => {
            Command::Hear { interaction_id: replied.interaction_id, level: judge }
        }
        Event::Awaited(awaited) => Command::Await { wait: awaited.wait, level: judge },
        Event::Resumed(_) => Command::Resume { level: judge },
        Event::PriorityChanged(changed) => Command::ChangePriority { priority: changed.to, level: judge },
        Event::Reopened(_) => Command::Reopen { level: judge },
        Event::Parted(parted) => Command::Part { from: parted.from },
    };
    obeyed(state, &command, at)
}

/// It begins as it began, with a clock of its own.
fn begun(state: State, opened: &Opened, at: Instant, level: &ServiceLevel) -> State {
    let promised = of_opening(level, opened.priority, opened.opened_at.unwrap_or(at));
    evolve(state, &Opened { clock: Some(Box::new(promised)), ..opened.clone() }.into())
}

/// The state after a command; what the rules refuse changes nothing.
fn obeyed(state: State, command: &Command, at: Instant) -> State {
    match decide(&state, command, at) {
        Ok(events) => events.iter().fold(state, evolve),
        Err(_) => state,
    }
}
