//! What a stage can ask to be known of a deal.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::opportunity::Role;
use crate::value::{Invalid, Key};

/// Something that is known of a deal, or not yet. Written as one word: `amount`, `segment:region`, `contact_role:champion`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum DealField {
    /// What it is worth.
    Amount,
    /// When it is expected to close.
    ExpectedCloseOn,
    /// Who sells.
    Owner,
    /// The owner's team.
    Team,
    /// With whom: the deal's contact, or one who has a role in it.
    Contact,
    /// What comes next.
    NextStep,
    /// A field that reports group by.
    Segment(Key),
    /// Somebody in this role.
    ContactRole(Role),
}

impl DealField {
    const SINGLE: [Self; 6] =
        [Self::Amount, Self::ExpectedCloseOn, Self::Owner, Self::Team, Self::Contact, Self::NextStep];

    /// Reads the word.
    ///
    /// # Errors
    /// When it names no field, or the key or the role behind the colon is none.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let found = match text.split_once(':') {
            Some(("segment", key)) => return Key::parse(key).map(Self::Segment),
            Some(("contact_role", role)) => {
                Role::ALL.into_iter().find(|known| known.as_str() == role).map(Self::ContactRole)
            }
            Some(_) => None,
            None => Self::SINGLE.into_iter().find(|field| field.to_string() == text),
        };
        found.ok_or_else(|| {
            let roles = Role::ALL.map(Role::as_str).join(", ");
            let single = "amount, expected_close_on, owner, team, contact, next_step";
            let expected = format!("expected {single}, segment:KEY, or contact_role: and one of {roles}");
            Invalid::new("DEAL_FIELD_UNKNOWN", expected)
        })
    }
}

impl fmt::Display for DealField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Amount => f.write_str("amount"),
            Self::ExpectedCloseOn => f.write_str("expected_close_on"),
            Self::Owner => f.write_str("owner"),
            Self::Team => f.write_str("team"),
            Self::Contact => f.write_str("contact"),
            Self::NextStep => f.write_str("next_step"),
            Self::Segment(key) => write!(f, "segment:{key}"),
            Self::ContactRole(role) => write!(f, "contact_role:{}", role.as_str()),
        }
    }
}

impl TryFrom<String> for DealField {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}
impl From<DealField> for String {
    fn from(field: DealField) -> Self {
        field.to_string()
    }
}
