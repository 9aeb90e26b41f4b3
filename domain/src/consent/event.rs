//! What happens in a subject's consents, as stored.

use serde::{Deserialize, Serialize};

use super::jurisdiction::Jurisdiction;
use super::parts::{Evidence, EvidenceGrade, Method, Notice, Topic};
use crate::aggregate::stored_events;
use crate::envelope::Actor;
use crate::id::ConsentId;
use crate::personal::{Personal, PersonalFields, PersonalSlot};
use crate::value::{Instant, Label, Sha256};

stored_events! {
    /// What happened in a subject's consents.
    "consent.requested.v1" => Requested,
    "consent.given.v1" => Given,
    "consent.refused.v1" => Refused,
    "consent.withdrawn.v1" => Withdrawn,
    "consent.expired.v1" => Expired,
    "consent.confirmation_requested.v1" => ConfirmationRequested,
    "consent.renewed.v1" => Renewed,
    "consent.revoked.v1" => Revoked,
    "consent.invalidated.v1" => Invalidated,
    "consent.invalidation_proposed.v1" => InvalidationProposed,
}

/// The subject was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requested {
    /// About what.
    #[serde(flatten)]
    pub topic: Topic,
    /// In which words.
    pub notice: Notice,
    /// Whose law applies, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<Jurisdiction>,
}

/// The subject agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// This consent.
    pub consent_id: ConsentId,
    /// To what.
    #[serde(flatten)]
    pub topic: Topic,
    /// To which words.
    pub notice: Notice,
    /// How.
    pub method: Method,
    /// How well it can be proved.
    pub evidence_grade: EvidenceGrade,
    /// What proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Personal<Evidence>>,
    /// Until when it holds; absent: until it is withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Instant>,
    /// Whose law applies, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<Jurisdiction>,
}

/// The subject said no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// To what.
    #[serde(flatten)]
    pub topic: Topic,
    /// How.
    pub method: Method,
    /// Whose law applies, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<Jurisdiction>,
    /// Until when the subject may not be asked again, where the law says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_reask_before: Option<Instant>,
}

/// The subject took it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// Which consent, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_id: Option<ConsentId>,
    /// About what.
    #[serde(flatten)]
    pub topic: Topic,
    /// How.
    pub method: Method,
    /// What proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Personal<Evidence>>,
    /// Whose law applies, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<Jurisdiction>,
    /// Until when the subject may not be asked again, where the law says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_reask_before: Option<Instant>,
}

/// Its time ran out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expired {
    /// Which consent.
    pub consent_id: ConsentId,
    /// About what.
    #[serde(flatten)]
    pub topic: Topic,
    /// When it ran out.
    pub valid_until: Instant,
}

/// The subject agreed in a first act, and was sent a token to confirm it with: a double opt-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmationRequested {
    /// The consent that there will be once it is confirmed.
    pub consent_id: ConsentId,
    /// To what.
    #[serde(flatten)]
    pub topic: Topic,
    /// To which words.
    pub notice: Notice,
    /// How they said it first.
    pub method: Method,
    /// What proves the first act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Personal<Evidence>>,
    /// Digest of the token, which itself is kept nowhere.
    pub token_sha256: Sha256,
    /// Until when the token confirms it.
    pub confirm_by: Instant,
    /// Until when the consent will hold; absent: until it is withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Instant>,
    /// Whose law applies, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<Jurisdiction>,
}

/// The subject agreed anew while a consent was in force, to the same words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewed {
    /// This consent.
    pub consent_id: ConsentId,
    /// The consent that it goes on from.
    pub renews: ConsentId,
    /// To what.
    #[serde(flatten)]
    pub topic: Topic,
    /// To which words: those of the consent that it renews.
    pub notice: Notice,
    /// How.
    pub method: Method,
    /// How well it can be proved.
    pub evidence_grade: EvidenceGrade,
    /// What proves it.
    pub evidence: Personal<Evidence>,
    /// Until when it holds; absent: until it is withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Instant>,
}

/// The controller ended it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// Which consent.
    pub consent_id: ConsentId,
    /// About what.
    #[serde(flatten)]
    pub topic: Topic,
    /// Why. Not personal.
    pub reason: Label,
}

/// It was found to be invalid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invalidated {
    /// Which consent.
    pub consent_id: ConsentId,
    /// About what.
    #[serde(flatten)]
    pub topic: Topic,
    /// Since when it does not count; may lie before it was given.
    pub since: Instant,
    /// Who found it. Not personal: an authority, a court, an audit.
    pub authority: Label,
    /// Why. Not personal.
    pub reason: Label,
    /// Who proposed it; absent where one person alone found it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed_by: Option<Actor>,
    /// Who approved that; absent where one person alone found it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<Actor>,
}

/// Somebody wants it to be found invalid; it counts until somebody else does too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvalidationProposed {
    /// Which consent.
    pub consent_id: ConsentId,
    /// About what.
    #[serde(flatten)]
    pub topic: Topic,
    /// Since when it would not count.
    pub since: Instant,
    /// Who found it. Not personal: an authority, a court, an audit.
    pub authority: Label,
    /// Why. Not personal.
    pub reason: Label,
    /// Who wants it.
    pub proposed_by: Actor,
}

impl Event {
    /// What it is about.
    #[must_use]
    pub const fn topic(&self) -> &Topic {
        match self {
            Self::Requested(event) => &event.topic,
            Self::Given(event) => &event.topic,
            Self::Refused(event) => &event.topic,
            Self::Withdrawn(event) => &event.topic,
            Self::Expired(event) => &event.topic,
            Self::ConfirmationRequested(event) => &event.topic,
            Self::Renewed(event) => &event.topic,
            Self::Revoked(event) => &event.topic,
            Self::Invalidated(event) => &event.topic,
            Self::InvalidationProposed(event) => &event.topic,
        }
    }
}

impl PersonalFields for Event {
    fn personal_fields(&mut self) -> Vec<&mut dyn PersonalSlot> {
        let evidence = match self {
            Self::Given(event) => event.evidence.as_mut(),
            Self::Withdrawn(event) => event.evidence.as_mut(),
            Self::ConfirmationRequested(event) => event.evidence.as_mut(),
            Self::Renewed(event) => Some(&mut event.evidence),
            Self::Requested(_)
            | Self::Refused(_)
            | Self::Expired(_)
            | Self::Revoked(_)
            | Self::Invalidated(_)
            | Self::InvalidationProposed(_) => None,
        };
        evidence.map(|evidence| evidence as &mut dyn PersonalSlot).into_iter().collect()
    }
}
