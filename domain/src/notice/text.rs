//! The words of a notice.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::value::{Invalid, Sha256};

/// What people are shown, to the byte: nothing is trimmed, so that its digest is that of the file it came from. Public,
/// and about nobody in particular.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Text(String);

impl Text {
    /// Longest text, in bytes of UTF-8.
    pub const LENGTH_MAX: usize = 64 * 1024;

    /// Reads the text.
    ///
    /// # Errors
    /// When it says nothing, is longer than [`Self::LENGTH_MAX`], or holds control characters other than line breaks and
    /// tabs.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let shown = |c: char| !c.is_control() || c == '\n' || c == '\t' || c == '\r';
        if !text.trim().is_empty() && text.len() <= Self::LENGTH_MAX && text.chars().all(shown) {
            Ok(Self(text.to_owned()))
        } else {
            let expected = "expected 1 to 65536 bytes of text without control characters other than line breaks and tabs";
            Err(Invalid::new("NOTICE_TEXT_MALFORMED", expected))
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it is known by.
    #[must_use]
    pub fn sha256(&self) -> Sha256 {
        Sha256::of(self.0.as_bytes())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
impl TryFrom<String> for Text {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}
impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0
    }
}
