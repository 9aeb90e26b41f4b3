//! Legal holds: while one stands, the contact is not erased. Article 17(3)(e) of the GDPR.

use std::collections::BTreeMap;

use super::decide::Rejection;
use super::event::{Event, LegalHoldPlaced, LegalHoldReleaseProposed, LegalHoldReleased};
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
        /// That somebody wants to release it.
        release: Option<ProposedRelease>,
    },
    /// It was released.
    Released,
}

/// A release that a second person has yet to approve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedRelease {
    /// Why.
    pub reason: Label,
    /// Who wants it.
    pub proposed_by: Actor,
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

    /// Placed again, it gets another reason or day, and nobody has proposed to release it any more.
    pub(super) fn place(
        &self,
        matter: &Reference,
        reason: &Label,
        until: Option<Date>,
        context: &Context,
    ) -> Result<Option<Event>, Rejection> {
        let is_known = match self.0.get(matter) {
            Some(LegalHold::Placed { reason: known, until: day, release, placed_by: _ }) => {
                known == reason && *day == until && release.is_none()
            }
            Some(LegalHold::Released) => false,
            None if self.0.len() >= LEGAL_HOLDS_MAX => return Err(Rejection::TooManyLegalHolds),
            None => false,
        };
        let (matter, reason, placed_by) = (matter.clone(), reason.clone(), context.actor.clone());
        Ok((!is_known).then(|| LegalHoldPlaced { matter, reason, until, placed_by }.into()))
    }

    pub(super) fn propose_release(
        &self,
        matter: &Reference,
        reason: &Label,
        context: &Context,
    ) -> Result<Option<Event>, Rejection> {
        let is_news = match self.0.get(matter) {
            Some(LegalHold::Placed { release, .. }) => {
                release.as_ref().is_none_or(|known| known.reason != *reason)
            }
            Some(LegalHold::Released) => false,
            None => return Err(Rejection::LegalHoldUnknown),
        };
        let (matter, reason, proposed_by) = (matter.clone(), reason.clone(), context.actor.clone());
        Ok(is_news.then(|| LegalHoldReleaseProposed { matter, reason, proposed_by }.into()))
    }

    /// Four eyes: whoever proposed it is not who approves it.
    pub(super) fn approve_release(
        &self,
        matter: &Reference,
        context: &Context,
    ) -> Result<Option<Event>, Rejection> {
        let ProposedRelease { reason, proposed_by } = match self.0.get(matter) {
            Some(LegalHold::Placed { release: Some(proposed), .. }) => proposed.clone(),
            Some(LegalHold::Placed { release: None, .. }) => {
                return Err(Rejection::LegalHoldReleaseNotProposed);
            }
            Some(LegalHold::Released) => return Ok(None),
            None => return Err(Rejection::LegalHoldUnknown),
        };
        let (matter, released_by) = (matter.clone(), context.actor.clone());
        if proposed_by == released_by {
            return Err(Rejection::LegalHoldSameActor);
        }
        let proposed_by = Some(proposed_by);
        Ok(Some(LegalHoldReleased { matter, reason, released_by, proposed_by }.into()))
    }

    /// By one person's word.
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
        Ok(is_placed.then(|| LegalHoldReleased { matter, reason, released_by, proposed_by: None }.into()))
    }

    pub(super) fn placed_by(&mut self, event: &LegalHoldPlaced) {
        let LegalHoldPlaced { matter, reason, until, placed_by } = event.clone();
        self.0.insert(matter, LegalHold::Placed { reason, until, placed_by, release: None });
    }

    pub(super) fn release_proposed_by(&mut self, event: &LegalHoldReleaseProposed) {
        let LegalHoldReleaseProposed { matter, reason, proposed_by } = event.clone();
        if let Some(LegalHold::Placed { release, .. }) = self.0.get_mut(&matter) {
            *release = Some(ProposedRelease { reason, proposed_by });
        }
    }

    pub(super) fn released_by(&mut self, event: &LegalHoldReleased) {
        if let Some(hold) = self.0.get_mut(&event.matter) {
            *hold = LegalHold::Released;
        }
    }
}
