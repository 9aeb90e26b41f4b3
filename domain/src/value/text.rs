//! Short texts with a named limit each.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Invalid;
use crate::personal::{DataClass, PersonalValue};

/// Declares a text type: its longest length in bytes, its rule, and the reason given when it does not hold.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident: $max:literal, $reason:literal, $rule:expr, $expected:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// Longest text, in bytes of UTF-8.
            pub const LENGTH_MAX: usize = $max;

            /// Reads the text; white space around it is dropped.
            ///
            /// # Errors
            /// When it is empty, longer than [`Self::LENGTH_MAX`], or breaks the rule above.
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                let text = text.trim();
                let rule: fn(char) -> bool = $rule;
                if !text.is_empty() && text.len() <= $max && text.chars().all(rule) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(Invalid::new($reason, concat!("expected 1 to ", $max, " bytes of ", $expected)))
                }
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str { &self.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl TryFrom<String> for $name {
            type Error = Invalid;
            fn try_from(text: String) -> Result<Self, Invalid> { Self::parse(&text) }
        }
        impl From<$name> for String {
            fn from(text: $name) -> Self { text.0 }
        }
    )+};
}

texts! {
    /// A name that a company gives to a thing of its own, made for programs: a stage, a purpose, a field.
    Key: 64, "KEY_MALFORMED", |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_',
        "lower-case letters, digits and `_`";
    /// An opaque id from the company's own systems: a user, a team, a source. No names, no addresses.
    Reference: 100, "REFERENCE_MALFORMED", |c| c.is_ascii_alphanumeric() || "_.:/-".contains(c),
        "letters, digits and `_ . : / -`";
    /// The id that another system knows a thing by: a message id, a call id, an order number.
    ExternalRef: 200, "EXTERNAL_REF_MALFORMED", |c| c.is_ascii_graphic() || c == ' ',
        "printable ASCII";
    /// A short text for people that is not personal data: a stage's name, a plan, a reason.
    Label: 200, "LABEL_MALFORMED", |c| !c.is_control(),
        "text without control characters";
    /// Free text about somebody. Personal.
    FreeText: 16384, "TEXT_MALFORMED", |c| !c.is_control() || c == '\n' || c == '\t' || c == '\r',
        "text without control characters other than line breaks and tabs";
    /// What somebody is called, as they write it. Personal.
    Name: 300, "NAME_MALFORMED", |c| !c.is_control(),
        "text without control characters";
}

macro_rules! shown {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Debug::fmt(&self.0, f) }
        }
    )+};
}
shown!(Key, Reference, ExternalRef, Label);

macro_rules! not_shown {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("[personal]") }
        }
    )+};
}
not_shown!(FreeText, Name);

impl PersonalValue for FreeText {
    const CLASS: DataClass = DataClass::Notes;
    const FIELD: &'static str = "text";
}

impl PersonalValue for Name {
    const CLASS: DataClass = DataClass::Contact;
    const FIELD: &'static str = "name";
}

/// Coarse fields that reports group by: region, industry, contract type. Never personal data.
pub type Segments = BTreeMap<Key, Label>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_trimmed_and_bounded() {
        assert_eq!(Key::parse(" closed_won ").unwrap().as_str(), "closed_won");
        assert_eq!(Key::parse("Closed Won").unwrap_err().reason, "KEY_MALFORMED");
        assert_eq!(
            Key::parse("").unwrap_err().expected,
            "expected 1 to 64 bytes of lower-case letters, digits and `_`"
        );
        assert!(Label::parse(&"x".repeat(201)).is_err());
        assert!(Label::parse("a\u{7}b").is_err());
        assert!(Reference::parse("ann@example.com").is_err());
        assert!(FreeText::parse("first line\nsecond").is_ok());
    }
}
