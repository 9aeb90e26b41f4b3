//! Why a command to a subject's consents is refused.

use super::decide::{CONFIRMATION_DAYS_MAX, TOPICS_MAX};
use crate::aggregate::Reason;
use crate::value::Instant;

/// Why a command to a subject's consents is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Silence is not consent, and neither is an answer that nobody asked for.
    #[error("the subject was not asked about this purpose and channel; record the request first")]
    NotRequested,
    /// The words that were agreed to are not the ones that were shown.
    #[error("the subject was shown version {shown} of the notice; a consent to other words is none")]
    NoticeDiffers {
        /// The version that was shown.
        shown: String,
    },
    /// There is a consent already.
    #[error("a consent for this purpose and channel is in force; withdraw it or let it expire first")]
    AlreadyGiven,
    /// The id belongs to another consent, or to one that has ended.
    #[error("another consent has this id, or had it; a new consent is given a new id")]
    ConsentIdUsed,
    /// It ended before it began.
    #[error("a consent holds until a time after it was given")]
    ValidityOver,
    /// It is still in force.
    #[error("the consent has not run out")]
    NotExpired,
    /// As many topics as a subject can have.
    #[error("a subject has at most {TOPICS_MAX} purposes and channels")]
    TooManyTopics,
    /// The first act alone is not enough.
    #[error(
        "the consent waits to be confirmed by the token that the subject was sent; confirm it, or request a new confirmation"
    )]
    NotConfirmed,
    /// Nobody waits for so long, or for no time at all.
    #[error(
        "a confirmation is waited for until a time after the first act, and for {CONFIRMATION_DAYS_MAX} days at most"
    )]
    ConfirmationTimeInvalid,
    /// No consent of the subject waits for this token.
    #[error(
        "no consent of this subject waits for this token: only the last one that was sent counts; request a new confirmation"
    )]
    TokenUnknown,
    /// A token confirms once.
    #[error(
        "this token has confirmed a consent already, and confirms no second one; request a new confirmation if there has to be one"
    )]
    TokenUsed,
    /// It came too late.
    #[error("the time to confirm ended at {confirm_by}; request a new confirmation")]
    TokenExpired {
        /// When it ended.
        confirm_by: Instant,
    },
    /// There is nothing to renew or to revoke.
    #[error("no consent for this purpose and channel is in force; ask the subject, and record a new one")]
    NotGiven,
    /// The subject has no consent with this id.
    #[error("the subject never gave a consent with this id; see their trail for the ids")]
    ConsentUnknown,
    /// What is found to be invalid was so before it was found.
    #[error("a consent is found to be invalid since a time that has come")]
    InvalidSinceAhead,
    /// Nobody has proposed it yet, or not since the time that was approved.
    #[error("nobody has proposed to find this consent invalid, or not since then; let somebody do so first")]
    InvalidationNotProposed,
    /// Four eyes.
    #[error("who proposed to find a consent invalid cannot approve it; let somebody else do so")]
    InvalidationSameActor,
    /// The law has them left alone.
    #[error(
        "the subject said no, and the law has them left alone: they may be asked again from {no_reask_before} on"
    )]
    ReaskTooEarly {
        /// From when on they may be asked.
        no_reask_before: Instant,
    },
}

impl Reason for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::NotRequested => "CONSENT_NOT_REQUESTED",
            Self::NoticeDiffers { .. } => "CONSENT_NOTICE_DIFFERS",
            Self::AlreadyGiven => "CONSENT_ALREADY_GIVEN",
            Self::ConsentIdUsed => "CONSENT_ID_USED",
            Self::ValidityOver => "CONSENT_VALIDITY_OVER",
            Self::NotExpired => "CONSENT_NOT_EXPIRED",
            Self::TooManyTopics => "CONSENT_TOPICS_EXHAUSTED",
            Self::NotConfirmed => "CONSENT_NOT_CONFIRMED",
            Self::ConfirmationTimeInvalid => "CONSENT_CONFIRMATION_TIME_INVALID",
            Self::TokenUnknown => "CONSENT_TOKEN_UNKNOWN",
            Self::TokenUsed => "CONSENT_TOKEN_USED",
            Self::TokenExpired { .. } => "CONSENT_TOKEN_EXPIRED",
            Self::NotGiven => "CONSENT_NOT_GIVEN",
            Self::ConsentUnknown => "CONSENT_NOT_FOUND",
            Self::InvalidSinceAhead => "CONSENT_INVALID_SINCE_AHEAD",
            Self::InvalidationNotProposed => "CONSENT_INVALIDATION_NOT_PROPOSED",
            Self::InvalidationSameActor => "CONSENT_INVALIDATION_SAME_ACTOR",
            Self::ReaskTooEarly { .. } => "CONSENT_REASK_TOO_EARLY",
        }
    }
}
