//! A policy with its calendar, as they are in force: when what they promise is due.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::state::{Counted, Definition, Priority, Wait};
use crate::calendar;
use crate::id::SlaPolicyId;
use crate::value::{Instant, Label};

/// What a case is judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceLevel {
    /// The policy.
    pub policy_id: SlaPolicyId,
    /// The same, as it is in force.
    pub policy: Definition,
    /// Its calendar, as it is in force; absent: all time counts.
    pub calendar: Option<calendar::Definition>,
}

/// Which versions judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The policy.
    pub policy_id: SlaPolicyId,
    /// Its version.
    pub policy_version: u32,
    /// Version of its calendar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar_version: Option<u32>,
}

/// What can be promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The first answer.
    FirstResponse,
    /// An answer to what the customer said last.
    NextResponse,
    /// The solution.
    Resolution,
}

impl Target {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::FirstResponse, Self::NextResponse, Self::Resolution];
}

/// When what is promised is due, as far as it is still open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The first answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_response: Option<Instant>,
    /// An answer to what the customer said last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_response: Option<Instant>,
    /// The solution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Instant>,
}

impl Due {
    /// Each promise that is open.
    pub fn each(&self) -> impl Iterator<Item = (Target, Instant)> {
        Target::ALL.into_iter().filter_map(|target| Some((target, self.of(target)?)))
    }

    /// When a promise is due, where it is open.
    #[must_use]
    pub const fn of(&self, target: Target) -> Option<Instant> {
        match target {
            Target::FirstResponse => self.first_response,
            Target::NextResponse => self.next_response,
            Target::Resolution => self.resolution,
        }
    }

    /// The same with a promise due at another moment, or not open.
    #[must_use]
    pub const fn with(self, target: Target, due: Option<Instant>) -> Self {
        match target {
            Target::FirstResponse => Self { first_response: due, ..self },
            Target::NextResponse => Self { next_response: due, ..self },
            Target::Resolution => Self { resolution: due, ..self },
        }
    }

    /// Whether nothing is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The same with every moment changed.
    fn map(self, change: impl Fn(Instant) -> Instant) -> Self {
        Self {
            first_response: self.first_response.map(&change),
            next_response: self.next_response.map(&change),
            resolution: self.resolution.map(&change),
        }
    }
}

/// A case's clock, set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// What set it.
    #[serde(flatten)]
    pub terms: Terms,
    /// What is open, and when it is due.
    pub due: Due,
    /// When whoever has the case is warned, of each promise where that is still to come.
    #[serde(default, skip_serializing_if = "Due::is_empty")]
    pub warn: Due,
    /// When the case goes up to a higher level by itself, where that is still to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goes_up: Option<GoingUp>,
}

/// That a case goes up to a higher level by itself, unless it is solved before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoingUp {
    /// When.
    pub at: Instant,
    /// To which one.
    pub level: u32,
    /// Why, as its policy says.
    pub reason: Label,
}

/// The first moment at which a promise that is due at a moment is not kept.
#[must_use]
pub fn missed_from(due: Instant) -> Instant {
    Instant::from_micros(due.micros().saturating_add(1)).unwrap_or(Instant::MAX)
}

impl ServiceLevel {
    /// The clock with these promises open, and these warnings to come.
    #[must_use]
    pub fn clock(&self, due: Due, warn: Due) -> Clock {
        let calendar_version = self.calendar.as_ref().map(|calendar| calendar.version);
        let terms =
            Terms { policy_id: self.policy_id, policy_version: self.policy.version, calendar_version };
        Clock { terms, due, warn, goes_up: None }
    }

    /// When a promise to a case of a priority that began at a moment is due; nothing where none is made.
    #[must_use]
    pub fn due_at(&self, target: Target, priority: Priority, start: Instant) -> Option<Instant> {
        self.promised(target, priority).map(|time| self.after(start, time))
    }

    /// When whoever has such a case is warned of it; nothing where nobody is.
    #[must_use]
    pub fn warn_at(&self, target: Target, priority: Priority, start: Instant) -> Option<Instant> {
        let percent = self.policy.warning_percent?;
        self.promised(target, priority).map(|time| self.after(start, time * percent / 100))
    }

    /// When a case that is worked on since a moment goes up to a higher level by itself; nothing where it does not.
    #[must_use]
    pub fn goes_up(&self, start: Instant) -> Option<GoingUp> {
        let rule = self.policy.escalation.as_ref()?;
        let time = Duration::from_secs(u64::from(rule.after_minutes) * 60);
        let at = match rule.counted {
            Counted::All => later(start, time),
            Counted::Working => self.after(start, time),
        };
        Some(GoingUp { at, level: rule.level, reason: rule.reason.clone() })
    }

    fn promised(&self, target: Target, priority: Priority) -> Option<Duration> {
        let promised = self.policy.targets_of(priority)?;
        let minutes = match target {
            Target::FirstResponse => promised.first_response_minutes,
            Target::NextResponse => promised.next_response_minutes,
            Target::Resolution => promised.resolution_minutes,
        }?;
        Some(Duration::from_secs(u64::from(minutes) * 60))
    }

    /// Whether the clock stands still while a case waits for this.
    #[must_use]
    pub fn pauses(&self, wait: Wait) -> bool {
        self.policy.pauses.contains(&wait)
    }

    /// What was open when the clock was stopped, due anew as it goes on: as much time is left as was then. What was
    /// overdue stays so.
    #[must_use]
    pub fn resumed(&self, due: Due, stopped_at: Instant, resumed_at: Instant) -> Due {
        due.map(
            |due| {
                if due <= stopped_at { due } else { self.after(resumed_at, self.between(stopped_at, due)) }
            },
        )
    }

    fn after(&self, start: Instant, time: Duration) -> Instant {
        if let Some(calendar) = &self.calendar {
            return calendar.due_at(start, time);
        }
        later(start, time)
    }

    fn between(&self, from: Instant, to: Instant) -> Duration {
        match &self.calendar {
            Some(calendar) => calendar.working_between(from, to),
            None => {
                Duration::from_micros(u64::try_from(to.micros().saturating_sub(from.micros())).unwrap_or(0))
            }
        }
    }
}

fn later(start: Instant, time: Duration) -> Instant {
    let micros = i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    Instant::from_micros(start.micros().saturating_add(micros)).unwrap_or(Instant::MAX)
}
