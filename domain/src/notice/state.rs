//! What was published of a notice, folded from the events.

use crate::personal::PersonalFields;
use crate::value::{Label, Reference, Sha256};

/// The words of a notice that are known. None: it is not published here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// One for each version and language, in the order of their publication.
    pub wordings: Vec<Wording>,
}

/// The words of one version in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// The version.
    pub version: Label,
    /// The language, a BCP 47 tag.
    pub language: Reference,
    /// Digest of the text.
    pub sha256: Sha256,
}

impl Wording {
    /// Tags of languages are the same whatever their case.
    pub(super) fn is_in(&self, language: &Reference) -> bool {
        self.language.as_str().eq_ignore_ascii_case(language.as_str())
    }
}

impl PersonalFields for State {}
