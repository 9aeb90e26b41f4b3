//! What happens to a subscription, as stored.

use serde::{Deserialize, Serialize};

use crate::aggregate::stored_events;
use crate::id::ContactId;
use crate::personal::PersonalFields;
use crate::value::{Date, Label, Money, Segments};

stored_events! {
    /// What happened to a subscription.
    "subscription.started.v1" => Started,
    "subscription.renewed.v1" => Renewed,
    "subscription.amount_changed.v1" => AmountChanged,
    "subscription.paused.v1" => Paused,
    "subscription.cancelled.v1" => Cancelled,
    "subscription.reactivated.v1" => Reactivated,
}

/// Who ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancellationKind {
    /// The customer, by will.
    Voluntary,
    /// A payment that failed, or the company.
    Involuntary,
}

/// The contract began. When: `occurred_at` of the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// Whose it is.
    pub contact_id: ContactId,
    /// What was bought.
    pub plan: Label,
    /// What it brings each month.
    pub mrr: Money,
    /// Last day of the term, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term_ends_on: Option<Date>,
    /// Fields that reports group by: contract type, region.
    #[serde(default, skip_serializing_if = "Segments::is_empty")]
    pub segments: Segments,
}

/// The term was extended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewed {
    /// Last day of the new term.
    pub term_ends_on: Date,
    /// Last day of the old one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_term_ends_on: Option<Date>,
}

/// It brings more or less each month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmountChanged {
    /// Before.
    pub previous: Money,
    /// Now.
    pub mrr: Money,
}

/// It rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paused {
    /// What it brought each month.
    pub mrr: Money,
}

/// It ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancelled {
    /// What it brought each month, before a pause too.
    pub mrr: Money,
    /// Who ended it.
    pub kind: CancellationKind,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Label>,
}

/// It goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reactivated {
    /// What it brings each month.
    pub mrr: Money,
}

impl PersonalFields for Event {}
