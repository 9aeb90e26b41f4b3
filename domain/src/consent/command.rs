//! What can be asked of a subject's consents.

use super::jurisdiction::Jurisdiction;
use super::parts::{Evidence, Method, Notice, Topic};
use crate::id::ConsentId;
use crate::personal::Personal;
use crate::value::{Instant, Label, Sha256};

/// A command to a subject's consents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// The subject is asked.
    Request {
        /// About what.
        topic: Topic,
        /// In which words.
        notice: Notice,
        /// Whose law applies, where it is known.
        jurisdiction: Option<Jurisdiction>,
        /// Until when an opt-out of theirs forbids to ask, where one does.
        opted_out_until: Option<Instant>,
    },
    /// The subject agrees.
    Give(Give),
    /// The subject agrees in a first act, and is sent a token to confirm it with.
    RequestConfirmation {
        /// To what they agree; its method and evidence are those of the first act.
        give: Give,
        /// Digest of the token.
        token_sha256: Sha256,
        /// Until when the token confirms it; absent: as long as it may.
        confirm_by: Option<Instant>,
    },
    /// The subject confirms it, by the token that they were sent.
    Confirm {
        /// Digest of the token.
        token_sha256: Sha256,
        /// What proves it.
        evidence: Option<Personal<Evidence>>,
    },
    /// The subject says no.
    Refuse {
        /// To what.
        topic: Topic,
        /// How.
        method: Method,
        /// Whose law applies; absent: that of the request.
        jurisdiction: Option<Jurisdiction>,
    },
    /// The subject takes it back.
    Withdraw {
        /// About what.
        topic: Topic,
        /// How.
        method: Method,
        /// What proves it.
        evidence: Option<Personal<Evidence>>,
        /// Whose law applies; absent: that of the consent.
        jurisdiction: Option<Jurisdiction>,
    },
    /// Its time has run out.
    Expire {
        /// About what.
        topic: Topic,
    },
    /// The subject agrees anew, to the same words, while a consent is in force.
    Renew {
        /// The id that the new consent will have.
        consent_id: ConsentId,
        /// About what.
        topic: Topic,
        /// How.
        method: Method,
        /// What proves it.
        evidence: Personal<Evidence>,
        /// Until when it holds; absent: until it is withdrawn.
        valid_until: Option<Instant>,
    },
    /// The controller ends it.
    Revoke {
        /// About what.
        topic: Topic,
        /// Why. Not personal.
        reason: Label,
    },
    /// Propose to find it invalid: somebody else has to approve that.
    ProposeInvalidation {
        /// Which consent.
        consent_id: ConsentId,
        /// Since when it does not count.
        since: Instant,
        /// Who found it. Not personal.
        authority: Label,
        /// Why. Not personal.
        reason: Label,
    },
    /// Approve that.
    ApproveInvalidation {
        /// Which consent.
        consent_id: ConsentId,
        /// Since when it does not count, as it was proposed: what is proposed otherwise meanwhile is not approved by this.
        since: Option<Instant>,
    },
    /// It is found to be invalid, by one person's word.
    Invalidate {
        /// Which consent.
        consent_id: ConsentId,
        /// Since when it does not count.
        since: Instant,
        /// Who found it. Not personal.
        authority: Label,
        /// Why. Not personal.
        reason: Label,
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
    /// Whose law applies, where it is known.
    pub jurisdiction: Option<Jurisdiction>,
}
