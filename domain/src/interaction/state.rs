//! A contact's interactions, as far as the rules need them.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::event::Source;
use crate::id::{CorrectionId, InteractionId};
use crate::personal::PersonalFields;

/// Every interaction with one contact. The text is not here: no rule reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// Each interaction's own state.
    pub entries: BTreeMap<InteractionId, Entry>,
    /// Which interaction stands for a thing of another system.
    pub by_source: BTreeMap<Source, InteractionId>,
}

/// Where one interaction stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// Its text can be read and set right.
    Recorded {
        /// Digest of what was recorded, but for the text: tells a repetition from another interaction.
        fingerprint: Uuid,
        /// The corrections that were applied.
        corrections: BTreeSet<CorrectionId>,
    },
    /// Its text is gone.
    Redacted,
}

impl PersonalFields for State {}
