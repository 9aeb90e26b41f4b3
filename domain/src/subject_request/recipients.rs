//! Those whom data of the subject went out to: each has to be told of a rectification, an erasure or a restriction, unless
//! that proves impossible. Article 19 of the GDPR.

use std::collections::{BTreeMap, BTreeSet};

use super::decide::Rejection;
use super::event::{Event, RecipientNotTold, RecipientTold, RecipientsListed};
use crate::context::Context;
use crate::envelope::Actor;
use crate::value::{Instant, Label};

/// Whether a recipient was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notification {
    /// Not yet.
    Open,
    /// They were.
    Told {
        /// By whom.
        told_by: Actor,
        /// When.
        told_at: Instant,
    },
    /// It proved impossible, or out of all proportion.
    Impossible {
        /// Why.
        reason: Label,
        /// Who says so.
        found_by: Actor,
        /// Since when.
        found_at: Instant,
    },
}

/// The recipients of a request that was fulfilled, by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recipients(BTreeMap<Label, Notification>);

impl Recipients {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = (&Label, &Notification)> {
        self.0.iter()
    }

    /// How many have yet to be told.
    #[must_use]
    pub fn untold(&self) -> usize {
        self.0.values().filter(|notification| **notification == Notification::Open).count()
    }

    /// That these have to be told; nothing where there are none.
    pub(super) fn list(recipients: &BTreeSet<Label>) -> Option<Event> {
        (!recipients.is_empty()).then(|| RecipientsListed { recipients: recipients.clone() }.into())
    }

    pub(super) fn tell(&self, recipient: &Label, context: &Context) -> Result<Option<Event>, Rejection> {
        match self.0.get(recipient) {
            None => Err(Rejection::RecipientUnknown),
            Some(Notification::Told { .. }) => Ok(None),
            Some(Notification::Open | Notification::Impossible { .. }) => {
                let (told_by, told_at) = (context.actor.clone(), context.occurred_at);
                Ok(Some(RecipientTold { recipient: recipient.clone(), told_by, told_at }.into()))
            }
        }
    }

    pub(super) fn give_up(
        &self,
        recipient: &Label,
        reason: &Label,
        context: &Context,
    ) -> Result<Option<Event>, Rejection> {
        match self.0.get(recipient) {
            None => Err(Rejection::RecipientUnknown),
            Some(Notification::Told { .. }) => Err(Rejection::RecipientTold),
            Some(Notification::Impossible { reason: known, .. }) if known == reason => Ok(None),
            Some(Notification::Open | Notification::Impossible { .. }) => {
                let (recipient, reason) = (recipient.clone(), reason.clone());
                let (found_by, found_at) = (context.actor.clone(), context.occurred_at);
                Ok(Some(RecipientNotTold { recipient, reason, found_by, found_at }.into()))
            }
        }
    }

    pub(super) fn listed(mut self, event: &RecipientsListed) -> Self {
        for recipient in &event.recipients {
            self.0.entry(recipient.clone()).or_insert(Notification::Open);
        }
        self
    }

    pub(super) fn told(mut self, event: &RecipientTold) -> Self {
        let RecipientTold { recipient, told_by, told_at } = event.clone();
        if let Some(notification) = self.0.get_mut(&recipient) {
            *notification = Notification::Told { told_by, told_at };
        }
        self
    }

    pub(super) fn not_told(mut self, event: &RecipientNotTold) -> Self {
        let RecipientNotTold { recipient, reason, found_by, found_at } = event.clone();
        if let Some(notification) = self.0.get_mut(&recipient) {
            *notification = Notification::Impossible { reason, found_by, found_at };
        }
        self
    }
}
