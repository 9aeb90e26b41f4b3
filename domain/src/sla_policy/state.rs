//! An SLA policy's definition.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::CalendarId;
use crate::personal::PersonalFields;
use crate::value::Label;

/// The lifecycle of an SLA policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing has been published yet.
    #[default]
    Unpublished,
    /// The version in force.
    Published(Definition),
}

/// One version of an SLA policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// 1, 2, 3 and so on.
    pub version: u32,
    /// What the company calls it.
    pub name: Label,
    /// By which calendar time is counted; absent: all time counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar_id: Option<CalendarId>,
    /// What is promised, the most urgent first.
    pub targets: Vec<PriorityTargets>,
    /// How much of a promise's time has passed when whoever has the case is warned, in percent; absent: nobody is warned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning_percent: Option<u32>,
    /// When a case that is not solved goes up to a higher level by itself; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalation: Option<Escalation>,
    /// What a case may wait for while its clock stands still.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub pauses: BTreeSet<Wait>,
}

impl Definition {
    /// What is promised for a priority.
    #[must_use]
    pub fn targets_of(&self, priority: Priority) -> Option<&PriorityTargets> {
        self.targets.iter().find(|targets| targets.priority == priority)
    }
}

/// What is promised to cases of one priority, in minutes of time that counts. What is absent is not promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriorityTargets {
    /// The priority.
    pub priority: Priority,
    /// From the opening to the first answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_response_minutes: Option<u32>,
    /// From the oldest word of the customer that has no answer to the next answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_response_minutes: Option<u32>,
    /// From the opening to the solution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution_minutes: Option<u32>,
}

/// A rule: a case that is open for long goes up to a higher level by itself. A pause does not move it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// How long it may be open, in minutes.
    pub after_minutes: u32,
    /// Which of these minutes count.
    pub counted: Counted,
    /// The level that it goes up to; the first is 1.
    pub level: u32,
    /// Why, as the case says it. Not personal.
    pub reason: Label,
}

/// Which time counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// All of it.
    All,
    /// Working time, by the policy's calendar.
    Working,
}

/// How urgent a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// It stands still until it is solved.
    Urgent,
    /// It hurts.
    High,
    /// As most are.
    Normal,
    /// It can wait.
    Low,
}

impl Priority {
    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Urgent => "urgent",
            Self::High => "high",
            Self::Normal => "normal",
            Self::Low => "low",
        }
    }
}

/// What a case waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    /// The customer has to say or do something.
    Customer,
    /// Somebody else has: a supplier, a change, another team.
    ThirdParty,
}

impl PersonalFields for State {}
