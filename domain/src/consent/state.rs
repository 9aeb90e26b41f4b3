//! What a subject agreed to, folded from the events.

use std::collections::BTreeMap;

use super::jurisdiction::Jurisdiction;
use super::parts::{Method, Notice, Topic};
use crate::envelope::Actor;
use crate::id::ConsentId;
use crate::personal::PersonalFields;
use crate::value::{Instant, Label, Sha256};

/// Every topic that a subject was asked about or spoke of. A topic that is absent is unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// Where each topic stands.
    pub topics: BTreeMap<Topic, Status>,
    /// Every consent that was ever given, by its id: an id is used once.
    pub given: BTreeMap<ConsentId, Terms>,
    /// Since when those of them that were found to be invalid do not count.
    pub invalid: BTreeMap<ConsentId, Instant>,
    /// Of which of them it is proposed to find them invalid.
    pub proposed_invalid: BTreeMap<ConsentId, ProposedInvalidation>,
    /// Digest of the token that confirmed a topic last.
    pub used_tokens: BTreeMap<Topic, Sha256>,
    /// Whose law applied to a topic last.
    pub jurisdictions: BTreeMap<Topic, Jurisdiction>,
    /// Until when a topic may not be asked about again.
    pub no_reask_before: BTreeMap<Topic, Instant>,
}

impl State {
    /// Whether a consent waits to be confirmed by a token.
    #[must_use]
    pub fn waits_for(&self, token_sha256: Sha256) -> bool {
        self.topics.values().any(|status| match status {
            Status::Pending(pending) => pending.token_sha256 == token_sha256,
            Status::Requested { .. }
            | Status::Given { .. }
            | Status::Refused
            | Status::Withdrawn
            | Status::Expired { .. }
            | Status::Revoked { .. }
            | Status::Invalidated { .. } => false,
        })
    }
}

/// That a consent is invalid, which a second person has yet to approve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedInvalidation {
    /// Since when it would not count.
    pub since: Instant,
    /// Who found it.
    pub authority: Label,
    /// Why.
    pub reason: Label,
    /// Who wants it.
    pub proposed_by: Actor,
}

/// What a consent was given to, so that one that comes back is told from another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// To what.
    pub topic: Topic,
    /// To which words.
    pub notice: Notice,
    /// How.
    pub method: Method,
    /// Until when it holds.
    pub valid_until: Option<Instant>,
}

/// Where one topic stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// The subject was asked, and has not answered.
    Requested {
        /// In which words.
        notice: Notice,
    },
    /// The subject agreed in a first act, and has not confirmed it.
    Pending(Box<Pending>),
    /// The subject agreed.
    Given {
        /// With which consent.
        consent_id: ConsentId,
        /// Until when it holds.
        valid_until: Option<Instant>,
    },
    /// The subject said no.
    Refused,
    /// The subject took it back.
    Withdrawn,
    /// Its time ran out.
    Expired {
        /// Which consent that was.
        consent_id: ConsentId,
    },
    /// The controller ended it.
    Revoked {
        /// Which consent that was.
        consent_id: ConsentId,
    },
    /// It was found to be invalid.
    Invalidated {
        /// Which consent that was.
        consent_id: ConsentId,
    },
}

/// A consent that waits to be confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The id that it will have.
    pub consent_id: ConsentId,
    /// What it will be given to; the method is that of the first act.
    pub terms: Terms,
    /// Digest of the token that confirms it.
    pub token_sha256: Sha256,
    /// Until when the token does.
    pub confirm_by: Instant,
}

impl PersonalFields for State {}
