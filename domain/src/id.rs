//! Identifiers: `<noun>_<26 characters>`, a 128-bit number in Crockford's base 32.
//!
//! Ids are minted at the edge and mean nothing. An id derived from a key (a request id, a row of an import)
//! is a digest of it, so that the same request always names the same thing.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ulid::Ulid;
use uuid::{Builder, Uuid};

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected `{noun}_` and 26 characters of Crockford base 32 in lower case")]
pub struct InvalidId {
    /// The noun that the id should begin with.
    pub noun: &'static str,
}

/// A version 8 UUID that is a digest of `parts`; the same parts give the same UUID for ever.
#[must_use]
pub fn derived_uuid(parts: &[&str]) -> Uuid {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let digest = hasher.finalize();
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

fn write_id(f: &mut fmt::Formatter<'_>, noun: &str, uuid: Uuid) -> fmt::Result {
    write!(f, "{noun}_{}", Ulid(uuid.as_u128()).to_string().to_ascii_lowercase())
}

fn parse_id(noun: &'static str, text: &str) -> Result<Uuid, InvalidId> {
    let digits = text
        .strip_prefix(noun)
        .and_then(|rest| rest.strip_prefix('_'))
        .filter(|digits| {
            digits.len() == 26 && digits.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
        .ok_or(InvalidId { noun })?;
    let parsed = Ulid::from_string(&digits.to_ascii_uppercase()).map_err(|_| InvalidId { noun })?;
    let canonical = parsed.to_string().to_ascii_lowercase();
    if canonical == digits { Ok(Uuid::from_u128(parsed.0)) } else { Err(InvalidId { noun }) }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $noun:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// The noun that every id of this kind begins with.
            pub const NOUN: &'static str = $noun;

            /// An id from a UUID minted at the edge.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }

            /// The id that belongs to a key: the same key always gives the same id.
            #[must_use]
            pub fn derived(namespace: &str, key: &str) -> Self {
                Self(derived_uuid(&[$noun, namespace, key]))
            }

            /// Reads an id.
            ///
            /// # Errors
            /// When the text is not the noun, an underscore and 26 digits.
            pub fn parse(text: &str) -> Result<Self, InvalidId> { parse_id($noun, text).map(Self) }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write_id(f, $noun, self.0) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write_id(f, $noun, self.0) }
        }
        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> { Self::parse(text) }
        }
        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> { Self::parse(&text) }
        }
        impl From<$name> for String {
            fn from(id: $name) -> Self { id.to_string() }
        }
    )+};
}

ids! {
    /// A person or an organisation that a relationship is kept with; the subject of personal data.
    ContactId = "contact";
    /// One way to reach a contact.
    ContactPointId = "point";
    /// One exchange with a contact.
    InteractionId = "interaction";
    /// One setting right of an interaction.
    CorrectionId = "correction";
    /// A company's sales process.
    PipelineId = "pipeline";
    /// One possible sale.
    OpportunityId = "opportunity";
    /// One recurring contract.
    SubscriptionId = "subscription";
    /// One act of consent: a new one is given a new id, a withdrawn one is never revived.
    ConsentId = "consent";
    /// Words that subjects are shown when they are asked. Derived from what the company calls them.
    NoticeId = "notice";
    /// What a person asked for about their own data.
    SubjectRequestId = "subject_request";
    /// When a company works.
    CalendarId = "calendar";
    /// What a company promises those whose cases it takes.
    SlaPolicyId = "sla_policy";
    /// Something that a contact wants solved.
    CaseId = "case";
    /// Somebody who may become a customer. Derived from the contact, and which of their leads it is.
    LeadId = "lead";
    /// By which rules leads are handed over.
    RoutingPolicyId = "routing_policy";
    /// By which rules leads are judged.
    ScoringModelId = "scoring_model";
    /// What somebody is to do next.
    TaskId = "task";
    /// Which fields of its own a company keeps of one kind of record. Derived from the kind.
    FieldSetId = "field_set";
    /// What a company sells, and for how much.
    PriceBookId = "price_book";
    /// What a customer is offered.
    QuoteId = "quote";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_being_written_and_read() {
        let id = ContactId::derived("tests", "ann");
        assert_eq!(ContactId::parse(&id.to_string()), Ok(id));
        assert_eq!(id.to_string().len(), "contact_".len() + 26);
    }

    #[test]
    fn the_same_key_names_the_same_thing_and_another_key_another() {
        assert_eq!(ContactId::derived("a", "b"), ContactId::derived("a", "b"));
        assert_ne!(ContactId::derived("a", "b"), ContactId::derived("ab", ""));
        assert_ne!(ContactId::derived("a", "b"), ContactId::derived("a", "c"));
    }

    #[test]
    fn malformed_ids_are_refused() {
        let id = ContactId::derived("tests", "ann").to_string();
        for text in [
            "",
            "contact_",
            "contact_0",
            "opportunity_01arz3ndektsv4rrffq69g5fav",
            "contact_8zzzzzzzzzzzzzzzzzzzzzzzzz",
            "contact_01arz3ndektsv4rrffq69g5fai",
            &id.to_ascii_uppercase(),
            &format!("{id}0"),
        ] {
            assert_eq!(ContactId::parse(text), Err(InvalidId { noun: "contact" }), "{text}");
        }
    }
}
