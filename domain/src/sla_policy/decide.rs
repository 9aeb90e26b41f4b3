//! The rules of an SLA policy.

use std::collections::BTreeSet;

use super::command::Command;
use super::event::{Event, Published};
use super::state::{Definition, Escalation, Priority, PriorityTargets, State};
use crate::aggregate::Reason;
use crate::context::Context;

/// Longest promise, in minutes: a year without pause.
pub const MINUTES_MAX: u32 = 366 * 24 * 60;

/// Latest warning, in percent of the time that is promised.
pub const WARNING_PERCENT_MAX: u32 = 99;

/// Why a command to an SLA policy is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Nothing is promised.
    #[error("an SLA policy promises something for at least one priority")]
    PromisesNothing,
    /// A priority has two promises.
    #[error("an SLA policy has the targets of a priority once")]
    PriorityRepeated {
        /// The priority.
        priority: Priority,
    },
    /// A warning that comes with the promise, or when it is due.
    #[error("a warning comes when from 1 to {WARNING_PERCENT_MAX} percent of the time have passed")]
    WarningOutOfRange,
    /// An escalation at once, after more than can be, or to no level.
    #[error("an escalation comes after 1 to {MINUTES_MAX} minutes, to level 1 or higher")]
    EscalationOutOfRange,
    /// A promise of no time, or of more than can be.
    #[error("a target is from 1 to {MINUTES_MAX} minutes")]
    MinutesOutOfRange {
        /// The priority.
        priority: Priority,
    },
}

impl Reason for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::PromisesNothing => "SLA_POLICY_PROMISES_NOTHING",
            Self::PriorityRepeated { .. } => "SLA_POLICY_PRIORITY_REPEATED",
            Self::WarningOutOfRange => "SLA_POLICY_WARNING_OUT_OF_RANGE",
            Self::EscalationOutOfRange => "SLA_POLICY_ESCALATION_OUT_OF_RANGE",
            Self::MinutesOutOfRange { .. } => "SLA_POLICY_MINUTES_OUT_OF_RANGE",
        }
    }
}

pub(super) fn decide(state: &State, command: &Command, _context: &Context) -> Result<Vec<Event>, Rejection> {
    let draft = draft(command)?;
    let known = match state {
        State::Published(current) => current.version,
        State::Unpublished => 0,
    };
    let version = |version| Definition { version, ..draft.clone() };
    if *state == State::Published(version(known)) {
        return Ok(Vec::new());
    }
    Ok(vec![Published { definition: version(known.saturating_add(1)) }.into()])
}

/// What would be published, as version 0.
///
/// # Errors
/// Where it would be refused.
pub fn draft(command: &Command) -> Result<Definition, Rejection> {
    let Command::Publish { name, calendar_id, targets, warning_percent, escalation, pauses } = command;
    if warning_percent.is_some_and(|percent| !(1..=WARNING_PERCENT_MAX).contains(&percent)) {
        return Err(Rejection::WarningOutOfRange);
    }
    let is_possible = |rule: &Escalation| rule.level > 0 && (1..=MINUTES_MAX).contains(&rule.after_minutes);
    if !escalation.as_ref().is_none_or(is_possible) {
        return Err(Rejection::EscalationOutOfRange);
    }
    Ok(Definition {
        version: 0,
        name: name.clone(),
        calendar_id: *calendar_id,
        targets: checked(targets)?,
        warning_percent: *warning_percent,
        escalation: escalation.clone(),
        pauses: pauses.clone(),
    })
}

/// The targets, the most urgent first.
fn checked(targets: &[PriorityTargets]) -> Result<Vec<PriorityTargets>, Rejection> {
    let mut known = BTreeSet::new();
    for promised in targets {
        let priority = promised.priority;
        if !known.insert(priority) {
            return Err(Rejection::PriorityRepeated { priority });
        }
        if promised.minutes().any(|minutes| !(1..=MINUTES_MAX).contains(&minutes)) {
            return Err(Rejection::MinutesOutOfRange { priority });
        }
    }
    if targets.iter().all(|promised| promised.minutes().next().is_none()) {
        return Err(Rejection::PromisesNothing);
    }
    let mut sorted = targets.to_vec();
    sorted.sort_unstable_by_key(|promised| promised.priority);
    Ok(sorted)
}

impl PriorityTargets {
    fn minutes(&self) -> impl Iterator<Item = u32> {
        [self.first_response_minutes, self.next_response_minutes, self.resolution_minutes]
            .into_iter()
            .flatten()
    }
}
