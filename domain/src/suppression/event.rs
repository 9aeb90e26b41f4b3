//! What happens to a subject's suppressions, as stored.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::aggregate::stored_events;
use crate::consent::{Channel, Evidence, Jurisdiction, Method, Topic};
use crate::personal::{Personal, PersonalFields, PersonalSlot};
use crate::value::{Instant, Key, Label, Reference};

stored_events! {
    /// What happened to a subject's suppressions.
    "suppression.raised.v1" => Raised,
    "suppression.lift_requested.v1" => LiftRequested,
    "suppression.lifted.v1" => Lifted,
    "suppression.retained.v1" => Retained,
}

/// What a suppression is in law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An objection: article 21 of the GDPR.
    Objection,
    /// A signal that opts out (Global Privacy Control): section 7025 of the CCPA regulations.
    OptOutSignal,
    /// A link in a message (RFC 8058), or a word that stops messages.
    Unsubscribe,
}

impl Kind {
    /// Whether it takes two acts to come back: section 7028 of the CCPA regulations.
    #[must_use]
    pub const fn is_lifted_in_two_steps(self) -> bool {
        match self {
            Self::OptOutSignal => true,
            Self::Objection | Self::Unsubscribe => false,
        }
    }
}

/// What a suppression is about. What is absent means every one of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Scope {
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Key>,
    /// Through what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
}

impl Scope {
    /// Whether a purpose and channel lie within it.
    #[must_use]
    pub fn covers(&self, topic: &Topic) -> bool {
        self.purpose.as_ref().is_none_or(|purpose| *purpose == topic.purpose)
            && self.channel.is_none_or(|channel| channel == topic.channel)
    }
}

/// The subject does not want it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raised {
    /// What it is in law.
    pub kind: Kind,
    /// What it is about.
    #[serde(flatten)]
    pub scope: Scope,
    /// How they said it.
    pub method: Method,
    /// What proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Personal<Evidence>>,
    /// Whose law applies, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<Jurisdiction>,
    /// Until when the subject may not be asked to consent, where the law says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_reask_before: Option<Instant>,
}

/// The subject wants it again: the first of two steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiftRequested {
    /// What it is in law.
    pub kind: Kind,
    /// What it is about.
    #[serde(flatten)]
    pub scope: Scope,
    /// How they said it.
    pub method: Method,
    /// What proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Personal<Evidence>>,
}

/// The subject wants it again, and it ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifted {
    /// What it was in law.
    pub kind: Kind,
    /// What it was about.
    #[serde(flatten)]
    pub scope: Scope,
    /// How they said it.
    pub method: Method,
    /// Why.
    pub reason: Label,
    /// What proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Personal<Evidence>>,
}

/// The subject is erased. What stands goes on for whoever is registered with one of their contact points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retained {
    /// Digests of the contact points under the suppression key: who has the log alone cannot try a guess against them.
    pub point_digests: BTreeSet<Reference>,
}

impl PersonalFields for Event {
    fn personal_fields(&mut self) -> Vec<&mut dyn PersonalSlot> {
        let evidence = match self {
            Self::Raised(event) => event.evidence.as_mut(),
            Self::LiftRequested(event) => event.evidence.as_mut(),
            Self::Lifted(event) => event.evidence.as_mut(),
            Self::Retained(_) => None,
        };
        evidence.map(|evidence| evidence as &mut dyn PersonalSlot).into_iter().collect()
    }
}
