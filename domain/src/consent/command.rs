//! What can be asked of a subject's consents.

use super::event::{Evidence, Method, Notice, Topic};
use crate::id::ConsentId;
use crate::personal::Personal;
use crate::value::Instant;

/// A command to a subject's consents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// The subject is asked.
    Request {
        /// About what.
        topic: Topic,
        /// In which words.
        notice: Notice,
    },
    /// The subject agrees.
    Give(Give),
    /// The subject says no.
    Refuse {
        /// To what.
        topic: Topic,
        /// How.
        method: Method,
    },
    /// The subject takes it back.
    Withdraw {
        /// About what.
        topic: Topic,
        /// How.
        method: Method,
        /// What proves it.
        evidence: Option<Personal<Evidence>>,
    },
    /// Its time has run out.
    Expire {
        /// About what.
        topic: Topic,
    },
}

/// An agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Give {
    /// The id that this consent will have.
    pub consent_id: ConsentId,
    /// To what.
    pub topic: Topic,
    /// To which words.
    pub notice: Notice,
    /// How.
    pub method: Method,
    /// What proves it.
    pub evidence: Option<Personal<Evidence>>,
    /// Until when it holds; absent: until it is withdrawn.
    pub valid_until: Option<Instant>,
}
