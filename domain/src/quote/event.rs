//! What happens to a quote, as stored. When: `occurred_at` of the event.

use serde::{Deserialize, Serialize};

use super::offer::Offer;
use crate::aggregate::stored_events;
use crate::id::OpportunityId;
use crate::personal::PersonalFields;
use crate::value::{Date, Instant, Label, Money, TimeZone};

stored_events! {
    /// What happened to a quote.
    "quote.created.v1" => Created,
    "quote.revised.v1" => Revised,
    "quote.sent.v1" => Sent,
    "quote.accepted.v1" => Accepted,
    "quote.declined.v1" => Declined,
    "quote.expired.v1" => Expired,
    "quote.withdrawn.v1" => Withdrawn,
}

/// It began with a first version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// For which deal.
    pub opportunity_id: OpportunityId,
    /// What is offered.
    #[serde(flatten)]
    pub offer: Offer,
}

/// It got the next version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revised {
    /// What is offered.
    #[serde(flatten)]
    pub offer: Offer,
}

/// The customer got it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Which version.
    pub version: u32,
    /// The last day on which it can be accepted.
    pub valid_until: Date,
    /// By whose clock that day ends.
    pub time_zone: TimeZone,
    /// When it is over.
    pub expires_at: Instant,
}

/// The customer took it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Which version.
    pub version: u32,
    /// What the deal is worth by it: the total without tax, in the currency of the deal.
    pub deal_amount: Money,
    /// Whether the deal was worth that already: it is not revised.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deal_stands: bool,
}

/// The customer did not take it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declined {
    /// Which version.
    pub version: u32,
    /// Why; no personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Label>,
}

/// Its last day passed without an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expired {
    /// Which version.
    pub version: u32,
    /// When the day was over.
    pub expires_at: Instant,
}

/// It was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// Which version.
    pub version: u32,
    /// Why; no personal data.
    pub reason: Label,
}

impl PersonalFields for Event {}
