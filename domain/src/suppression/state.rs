//! What a subject does not want, folded from the events.

use std::collections::{BTreeMap, BTreeSet};

use super::event::{Kind, Scope};
use crate::consent::Topic;
use crate::personal::PersonalFields;
use crate::value::{Instant, Reference};

/// Everything that a subject ever said no to. What is absent was never raised.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// Where each stands.
    pub suppressions: BTreeMap<(Kind, Scope), Status>,
    /// Until when each that was raised last forbids to ask for a consent.
    pub no_reask_before: BTreeMap<(Kind, Scope), Instant>,
    /// By what it is kept after an erasure; empty before one.
    pub retained: BTreeSet<Reference>,
}

impl State {
    /// Whether anything stands.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.suppressions.values().any(|status| status.stands())
    }

    /// Until when a subject may not be asked to consent, because of what stands.
    #[must_use]
    pub fn no_reask_before(&self, topic: &Topic) -> Option<Instant> {
        let stands =
            |which: &(Kind, Scope)| self.suppressions.get(which).is_some_and(|status| status.stands());
        let covering =
            self.no_reask_before.iter().filter(|(which, _)| which.1.covers(topic) && stands(which));
        covering.map(|(_, until)| *until).max()
    }
}

/// Where a suppression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The subject does not want it.
    Raised,
    /// They said once that they want it again; it stands until they say so again.
    LiftRequested,
    /// They want it again.
    Lifted,
}

impl Status {
    /// Whether it forbids anything.
    #[must_use]
    pub const fn stands(self) -> bool {
        match self {
            Self::Raised | Self::LiftRequested => true,
            Self::Lifted => false,
        }
    }
}

impl PersonalFields for State {}
