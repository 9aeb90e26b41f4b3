//! The rules of a set of fields.

use std::collections::BTreeSet;

use super::command::Command;
use super::event::{Event, Published};
use super::state::{Definition, Field, FieldType, State};
use crate::aggregate::Reason;
use crate::lead::FieldKind;
use crate::value::Key;

/// Most fields of a set.
pub const FIELDS_DEFINED_MAX: usize = 50;
/// Most options of a choice.
pub const OPTIONS_MAX: usize = 200;

/// Why a command to a set of fields is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// No field, or more than a set can have.
    #[error("a set has 1 to {FIELDS_DEFINED_MAX} fields")]
    FieldsOutOfRange,
    /// Two fields have one name.
    #[error("the field `{key}` is there twice")]
    FieldRepeated {
        /// The field.
        key: Key,
    },
    /// A choice from nothing, from too much, or from the same thing twice; or options of what is no choice.
    #[error(
        "the field `{key}` has 1 to {OPTIONS_MAX} options, each once, where it is a choice, and none where it is not"
    )]
    OptionsOutOfRange {
        /// The field.
        key: Key,
    },
    /// A field keeps what its values are.
    #[error(
        "the values of the field `{key}` were published as {kind}, and stay that; publish another field beside it"
    )]
    FieldOfAnotherType {
        /// The field.
        key: Key,
        /// What its values are.
        kind: FieldKind,
    },
}

impl Reason for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::FieldsOutOfRange => "FIELD_SET_FIELDS_OUT_OF_RANGE",
            Self::FieldRepeated { .. } => "FIELD_SET_FIELD_REPEATED",
            Self::OptionsOutOfRange { .. } => "FIELD_SET_OPTIONS_OUT_OF_RANGE",
            Self::FieldOfAnotherType { .. } => "FIELD_SET_FIELD_OF_ANOTHER_TYPE",
        }
    }
}

pub(super) fn decide(state: &State, command: &Command) -> Result<Vec<Event>, Rejection> {
    let Command::Publish { fields } = command;
    if !(1..=FIELDS_DEFINED_MAX).contains(&fields.len()) {
        return Err(Rejection::FieldsOutOfRange);
    }
    let mut known = BTreeSet::new();
    for field in fields {
        if !known.insert(&field.key) {
            return Err(Rejection::FieldRepeated { key: field.key.clone() });
        }
        check_options(field)?;
    }
    let version = match state {
        State::Unpublished => 0,
        State::Published { definition, .. } if definition.fields == *fields => return Ok(Vec::new()),
        State::Published { definition, kinds } => {
            let other =
                |field: &&Field| kinds.get(&field.key).is_some_and(|kind| *kind != field.field_type.kind());
            if let Some(field) = fields.iter().find(other)
                && let Some(kind) = kinds.get(&field.key)
            {
                return Err(Rejection::FieldOfAnotherType { key: field.key.clone(), kind: *kind });
            }
            definition.version
        }
    };
    let definition = Definition { version: version.saturating_add(1), fields: fields.clone() };
    Ok(vec![Published { definition }.into()])
}

fn check_options(field: &Field) -> Result<(), Rejection> {
    let different: BTreeSet<_> = field.options.iter().collect();
    let is_well = match field.field_type {
        FieldType::Choice => {
            (1..=OPTIONS_MAX).contains(&field.options.len()) && different.len() == field.options.len()
        }
        FieldType::Text | FieldType::Number | FieldType::Decimal | FieldType::Date | FieldType::Flag => {
            field.options.is_empty()
        }
    };
    if is_well { Ok(()) } else { Err(Rejection::OptionsOutOfRange { key: field.key.clone() }) }
}
