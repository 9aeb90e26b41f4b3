//! Why a command to a case is refused.

use super::decide::{BUGS_MAX, SAID_MAX};
use crate::aggregate::Reason;
use crate::id::CaseId;

/// Why a command to a case is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// There is no case under this id.
    #[error("no case is open under this id")]
    NotOpened,
    /// Another case stands under this id.
    #[error("another case was opened under this id; choose a new one")]
    AlreadyOpened,
    /// It is solved.
    #[error("the case is resolved; reopen it first")]
    Resolved,
    /// Nobody comes back to it.
    #[error("the case is closed; reopen it, or open another one that was split from it")]
    Closed,
    /// It is a part of another one.
    #[error("the case was merged into {into}; ask that one")]
    Merged {
        /// Which one.
        into: CaseId,
    },
    /// A case is no part of itself.
    #[error("a case cannot be merged into itself; name another one")]
    MergedIntoItself,
    /// As much was said as a case can hold.
    #[error("a case holds at most {SAID_MAX} replies; open another one that is split from it")]
    TooMuchSaid,
    /// Nobody's key would seal what is said.
    #[error("the case has no contact that something could be said to, or with; leave the text out")]
    WithoutContact,
    /// There is nothing to rate yet.
    #[error("the case is not resolved; it is rated once it is")]
    Unsolved,
    /// Nobody rated it.
    #[error("the case was not rated; there is nothing to review")]
    NotRated,
    /// As many bugs as a case can name.
    #[error("a case names at most {BUGS_MAX} bugs")]
    TooManyBugs,
}

impl Reason for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::NotOpened => "CASE_NOT_FOUND",
            Self::AlreadyOpened => "CASE_ALREADY_OPENED",
            Self::Resolved => "CASE_RESOLVED",
            Self::Closed => "CASE_CLOSED",
            Self::Merged { .. } => "CASE_MERGED",
            Self::MergedIntoItself => "CASE_MERGED_INTO_ITSELF",
            Self::TooMuchSaid => "CASE_REPLIES_EXHAUSTED",
            Self::WithoutContact => "CASE_WITHOUT_CONTACT",
            Self::Unsolved => "CASE_NOT_RESOLVED",
            Self::NotRated => "CASE_NOT_RATED",
            Self::TooManyBugs => "CASE_BUGS_EXHAUSTED",
        }
    }
}
