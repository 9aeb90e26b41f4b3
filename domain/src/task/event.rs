//! What happens to a task, as stored. When: `occurred_at` of the event.

use serde::{Deserialize, Serialize};

use super::about::About;
use super::stage_rule::StageRule;
use crate::aggregate::stored_events;
use crate::personal::PersonalFields;
use crate::value::{Instant, Key, Label, Reference};

stored_events! {
    /// What happened to a task.
    "task.created.v1" => Created,
    "task.reassigned.v1" => Reassigned,
    "task.rescheduled.v1" => Rescheduled,
    "task.completed.v1" => Completed,
    "task.cancelled.v1" => Cancelled,
    "task.reopened.v1" => Reopened,
    "task.reminded.v1" => Reminded,
    "task.fell_overdue.v1" => FellOverdue,
}

/// What is to be done, by whom and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// What it is about.
    pub about: About,
    /// What is to be done; no personal data.
    pub subject: Label,
    /// Who is to do it, by the company's own id.
    pub owner: Reference,
    /// When it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Instant>,
    /// When to remind of it; not after it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind_at: Option<Instant>,
    /// The rule that made it, where no person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Key>,
    /// Why, where a stage of a pipeline asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_rule: Option<StageRule>,
}

/// It began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// How.
    #[serde(flatten)]
    pub details: Details,
}

/// Somebody else got it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reassigned {
    /// Who.
    pub owner: Reference,
    /// Who had it.
    pub previous: Reference,
}

/// Other times count for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rescheduled {
    /// When it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Instant>,
    /// When to remind of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind_at: Option<Instant>,
    /// When it was due before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_due_at: Option<Instant>,
    /// When it was to be reminded of before; nothing in events from before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_remind_at: Option<Instant>,
}

/// It is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completed {
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Label>,
}

/// It is to be done no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancelled {
    /// Why.
    pub reason: Label,
}

/// It is to be done again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopened {
    /// When it is due, where that was not told of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Instant>,
    /// When to remind of it, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind_at: Option<Instant>,
    /// Whether it was told to be overdue by the time that it has: it is so again. Not said in events from before this was kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_overdue: bool,
}

/// The time to remind came while it was open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminded {
    /// Which time.
    pub remind_at: Instant,
}

/// The time that it was due at came while it was open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FellOverdue {
    /// Which time.
    pub due_at: Instant,
}

impl PersonalFields for Event {}
