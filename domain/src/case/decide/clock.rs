//! How a case's clock is set: what is promised, and when that is due.

use crate::case::state::Case;
use crate::sla_policy::{Clock, Due, Priority, ServiceLevel, Target};
use crate::value::Instant;

/// What is promised to a case that begins.
pub(super) fn of_opening(level: &ServiceLevel, priority: Priority, begun: Instant) -> Clock {
    level.clock(Due {
        first_response: level.due_at(Target::FirstResponse, priority, begun),
        next_response: None,
        resolution: level.due_at(Target::Resolution, priority, begun),
    })
}

/// What is open once a case goes on: as much time is left as when its clock was stopped.
pub(super) fn resumed(
    case: &Case,
    level: Option<&ServiceLevel>,
    stopped_at: Option<Instant>,
    now: Instant,
) -> Due {
    match (level, stopped_at) {
        (Some(level), Some(stopped_at)) => level.resumed(case.due, stopped_at, now),
        (Some(_) | None, None) | (None, Some(_)) => case.due,
    }
}

/// The clock, where something is promised.
pub(super) fn set(level: Option<&ServiceLevel>, due: Due) -> Option<Clock> {
    level.map(|level| level.clock(due))
}

/// After a word of the customer an answer is due, once there was a first one, and unless one is due already.
pub(super) fn of_word(case: &Case, level: Option<&ServiceLevel>, due: Due, now: Instant) -> Option<Clock> {
    let level = level?;
    let promised =
        if case.is_answered { level.due_at(Target::NextResponse, case.priority, now) } else { None };
    Some(level.clock(Due { next_response: due.next_response.or(promised), ..due }))
}

/// With another priority, what is still open is promised anew from then on.
pub(super) fn of_priority(case: &Case, level: &ServiceLevel, priority: Priority, now: Instant) -> Clock {
    let anew = |target, open: Option<Instant>| open.and_then(|_| level.due_at(target, priority, now));
    let resolution = level.due_at(Target::Resolution, priority, now);
    let first = level.due_at(Target::FirstResponse, priority, now);
    level.clock(Due {
        first_response: if case.is_answered { None } else { first },
        next_response: anew(Target::NextResponse, case.due.next_response),
        resolution,
    })
}

/// A solution that was none is promised anew from then on.
pub(super) fn of_reopening(case: &Case, level: &ServiceLevel, now: Instant) -> Clock {
    level.clock(Due { resolution: level.due_at(Target::Resolution, case.priority, now), ..Due::default() })
}
