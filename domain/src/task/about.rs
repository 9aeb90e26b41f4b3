//! What a task is about.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{CaseId, ContactId, LeadId, OpportunityId};
use crate::value::Invalid;

/// What a task is about: written as its id, which says what it is the id of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum About {
    /// A contact.
    Contact(ContactId),
    /// A lead.
    Lead(LeadId),
    /// A deal.
    Opportunity(OpportunityId),
    /// A case.
    Case(CaseId),
}

impl About {
    /// Reads the id of something that a task can be about.
    ///
    /// # Errors
    /// When the text is no id of a contact, a lead, a deal or a case.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let contact = || ContactId::parse(text).map(Self::Contact);
        let lead = || LeadId::parse(text).map(Self::Lead);
        let deal = || OpportunityId::parse(text).map(Self::Opportunity);
        let case = || CaseId::parse(text).map(Self::Case);
        contact().or_else(|_| lead()).or_else(|_| deal()).or_else(|_| case()).map_err(|_| {
            Invalid::new("ID_MALFORMED", "expected the id of a contact, a lead, an opportunity or a case")
        })
    }

    /// The contact, where it is about one.
    #[must_use]
    pub const fn contact(self) -> Option<ContactId> {
        match self {
            Self::Contact(contact_id) => Some(contact_id),
            Self::Lead(_) | Self::Opportunity(_) | Self::Case(_) => None,
        }
    }
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contact(id) => id.fmt(f),
            Self::Lead(id) => id.fmt(f),
            Self::Opportunity(id) => id.fmt(f),
            Self::Case(id) => id.fmt(f),
        }
    }
}

impl TryFrom<String> for About {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<About> for String {
    fn from(about: About) -> Self {
        about.to_string()
    }
}
