//! What a company wants to know of its leads: fields of its own, each of one type.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::value::{Date, Key, Label};

/// Fields by their names. Never personal data: that stands with the contact.
pub type Fields = BTreeMap<Key, FieldValue>;

/// The value of a field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldValue {
    /// A short text.
    Text(Label),
    /// A whole number.
    Number(i64),
    /// A day.
    Date(Date),
    /// Yes or no.
    Flag(bool),
}

/// The type of a field: what it got first, and keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A short text.
    Text,
    /// A whole number.
    Number,
    /// A day.
    Date,
    /// Yes or no.
    Flag,
}

impl FieldValue {
    /// Its type.
    #[must_use]
    pub const fn kind(&self) -> FieldKind {
        match self {
            Self::Text(_) => FieldKind::Text,
            Self::Number(_) => FieldKind::Number,
            Self::Date(_) => FieldKind::Date,
            Self::Flag(_) => FieldKind::Flag,
        }
    }
}

impl fmt::Display for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => text.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Date(date) => date.fmt(f),
            Self::Flag(true) => f.write_str("yes"),
            Self::Flag(false) => f.write_str("no"),
        }
    }
}

impl fmt::Display for FieldKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Date => "date",
            Self::Flag => "flag",
        })
    }
}
