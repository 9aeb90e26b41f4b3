//! All that a stage asks to be known of a deal.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::deal_field::DealField;
use crate::value::Invalid;

/// Most fields that one stage asks for.
pub const REQUIRED_FIELDS_MAX: usize = 50;

/// What a stage asks to be known of a deal: at most [`REQUIRED_FIELDS_MAX`] fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "BTreeSet<DealField>", try_from = "BTreeSet<DealField>")]
pub struct RequiredFields(BTreeSet<DealField>);

impl RequiredFields {
    /// Takes them in; each counts once.
    ///
    /// # Errors
    /// When there are more than a stage can ask for.
    pub fn new(fields: impl IntoIterator<Item = DealField>) -> Result<Self, Invalid> {
        let fields: BTreeSet<DealField> = fields.into_iter().collect();
        if fields.len() > REQUIRED_FIELDS_MAX {
            return Err(Invalid::new("TOO_MANY", format!("expected at most {REQUIRED_FIELDS_MAX} entries")));
        }
        Ok(Self(fields))
    }

    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &DealField> {
        self.0.iter()
    }

    /// Those that are not among what is known.
    #[must_use]
    pub fn missing_in(&self, known: &BTreeSet<DealField>) -> Vec<DealField> {
        self.0.difference(known).cloned().collect()
    }
}

impl TryFrom<BTreeSet<DealField>> for RequiredFields {
    type Error = Invalid;
    fn try_from(fields: BTreeSet<DealField>) -> Result<Self, Invalid> {
        Self::new(fields)
    }
}
impl From<RequiredFields> for BTreeSet<DealField> {
    fn from(required: RequiredFields) -> Self {
        required.0
    }
}
