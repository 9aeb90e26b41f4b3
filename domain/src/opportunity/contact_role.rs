//! Who takes part in the decision about a deal.

use serde::{Deserialize, Serialize};

use crate::id::ContactId;

/// A contact, and what they have to do with the decision. One contact may have several roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ContactRole {
    /// Who.
    pub contact_id: ContactId,
    /// As what.
    pub role: Role,
}

/// What somebody has to do with the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Decides.
    DecisionMaker,
    /// Pays.
    EconomicBuyer,
    /// Is heard.
    Influencer,
    /// Speaks for it.
    Champion,
    /// Works with it.
    User,
    /// Looks at the contract.
    Legal,
    /// Something else.
    Other,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 7] = [
        Self::DecisionMaker,
        Self::EconomicBuyer,
        Self::Influencer,
        Self::Champion,
        Self::User,
        Self::Legal,
        Self::Other,
    ];

    /// As a word: `decision_maker`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DecisionMaker => "decision_maker",
            Self::EconomicBuyer => "economic_buyer",
            Self::Influencer => "influencer",
            Self::Champion => "champion",
            Self::User => "user",
            Self::Legal => "legal",
            Self::Other => "other",
        }
    }
}
