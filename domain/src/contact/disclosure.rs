//! To whom personal data of the contact went out: the recipients of article 4(9) of the GDPR, processors among them.

use std::collections::BTreeSet;

use super::decide::Rejection;
use super::event::{Disclosed, Event};
use crate::context::Context;
use crate::value::Label;

/// Most disclosures of one contact.
pub const DISCLOSURES_MAX: usize = 100;

/// What of somebody went out, to whom, and what for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// Who received it. An organisation: not personal.
    pub recipient: Label,
    /// Which categories of data, in the company's words.
    pub data_categories: BTreeSet<Label>,
    /// What for.
    pub purpose: Label,
}

/// The disclosures of a contact, in the order in which they were recorded. The same one to the same recipient counts once:
/// when it began is what is kept, also where that is heard of later.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Disclosures(Vec<Disclosed>);

impl Disclosures {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Disclosed> {
        self.0.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Who received something.
    #[must_use]
    pub fn recipients(&self) -> BTreeSet<Label> {
        self.0.iter().map(|disclosed| disclosed.recipient.clone()).collect()
    }

    pub(super) fn record(
        &self,
        disclosure: &Disclosure,
        context: &Context,
    ) -> Result<Option<Event>, Rejection> {
        let Disclosure { recipient, data_categories, purpose } = disclosure;
        let disclosed = Disclosed {
            recipient: recipient.clone(),
            data_categories: data_categories.clone(),
            purpose: purpose.clone(),
            disclosed_at: context.occurred_at,
            recorded_by: context.actor.clone(),
        };
        match self.0.iter().find(|known| is_same(known, &disclosed)) {
            Some(known) if known.disclosed_at <= disclosed.disclosed_at => Ok(None),
            None if self.0.len() >= DISCLOSURES_MAX => Err(Rejection::TooManyDisclosures),
            Some(_) | None => Ok(Some(disclosed.into())),
        }
    }

    pub(super) fn recorded(&mut self, event: &Disclosed) {
        match self.0.iter_mut().find(|known| is_same(known, event)) {
            Some(known) => *known = event.clone(),
            None => self.0.push(event.clone()),
        }
    }
}

/// Whether both tell of the same data to the same recipient for the same purpose.
fn is_same(one: &Disclosed, other: &Disclosed) -> bool {
    (&one.recipient, &one.data_categories, &one.purpose)
        == (&other.recipient, &other.data_categories, &other.purpose)
}
