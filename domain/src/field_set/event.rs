//! What happens to a set of fields, as stored.

use serde::{Deserialize, Serialize};

use super::state::Definition;
use crate::aggregate::stored_events;
use crate::personal::PersonalFields;

stored_events! {
    /// What happened to a set of fields.
    "field_set.published.v1" => Published,
}

/// A version came into force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The version.
    #[serde(flatten)]
    pub definition: Definition,
}

impl PersonalFields for Event {}
