//! Whether fields, and rules that look at them, are as a set has them.

use super::state::{Definition, Field, FieldType};
use crate::aggregate::Reason;
use crate::criterion::Criterion;
use crate::lead::{FieldValue, Fields};
use crate::value::{Key, Label};

/// Most digits of a decimal number before its point.
pub const DECIMAL_WHOLE_MAX: usize = 18;
/// Most digits of a decimal number after its point.
pub const DECIMAL_PLACES_MAX: usize = 6;

/// How a field is not as the company has it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// There is no such field.
    #[error("leads have no field `{key}` by version {version} of the fields that the company keeps of them")]
    Unknown {
        /// The field.
        key: Key,
        /// The version in force.
        version: u32,
    },
    /// It takes something else.
    #[error("the field `{key}` of leads takes a {}", field_type.as_str())]
    OfAnotherType {
        /// The field.
        key: Key,
        /// What it takes.
        field_type: FieldType,
    },
    /// It is a choice, and this is none of its options.
    #[error("the field `{key}` of leads is a choice, and has no such option")]
    OptionUnknown {
        /// The field.
        key: Key,
    },
    /// A lead has to have it.
    #[error("a lead has to have the field `{key}`")]
    Missing {
        /// The field.
        key: Key,
    },
}

impl Reason for Misfit {
    fn reason(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "LEAD_FIELD_UNKNOWN",
            Self::OfAnotherType { .. } => "LEAD_FIELD_TYPE_DIFFERS",
            Self::OptionUnknown { .. } => "LEAD_FIELD_OPTION_UNKNOWN",
            Self::Missing { .. } => "LEAD_FIELD_MISSING",
        }
    }
}

impl Definition {
    /// Whether each of some values is one that its field takes.
    ///
    /// # Errors
    /// The first that is not.
    pub fn check(&self, fields: &Fields) -> Result<(), Misfit> {
        fields.iter().try_for_each(|(key, value)| self.field(key)?.check(value))
    }

    /// Whether no field is missing that has to be there.
    ///
    /// # Errors
    /// The first that is.
    pub fn check_whole(&self, is_there: impl Fn(&Key) -> bool) -> Result<(), Misfit> {
        match self.fields.iter().find(|field| field.required && !is_there(&field.key)) {
            Some(field) => Err(Misfit::Missing { key: field.key.clone() }),
            None => Ok(()),
        }
    }

    /// Whether a rule looks at what a lead can have: nothing would ever meet one that does not, and nobody would be told.
    ///
    /// # Errors
    /// What it cannot have.
    pub fn check_criterion(&self, criterion: &Criterion) -> Result<(), Misfit> {
        match criterion {
            Criterion::Source { .. } | Criterion::Segment { .. } => Ok(()),
            Criterion::Field { key, one_of } => {
                let field = self.field(key)?;
                let is_choice = field.field_type == FieldType::Choice;
                if is_choice && !one_of.iter().all(|value| field.options.contains(value)) {
                    return Err(Misfit::OptionUnknown { key: key.clone() });
                }
                Ok(())
            }
            Criterion::Number { key, .. } => {
                let field = self.field(key)?;
                if field.field_type == FieldType::Number { Ok(()) } else { Err(field.differs()) }
            }
        }
    }

    fn field(&self, key: &Key) -> Result<&Field, Misfit> {
        let known = self.fields.iter().find(|field| field.key == *key);
        known.ok_or_else(|| Misfit::Unknown { key: key.clone(), version: self.version })
    }
}

impl Field {
    fn check(&self, value: &FieldValue) -> Result<(), Misfit> {
        match (self.field_type, value) {
            (FieldType::Choice, FieldValue::Text(text)) if !self.options.contains(text) => {
                Err(Misfit::OptionUnknown { key: self.key.clone() })
            }
            (FieldType::Decimal, FieldValue::Text(text)) if !is_decimal(text) => Err(self.differs()),
            (field_type, value) if field_type.kind() != value.kind() => Err(self.differs()),
            (
                FieldType::Text
                | FieldType::Number
                | FieldType::Decimal
                | FieldType::Date
                | FieldType::Flag
                | FieldType::Choice,
                _,
            ) => Ok(()),
        }
    }

    fn differs(&self) -> Misfit {
        Misfit::OfAnotherType { key: self.key.clone(), field_type: self.field_type }
    }
}

/// Digits, with a minus before them and a point among them where there is one: `-12.50`.
fn is_decimal(text: &Label) -> bool {
    let text = text.as_str();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, places) = digits.split_once('.').unwrap_or((digits, "0"));
    let counts = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    counts(whole, DECIMAL_WHOLE_MAX) && counts(places, DECIMAL_PLACES_MAX)
}
