//! What happens to a notice, as stored.

use serde::{Deserialize, Serialize};

use super::text::Text;
use crate::aggregate::stored_events;
use crate::personal::PersonalFields;
use crate::value::{Label, Reference, Sha256};

stored_events! {
    /// What happened to a notice.
    "notice.published.v1" => Published,
}

/// Words were made known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// What the company calls the notice.
    pub id: Reference,
    /// Its version.
    pub version: Label,
    /// Language of the text, a BCP 47 tag.
    pub language: Reference,
    /// Digest of the text.
    pub wording_sha256: Sha256,
    /// The words. Public.
    pub text: Text,
}

impl PersonalFields for Event {}
