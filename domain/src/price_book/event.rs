//! What happens to a price book, as stored.

use serde::{Deserialize, Serialize};

use super::state::Definition;
use crate::aggregate::stored_events;
use crate::personal::PersonalFields;

stored_events! {
    /// What happened to a price book.
    "price_book.published.v1" => Published,
}

/// A version came into force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The version.
    #[serde(flatten)]
    pub definition: Definition,
}

impl PersonalFields for Event {}
