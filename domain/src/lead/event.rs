//! What happens to a lead, as stored. When: `occurred_at` of the event.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::field::Fields;
use super::score::Score;
use crate::aggregate::stored_events;
use crate::id::{ContactId, InteractionId, OpportunityId, RoutingPolicyId};
use crate::interaction;
use crate::personal::PersonalFields;
use crate::value::{Date, Instant, Key, Label, Reference};

stored_events! {
    /// What happened to a lead.
    "lead.captured.v1" => Captured,
    "lead.captured_again.v1" => CapturedAgain,
    "lead.enriched.v1" => Enriched,
    "lead.scored.v1" => Scored,
    "lead.assigned.v1" => Assigned,
    "lead.assignment_declined.v1" => AssignmentDeclined,
    "lead.assignment_timed_out.v1" => AssignmentTimedOut,
    "lead.contacted.v1" => Contacted,
    "lead.qualified.v1" => Qualified,
    "lead.disqualified.v1" => Disqualified,
    "lead.recycled.v1" => Recycled,
    "lead.converted.v1" => Converted,
}

/// Where a lead comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A form on a web site.
    WebForm,
    /// An e-mail.
    Email,
    /// A call.
    Call,
    /// A chat.
    Chat,
    /// An advertisement in a social network.
    SocialAd,
    /// Somebody's recommendation.
    Referral,
    /// A partner.
    Partner,
    /// An event: a fair, a talk.
    Event,
    /// A list that was imported.
    Import,
    /// Another program.
    Api,
    /// A customer who wants more.
    ExistingCustomer,
    /// A campaign.
    Campaign,
}

/// How somebody's interest came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// Where from.
    pub source: Source,
    /// The campaign behind it; no personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<Label>,
    /// Where another system keeps it. What comes in twice from there is one capture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<interaction::Source>,
    /// What was said: the contact's interaction.
    pub interaction_id: InteractionId,
    /// What is known by it. Of a lead that has such fields the newer values stand.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub fields: Fields,
    /// The version of the company's fields of leads that judged them; absent where none was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field_set_version: Option<u32>,
}

/// It began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Captured {
    /// Who is interested.
    pub contact_id: ContactId,
    /// How it came in.
    #[serde(flatten)]
    pub capture: Capture,
}

/// The same person came in again while it was open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapturedAgain {
    /// How.
    #[serde(flatten)]
    pub capture: Capture,
}

/// More is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enriched {
    /// Fields that got a value.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub fields: Fields,
    /// Fields that lost theirs.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub cleared: BTreeSet<Key>,
    /// The version of the company's fields of leads that judged them; absent where none was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field_set_version: Option<u32>,
}

/// It was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scored {
    /// How.
    #[serde(flatten)]
    pub score: Score,
}

/// Who has a lead.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// Somebody, by the company's own id.
    Owner(Reference),
    /// A queue, where it waits for somebody.
    Queue(Reference),
}

impl Holder {
    /// Who owns it; nobody while it waits in a queue.
    #[must_use]
    pub const fn owner(&self) -> Option<&Reference> {
        match self {
            Self::Owner(owner) => Some(owner),
            Self::Queue(_) => None,
        }
    }

    /// The queue that it waits in.
    #[must_use]
    pub const fn queue(&self) -> Option<&Reference> {
        match self {
            Self::Owner(_) => None,
            Self::Queue(queue) => Some(queue),
        }
    }
}

/// How a routing policy chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routing {
    /// The policy.
    pub policy_id: RoutingPolicyId,
    /// Its version.
    pub version: u32,
    /// The rule of it that held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Key>,
    /// Who could have been chosen, in the order they were looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Reference>,
}

/// It was handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assigned {
    /// To whom.
    pub to: Holder,
    /// Who had it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Holder>,
    /// Which of its assignments this is, counted from 1.
    pub number: u32,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Label>,
    /// What chose them, where no person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routing: Option<Routing>,
    /// By when something has to be done for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub respond_by: Option<Instant>,
}

/// It was given back before anything was done for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignmentDeclined {
    /// Who gave it back.
    pub owner: Reference,
    /// Which of its assignments it was.
    pub number: u32,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Label>,
}

/// It was taken back: nothing was done for it in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignmentTimedOut {
    /// Who had it.
    pub from: Holder,
    /// Which of its assignments it was.
    pub number: u32,
}

/// The company reached out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contacted {
    /// What was said: the contact's interaction.
    pub interaction_id: InteractionId,
}

/// It is worth a deal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Qualified {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Label>,
}

/// Nothing comes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disqualified {
    /// Why.
    pub reason: Label,
}

/// Nothing comes of it now. Nobody has it any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recycled {
    /// The day on which to look at it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Label>,
}

/// Something came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Converted {
    /// Who was interested.
    pub contact_id: ContactId,
    /// The organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<ContactId>,
    /// The deal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opportunity_id: Option<OpportunityId>,
}

impl PersonalFields for Event {}
