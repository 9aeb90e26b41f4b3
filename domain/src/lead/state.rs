//! What a lead is, folded from its events.

use std::collections::BTreeSet;

use super::event::{Captured, Converted, Disqualified, Holder, Recycled};
use super::field::Fields;
use super::score::Score;
use crate::id::InteractionId;
use crate::interaction;
use crate::personal::PersonalFields;
use crate::value::Reference;

/// The lifecycle of a lead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing has happened yet.
    #[default]
    Uncaptured,
    /// It came in, and nobody has it.
    New(Lead),
    /// Somebody has it, or a queue, and nothing was done for it yet.
    Assigned(Lead),
    /// The company has reached out.
    Working(Lead),
    /// It is worth a deal.
    Qualified(Lead),
    /// It rests.
    Recycled(Lead, Recycled),
    /// Nothing comes of it.
    Disqualified(Lead, Disqualified),
    /// Something came of it.
    Converted(Lead, Converted),
}

impl State {
    /// What is known of it, once it is captured.
    #[must_use]
    pub const fn lead(&self) -> Option<&Lead> {
        match self {
            Self::Uncaptured => None,
            Self::New(lead)
            | Self::Assigned(lead)
            | Self::Working(lead)
            | Self::Qualified(lead)
            | Self::Recycled(lead, _)
            | Self::Disqualified(lead, _)
            | Self::Converted(lead, _) => Some(lead),
        }
    }

    /// The same, to change it where it stands.
    pub(super) const fn lead_mut(&mut self) -> Option<&mut Lead> {
        match self {
            Self::Uncaptured => None,
            Self::New(lead)
            | Self::Assigned(lead)
            | Self::Working(lead)
            | Self::Qualified(lead)
            | Self::Recycled(lead, _)
            | Self::Disqualified(lead, _)
            | Self::Converted(lead, _) => Some(lead),
        }
    }
}

/// What is known of a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lead {
    /// As it began.
    pub captured: Captured,
    /// Who has it.
    pub holder: Option<Holder>,
    /// How often it was handed over.
    pub assignments: u32,
    /// Who gave it back.
    pub declined_by: BTreeSet<Reference>,
    /// How it was judged last.
    pub score: Option<Score>,
    /// What the company wants to know of it.
    pub fields: Fields,
    /// What came in from other systems, so that it is taken once.
    pub externals: BTreeSet<interaction::Source>,
    /// What came in and what was said, so that it is taken once.
    pub touches: BTreeSet<InteractionId>,
}

impl PersonalFields for State {}
