//! How a case's clock is set: what is promised, when that is due, and when whoever has the case is warned of it.

use crate::case::event::{Escalated, Event, TargetBreached, TargetWarned};
use crate::case::state::{Case, State};
use crate::sla_policy::{Clock, Due, GoingUp, Priority, ServiceLevel, Target};
use crate::value::Instant;

/// What is promised and still open, and the warnings that are still to come.
#[derive(Debug, Clone, Default)]
pub(super) struct Promises {
    due: Due,
    warn: Due,
    goes_up: Option<GoingUp>,
}

impl Promises {
    /// Those of a clock.
    pub(super) fn of(clock: &Clock) -> Self {
        Self { due: clock.due, warn: clock.warn, goes_up: clock.goes_up.clone() }
    }

    /// Those that are open once a case goes on: as much time is left as when its clock was stopped.
    pub(super) fn resumed(
        case: &Case,
        level: Option<&ServiceLevel>,
        stopped_at: Option<Instant>,
        now: Instant,
    ) -> Self {
        let goes_up = case.goes_up.clone();
        match (level, stopped_at) {
            (Some(level), Some(stopped_at)) => {
                let resumed = |moments| level.resumed(moments, stopped_at, now);
                Self { due: resumed(case.due), warn: resumed(case.warn), goes_up }
            }
            (Some(_) | None, None) | (None, Some(_)) => Self { due: case.due, warn: case.warn, goes_up },
        }
    }

    /// The clock, where something is promised.
    pub(super) fn clock(&self, level: Option<&ServiceLevel>) -> Option<Clock> {
        level.map(|level| Clock { goes_up: self.goes_up.clone(), ..level.clock(self.due, self.warn) })
    }

    /// After a word of the customer an answer is due, once there was a first one, and unless one is due already.
    pub(super) fn after_word(self, case: &Case, level: Option<&ServiceLevel>, now: Instant) -> Option<Clock> {
        let level = level?;
        let is_owed = self.due.next_response.is_some() || !case.is_answered;
        let open = if is_owed { self } else { self.with(level, Target::NextResponse, case.priority, now) };
        open.clock(Some(level))
    }

    /// The same, and this promise made at a moment.
    fn with(self, level: &ServiceLevel, target: Target, priority: Priority, start: Instant) -> Self {
        Self {
            due: self.due.with(target, level.due_at(target, priority, start)),
            warn: self.warn.with(target, level.warn_at(target, priority, start)),
            ..self
        }
    }
}

/// What is promised to a case that begins.
pub(in crate::case) fn of_opening(level: &ServiceLevel, priority: Priority, begun: Instant) -> Clock {
    let targets = [Target::FirstResponse, Target::Resolution];
    Clock { goes_up: level.goes_up(begun), ..promised(level, targets, priority, begun) }
}

/// With another priority, what is still open is promised anew from then on.
pub(super) fn of_priority(case: &Case, level: &ServiceLevel, priority: Priority, now: Instant) -> Clock {
    let first = (!case.is_answered).then_some(Target::FirstResponse);
    let next = case.due.next_response.map(|_| Target::NextResponse);
    let targets = first.into_iter().chain(next).chain([Target::Resolution]);
    Clock { goes_up: case.goes_up.clone(), ..promised(level, targets, priority, now) }
}

/// A solution that was none is promised anew from then on.
pub(super) fn of_reopening(case: &Case, level: &ServiceLevel, now: Instant) -> Clock {
    Clock { goes_up: level.goes_up(now), ..promised(level, [Target::Resolution], case.priority, now) }
}

fn promised(
    level: &ServiceLevel,
    targets: impl IntoIterator<Item = Target>,
    priority: Priority,
    start: Instant,
) -> Clock {
    let none = Promises::default();
    let open = targets.into_iter().fold(none, |open, target| open.with(level, target, priority, start));
    level.clock(open.due, open.warn)
}

/// The clock of a case that is a part of another one, as it goes on once it is none any more; nothing where it would not run.
pub(super) fn running(before: &State) -> Option<Clock> {
    let case = match before {
        State::Open(case) | State::Waiting(case, _, None) => case,
        State::Unopened
        | State::Waiting(_, _, Some(_))
        | State::Resolved(..)
        | State::Closed(_)
        | State::Merged(..) => return None,
    };
    Some(Clock { terms: case.terms.clone()?, due: case.due, warn: case.warn, goes_up: case.goes_up.clone() })
}

/// That little time is left for a promise, once for each. A clock that was stopped before shows an earlier time.
pub(super) fn warned(case: &Case, target: Target, shown: Instant) -> Vec<Event> {
    let has_come = case.warn.of(target).is_some_and(|warn| warn <= shown);
    let due = case.due.of(target).filter(|_| has_come);
    due.map(|due_at| TargetWarned { target, due_at }.into()).into_iter().collect()
}

/// That a promise was not kept, likewise.
pub(super) fn missed(case: &Case, target: Target, shown: Instant) -> Vec<Event> {
    let is_new = |due: &Instant| *due < shown && case.missed.of(target) != Some(*due);
    let due = case.due.of(target).filter(is_new);
    due.map(|due_at| TargetBreached { target, due_at: Some(due_at) }.into()).into_iter().collect()
}

/// That it was open for as long as its policy lets it be, once, and unless it is as high already.
pub(super) fn gone_up(case: &Case, now: Instant) -> Vec<Event> {
    let has_come = |goes_up: &&GoingUp| goes_up.at <= now && goes_up.level > case.level;
    let goes_up = case.goes_up.as_ref().filter(has_come);
    goes_up
        .map(|GoingUp { level, reason, .. }| {
            Escalated { level: *level, reason: reason.clone(), terms: case.terms.clone() }.into()
        })
        .into_iter()
        .collect()
}
