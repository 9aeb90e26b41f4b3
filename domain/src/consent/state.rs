//! What a subject agreed to, folded from the events.

use std::collections::BTreeMap;

use super::event::{Method, Notice, Topic};
use crate::id::ConsentId;
use crate::personal::PersonalFields;
use crate::value::Instant;

/// Every topic that a subject was asked about or spoke of. A topic that is absent is unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// Where each topic stands.
    pub topics: BTreeMap<Topic, Status>,
    /// Every consent that was ever given, by its id: an id is used once.
    pub given: BTreeMap<ConsentId, Terms>,
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
}

impl PersonalFields for State {}
