//! The fields of a set.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::lead::FieldKind;
use crate::personal::PersonalFields;
use crate::value::{Key, Label};

/// The lifecycle of a set of fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing has been published yet.
    #[default]
    Unpublished,
    /// There is a version in force.
    Published {
        /// The version.
        definition: Box<Definition>,
        /// Every field that was ever published, and what its values are: they stay that.
        kinds: BTreeMap<Key, FieldKind>,
    },
}

impl State {
    /// The version in force.
    #[must_use]
    pub fn definition(&self) -> Option<&Definition> {
        match self {
            Self::Unpublished => None,
            Self::Published { definition, .. } => Some(definition),
        }
    }
}

/// One version of a set of fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// 1, 2, 3 and so on.
    pub version: u32,
    /// Its fields, in the order in which they are shown.
    pub fields: Vec<Field>,
}

/// A field of a company's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// What it is called where programs name it; each once in a set.
    pub key: Key,
    /// What it is called where people read it.
    pub label: Label,
    /// What it takes.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// Whether a record has to have it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// What a choice is made from; nothing where it is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Label>,
}

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// A short text.
    Text,
    /// A whole number.
    Number,
    /// A decimal number, kept as the text that it was written as: `-12.50`.
    Decimal,
    /// A day.
    Date,
    /// Yes or no.
    Flag,
    /// One of its options, kept as a text.
    Choice,
}

impl FieldType {
    /// What its values are stored as.
    #[must_use]
    pub const fn kind(self) -> FieldKind {
        match self {
            Self::Text | Self::Decimal | Self::Choice => FieldKind::Text,
            Self::Number => FieldKind::Number,
            Self::Date => FieldKind::Date,
            Self::Flag => FieldKind::Flag,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Decimal => "decimal",
            Self::Date => "date",
            Self::Flag => "flag",
            Self::Choice => "choice",
        }
    }
}

impl PersonalFields for State {}
