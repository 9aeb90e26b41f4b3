//! A routing policy's definition.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::calendar;
use crate::criterion::Criterion;
use crate::id::CalendarId;
use crate::lead::{Grade, Rating};
use crate::personal::PersonalFields;
use crate::value::{Instant, Key, Label, Reference};

/// The lifecycle of a routing policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing has been published yet.
    #[default]
    Unpublished,
    /// The version in force.
    Published(Box<Definition>),
}

/// One version of a routing policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// 1, 2, 3 and so on.
    pub version: u32,
    /// What the company calls it.
    pub name: Label,
    /// By which calendar the time to respond is counted; absent: all time counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar_id: Option<CalendarId>,
    /// How long somebody has to do something for a lead before it is handed on, in minutes.
    pub respond_minutes: u32,
    /// Where a lead waits that nobody else can take.
    pub fallback_queue: Reference,
    /// The first one that a lead meets is followed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
}

impl Definition {
    /// By when something has to be done for a lead that is handed over at a moment.
    #[must_use]
    pub fn respond_by(&self, calendar: Option<&calendar::Definition>, at: Instant) -> Instant {
        let time = Duration::from_secs(u64::from(self.respond_minutes) * 60);
        match calendar {
            Some(calendar) => calendar.due_at(at, time),
            None => {
                let micros = i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
                Instant::from_micros(at.micros().saturating_add(micros)).unwrap_or(Instant::MAX)
            }
        }
    }
}

/// Who gets which leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// What it is called; each once in a policy.
    pub key: Key,
    /// What has to be so of a lead, all of it; nothing: of any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub criteria: Vec<Criterion>,
    /// How hot it has to be at least; absent: it need not have been judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating_at_least: Option<Rating>,
    /// Which grades it may have; nothing: any, or none.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub grades: BTreeSet<Grade>,
    /// How one of the candidates is chosen.
    pub strategy: Strategy,
    /// Who can be chosen, in their order.
    pub candidates: Vec<Candidate>,
}

/// How one of several candidates is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// The first one who can take it.
    InOrder,
    /// The next one after whom the rule chose last.
    RoundRobin,
    /// Who has the fewest open leads; of several, the first.
    LeastLoad,
}

/// Somebody who can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Who, by the company's own id.
    pub owner: Reference,
    /// How many open leads they have at most; absent: any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
    /// How many leads they get in a day at most; absent: any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_quota: Option<u32>,
}

impl PersonalFields for State {}
