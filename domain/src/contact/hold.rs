//! Legal holds: while one stands, the contact is not erased. Article 17(3)(e) of the GDPR.

use std::collections::BTreeMap;

use super::decide::Rejection;
use super::event::{Event, LegalHoldPlaced, LegalHoldReleased};
use crate::context::Context;
use crate::envelope::Actor;
use crate::value::{Date, Label, Reference};

/// Most matters of one contact that a hold was ever placed for.
pub const LEGAL_HOLDS_MAX: usize = 50;

/// A hold, by what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LegalHold {
    /// It was placed.
    Placed {
        /// Why.
        reason: Label,
        /// The last day that it stands on; for as long as it takes, if there is none.
        until: Option<Date>,
        /// Who placed it.
        placed_by: Actor,
    },
    /// It was released.
    Released,
}

impl LegalHold {
    /// Whether it stands on a day. A day that passes needs no event.
    #[must_use]
    pub fn stands_on(&self, day: Date) -> bool {
        match self {
            Self::Placed { until, .. } => until.is_none_or(|until| day <= until),
            Self::Released => false,
        }
    }
}

/// The holds of a contact, by the matter that each is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LegalHolds(BTreeMap<Reference, LegalHold>);

impl LegalHolds {
    /// Those that were not released, also where their day has passed.
    pub fn placed(&self) -> impl Iterator<Item = (&Reference, &LegalHold)> {
        self.0.iter().filter(|(_, hold)| **hold != LegalHold::Released)
    }

    /// How many there ever were.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Refuses an erasure while one stands.
    ///
    /// # Errors
    /// [`Rejection::OnLegalHold`].
    pub fn assert_none_stands_on(&self, day: Date) -> Result<(), Rejection> {
        match self.0.iter().find(|(_, hold)| hold.stands_on(day)) {
            Some((matter, _)) => Err(Rejection::OnLegalHold { matter: matter.clone() }),
            None => Ok(()),
        }
    }

    /// Placed again, it gets another reason or day.
    pub(super) fn place(
        &self,
        matter: &Reference,
        reason: &Label,
        until: Option<Date>,
        context: &Context,
    ) -> Result<Option<Event>, Rejection> {
        let is_known = match self.0.get(matter) {
            Some(LegalHold::Placed { reason: known, until: day, .. }) => known == reason && *day == until,
            Some(LegalHold::Released) => false,
            None if self.0.len() >= LEGAL_HOLDS_MAX => return Err(Rejection::TooManyLegalHolds),
            None => false,
        };
        let (matter, reason, placed_by) = (matter.clone(), reason.clone(), context.actor.clone());
        Ok((!is_known).then(|| LegalHoldPlaced { matter, reason, until, placed_by }.into()))
    }

    pub(super) fn release(
        &self,
        matter: &Reference,
        reason: &Label,
        context: &Context,
    ) -> Result<Option<Event>, Rejection> {
        let is_placed = match self.0.get(matter) {
            Some(LegalHold::Placed { .. }) => true,
            Some(LegalHold::Released) => false,
            None => return Err(Rejection::LegalHoldUnknown),
        };
        let (matter, reason, released_by) = (matter.clone(), reason.clone(), context.actor.clone());
        Ok(is_placed.then(|| LegalHoldReleased { matter, reason, released_by }.into()))
    }

    pub(super) fn placed_by(&mut self, event: &LegalHoldPlaced) {
        let LegalHoldPlaced { matter, reason, until, placed_by } = event.clone();
        self.0.insert(matter, LegalHold::Placed { reason, until, placed_by });
    }

    pub(super) fn released_by(&mut self, event: &LegalHoldReleased) {
        if let Some(hold) = self.0.get_mut(&event.matter) {
            *hold = LegalHold::Released;
        }
    }
}
