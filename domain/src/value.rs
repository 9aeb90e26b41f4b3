//! Values that cannot be malformed: parsed once, at the edge, and trusted from there on.

mod contact_point;
mod digest;
mod money;
mod rate;
mod share;
mod text;
mod time;
mod zone;

pub use contact_point::{
    ContactPoint, ContactPointKind, EmailAddress, PhoneNumber, PostalAddress, SocialHandle,
};
pub use digest::{Sha256, hex};
pub use money::{Currency, Money};
pub use rate::{ExchangeRate, FrozenRate};
pub use share::{BasisPoints, Quantity};
pub use text::{ExternalRef, FreeText, Key, Label, Name, Reference, Segments};
pub use time::{Date, Instant};
pub use zone::{TimeOfDay, TimeZone};

use crate::aggregate::Reason;
use crate::id::InvalidId;

/// Why a text is not a value: a stable reason for programs, and what was expected, for people.
///
/// The text itself is not in it, for it may be personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{expected}")]
pub struct Invalid {
    /// `UPPER_SNAKE`, for example `EMAIL_MALFORMED`.
    pub reason: &'static str,
    /// What would have been accepted.
    pub expected: String,
}

impl Invalid {
    /// A refusal with its reason and what would have been accepted.
    #[must_use]
    pub fn new(reason: &'static str, expected: impl Into<String>) -> Self {
        Self { reason, expected: expected.into() }
    }
}

impl Reason for Invalid {
    fn reason(&self) -> &'static str {
        self.reason
    }
}

impl From<InvalidId> for Invalid {
    fn from(error: InvalidId) -> Self {
        Self::new("ID_MALFORMED", error.to_string())
    }
}
