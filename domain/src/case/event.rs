//! What happens to a case, as stored. When: `occurred_at` of the event.

use serde::{Deserialize, Serialize};

use super::rating::Rating;
use crate::aggregate::stored_events;
use crate::id::{CaseId, ContactId, InteractionId};
use crate::interaction::{Channel, Source};
use crate::personal::PersonalFields;
use crate::sla_policy::{Clock, Priority, Target, Terms, Wait};
use crate::value::{Instant, Label, Reference, Segments};

stored_events! {
    /// What happened to a case.
    "case.opened.v1" => Opened,
    "case.assigned.v1" => Assigned,
    "case.replied.v1" => Replied,
    "case.customer_replied.v1" => CustomerReplied,
    "case.awaited.v1" => Awaited,
    "case.resumed.v1" => Resumed,
    "case.priority_changed.v1" => PriorityChanged,
    "case.escalated.v1" => Escalated,
    "case.target_breached.v1" => TargetBreached,
    "case.resolved.v1" => Resolved,
    "case.reopened.v1" => Reopened,
    "case.closed.v1" => Closed,
    "case.merged.v1" => Merged,
    "case.bug_linked.v1" => BugLinked,
    "case.parted.v1" => Parted,
    "case.target_warned.v1" => TargetWarned,
    "case.rated.v1" => Rated,
    "case.rating_reviewed.v1" => RatingReviewed,
}

/// What kind of case it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something is not known.
    Question,
    /// Something does not work.
    Incident,
    /// What lies behind several incidents.
    Problem,
    /// Something is wanted.
    Request,
}

/// It began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Who wants it solved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<ContactId>,
    /// Through what it came in.
    pub channel: Channel,
    /// What it is called in queues; no personal data.
    pub title: Label,
    /// What kind of case it is.
    pub kind: Kind,
    /// How urgent it is.
    pub priority: Priority,
    /// Business time of its beginning, where that was before it was told of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<Instant>,
    /// The group that has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Reference>,
    /// Who works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<Reference>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Label>,
    /// Where another system keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The case that it was split from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_from: Option<CaseId>,
    /// What was said: the contact's interaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interaction_id: Option<InteractionId>,
    /// What is promised, where something is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Box<Clock>>,
    /// Fields that reports group by.
    #[serde(default, skip_serializing_if = "Segments::is_empty")]
    pub segments: Segments,
}

/// It was handed to a group, or to somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assigned {
    /// The group that has it now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Reference>,
    /// Who works on it now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<Reference>,
    /// The group that had it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_group: Option<Reference>,
    /// Who worked on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_assignee: Option<Reference>,
    /// What whoever has it now should know: an internal interaction with the contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interaction_id: Option<InteractionId>,
}

/// The customer was answered: what was promised as a response is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replied {
    /// What was said: the contact's interaction.
    pub interaction_id: InteractionId,
}

/// The customer said something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerReplied {
    /// What was said: the contact's interaction.
    pub interaction_id: InteractionId,
    /// The clock from then on, where something is promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
}

/// It waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Awaited {
    /// What for.
    pub wait: Wait,
    /// When its clock was stopped, if it stands still meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_at: Option<Instant>,
}

/// It does not wait any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    /// The clock from then on, where it was stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
}

/// How urgent it is was judged anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriorityChanged {
    /// Before.
    pub from: Priority,
    /// Now.
    pub to: Priority,
    /// The clock from then on, where something is promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
}

/// It went up to a higher level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalated {
    /// The level; the first is 1.
    pub level: u32,
    /// Why. Not personal.
    pub reason: Label,
    /// Whose rule it was, where a timer did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<Terms>,
}

/// A promise was not kept, as a timer or the system that keeps the case says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetBreached {
    /// Which one.
    pub target: Target,
    /// When it was due, where a timer noted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Instant>,
}

/// Little time is left for a promise, as a timer says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetWarned {
    /// Which one.
    pub target: Target,
    /// When it is due.
    pub due_at: Instant,
}

/// It was solved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    /// How. Not personal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Label>,
}

/// It was not solved after all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopened {
    /// The clock from then on, where something is promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
}

/// Nobody comes back to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {}

/// It is a part of another case: a link, nothing was moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged {
    /// Which one.
    pub into: CaseId,
}

/// It is no part of the other case any more, and stands where it stood before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parted {
    /// Which one it was a part of.
    pub from: CaseId,
    /// What is promised as it goes on, where its clock runs: as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
}

/// A bug of the product lies behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BugLinked {
    /// Where it is kept.
    pub bug: Source,
}

/// The customer said how they found it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rated {
    /// How.
    pub rating: Rating,
    /// What they said with it: the contact's interaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interaction_id: Option<InteractionId>,
}

/// Somebody looked at a low rating.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RatingReviewed {}

impl PersonalFields for Event {}
