//! What happens in a contact's interactions, as stored.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::aggregate::stored_events;
use crate::id::{CorrectionId, InteractionId, OpportunityId, SubscriptionId, derived_uuid};
use crate::personal::{Personal, PersonalFields, PersonalSlot};
use crate::value::{ExternalRef, FreeText, Key, Label, Money, Reference, Segments};

stored_events! {
    /// What happened in a contact's interactions.
    "interaction.recorded.v1" => Recorded,
    "interaction.corrected.v1" => Corrected,
    "interaction.redacted.v1" => Redacted,
}

/// Through what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Telephone.
    Call,
    /// E-mail.
    Email,
    /// Chat.
    Chat,
    /// Meeting, in a room or by video.
    Meeting,
    /// SMS.
    Sms,
    /// Social network.
    Social,
    /// Page view or another act on a web site.
    Web,
    /// Form that was sent.
    Form,
    /// Shopping cart.
    Cart,
    /// Order that was placed.
    Order,
    /// Use of the product.
    ProductUsage,
    /// Note of a colleague.
    Note,
}

/// From whom to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the contact to the company.
    Inbound,
    /// From the company to the contact.
    Outbound,
    /// Within the company, about the contact.
    Internal,
}

/// Where another system keeps the same thing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Source {
    /// The system.
    pub system: Reference,
    /// Its id there.
    pub external_ref: ExternalRef,
}

/// What an interaction was about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Related {
    /// A possible sale.
    Opportunity(OpportunityId),
    /// A contract.
    Subscription(SubscriptionId),
    /// A case in another system.
    Case(Reference),
    /// A campaign in another system.
    Campaign(Reference),
}

/// An exchange took place. When: `occurred_at` of the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Its id.
    pub interaction_id: InteractionId,
    /// Through what.
    pub channel: Channel,
    /// From whom to whom.
    pub direction: Direction,
    /// What was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Personal<FreeText>>,
    /// A word for what kind of exchange it was: `missed`, `page_viewed`, `incident_update`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<Key>,
    /// How long it took, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u32>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Label>,
    /// What it was worth: the sum of an order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Money>,
    /// Where another system keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// What it was about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Related>,
    /// Fields that reports group by.
    #[serde(default, skip_serializing_if = "Segments::is_empty")]
    pub segments: Segments,
    /// Whom of the company it is brought to, by the company's own ids.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub mentions: BTreeSet<Reference>,
}

impl Recorded {
    /// Digest of everything but the text, which no rule reads.
    pub(super) fn fingerprint(&self) -> Uuid {
        let plain = Self { summary: None, ..self.clone() };
        // Without the text there is nothing that cannot be written.
        derived_uuid(&[&serde_json::to_string(&plain).unwrap_or_default()])
    }
}

/// What was recorded of it was set right. Fields that are absent stay as they were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corrected {
    /// Which one.
    pub interaction_id: InteractionId,
    /// Id of the correction itself; the same one is applied once.
    pub correction_id: CorrectionId,
    /// What was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Personal<FreeText>>,
    /// How long it took, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u32>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Label>,
}

/// Its text was taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redacted {
    /// Which one.
    pub interaction_id: InteractionId,
    /// Why.
    pub reason: Label,
}

impl PersonalFields for Event {
    fn personal_fields(&mut self) -> Vec<&mut dyn PersonalSlot> {
        let summary = match self {
            Self::Recorded(event) => event.summary.as_mut(),
            Self::Corrected(event) => event.summary.as_mut(),
            Self::Redacted(_) => None,
        };
        summary.map(|text| text as &mut dyn PersonalSlot).into_iter().collect()
    }
}
