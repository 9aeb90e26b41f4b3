//! The rules of a calendar.

use std::collections::BTreeSet;

use super::command::Command;
use super::event::{Event, Published};
use super::state::{Definition, Hours, State};
use crate::aggregate::Reason;
use crate::context::Context;
use crate::value::Date;

/// Most hours of one calendar: stretches of work in a week.
pub const HOURS_MAX: usize = 100;
/// Most holidays of one calendar.
pub const HOLIDAYS_MAX: usize = 1_000;

/// Why a command to a calendar is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Nobody ever works.
    #[error("a calendar has hours on at least one day of the week")]
    NeverWorks,
    /// More hours than a calendar can have.
    #[error("a calendar has at most {HOURS_MAX} hours")]
    TooManyHours,
    /// More holidays than a calendar can have.
    #[error("a calendar has at most {HOLIDAYS_MAX} holidays; leave out those that are long over")]
    TooManyHolidays,
    /// Hours end before they begin.
    #[error("the hours from {} to {} end before they begin", hours.from, hours.to)]
    HoursEmpty {
        /// The hours.
        hours: Hours,
    },
    /// Two of them are at the same time.
    #[error("the hours from {} to {} begin before those before them on that day end", hours.from, hours.to)]
    HoursOverlap {
        /// The later ones.
        hours: Hours,
    },
}

impl Reason for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::NeverWorks => "CALENDAR_NEVER_WORKS",
            Self::TooManyHours => "CALENDAR_HOURS_EXHAUSTED",
            Self::TooManyHolidays => "CALENDAR_HOLIDAYS_EXHAUSTED",
            Self::HoursEmpty { .. } => "CALENDAR_HOURS_EMPTY",
            Self::HoursOverlap { .. } => "CALENDAR_HOURS_OVERLAP",
        }
    }
}

pub(super) fn decide(state: &State, command: &Command, _context: &Context) -> Result<Vec<Event>, Rejection> {
    let Command::Publish { name, time_zone, hours, holidays } = command;
    let hours = checked(hours, holidays)?;
    let version = match state {
        State::Published(current) => current.version,
        State::Unpublished => 0,
    };
    let again = |version| Definition {
        version,
        name: name.clone(),
        time_zone: *time_zone,
        hours: hours.clone(),
        holidays: holidays.clone(),
    };
    if *state == State::Published(again(version)) {
        return Ok(Vec::new());
    }
    Ok(vec![Published { definition: again(version.saturating_add(1)) }.into()])
}

/// The hours in the order of the week.
fn checked(hours: &[Hours], holidays: &BTreeSet<Date>) -> Result<Vec<Hours>, Rejection> {
    if hours.is_empty() {
        return Err(Rejection::NeverWorks);
    }
    if hours.len() > HOURS_MAX {
        return Err(Rejection::TooManyHours);
    }
    if holidays.len() > HOLIDAYS_MAX {
        return Err(Rejection::TooManyHolidays);
    }
    if let Some(empty) = hours.iter().find(|hours| hours.from >= hours.to) {
        return Err(Rejection::HoursEmpty { hours: *empty });
    }
    let mut sorted = hours.to_vec();
    sorted.sort_unstable();
    let overlap = sorted.iter().zip(sorted.iter().skip(1));
    let overlap = overlap.filter(|(earlier, later)| earlier.day == later.day && later.from < earlier.to);
    match overlap.map(|(_, later)| *later).next() {
        Some(hours) => Err(Rejection::HoursOverlap { hours }),
        None => Ok(sorted),
    }
}
