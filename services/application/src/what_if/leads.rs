//! Leads that live again.

use std::collections::BTreeMap;

use futures::{StreamExt as _, TryStreamExt as _};
use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::envelope::{Position, Recorded, StreamId};
use rapport_domain::event::DomainEvent;
use rapport_domain::id::{ContactId, LeadId, OpportunityId};
use rapport_domain::lead::{Captured, Event, Lead};
use rapport_domain::value::Instant;
use rapport_domain::{contact, interaction, opportunity};

use super::Past;
use crate::Application;
use crate::failure::Failure;

/// Most leads that one draft is tried on: they are lived again in memory.
pub const LEADS_REPLAYED_MAX: usize = 200_000;
/// Most leads that are told of one by one; all are counted.
pub const CHANGED_LEADS_LISTED_MAX: usize = 1_000;

/// The past, gone through twice: what is looked at of a lead may have happened before it came in.
pub(super) enum Pass {
    /// First what happened to leads alone, to learn which there are.
    Leads(Recorded),
    /// Then everything.
    All(Recorded),
}

impl Application {
    /// What the log holds of leads, and then of all categories that are looked at, up to a position.
    pub(super) fn past_of_leads(&self, categories: &[&str], last: Position) -> Past<Pass> {
        let leads = self.past(&[Lead::CATEGORY], last).map_ok(Pass::Leads);
        leads.chain(self.past(categories, last).map_ok(Pass::All)).boxed()
    }
}

/// What plays a part in what becomes of a lead.
pub(super) enum Part<'a> {
    /// Something happened to a lead.
    Lead(LeadId, &'a Event),
    /// Something happened to a contact.
    Contact(ContactId, &'a contact::Event),
    /// Something was said, to a contact or by one.
    Interaction(ContactId, &'a interaction::Event),
    /// Something happened to a deal.
    Deal(OpportunityId, &'a opportunity::Event),
}

impl<'a> Part<'a> {
    /// The part that an event of a stream plays, where it plays any.
    pub(super) fn of(event: &'a DomainEvent, stream: &StreamId) -> Option<Self> {
        let id = stream.id();
        match event {
            DomainEvent::Lead(event) => Some(Self::Lead(LeadId::parse(id).ok()?, event)),
            DomainEvent::Contact(event) => Some(Self::Contact(ContactId::parse(id).ok()?, event)),
            DomainEvent::Interaction(event) => Some(Self::Interaction(ContactId::parse(id).ok()?, event)),
            DomainEvent::Opportunity(event) => Some(Self::Deal(OpportunityId::parse(id).ok()?, event)),
            DomainEvent::Pipeline(_)
            | DomainEvent::Subscription(_)
            | DomainEvent::Consent(_)
            | DomainEvent::Notice(_)
            | DomainEvent::SubjectRequest(_)
            | DomainEvent::Suppression(_)
            | DomainEvent::Access(_)
            | DomainEvent::Calendar(_)
            | DomainEvent::SlaPolicy(_)
            | DomainEvent::Case(_)
            | DomainEvent::ScoringModel(_)
            | DomainEvent::RoutingPolicy(_)
            | DomainEvent::FieldSet(_)
            | DomainEvent::Task(_)
            | DomainEvent::PriceBook(_)
            | DomainEvent::Quote(_) => None,
        }
    }
}

/// From when to when.
#[derive(Clone, Copy)]
pub(super) struct Period {
    /// From this moment on,
    pub(super) from: Instant,
    /// and before this one.
    pub(super) to: Instant,
}

impl Period {
    /// The capture by which a lead came in, where it is one of the period.
    pub(super) fn begins(self, event: &Event, at: Instant) -> Option<&Captured> {
        let Event::Captured(captured) = event else { return None };
        (self.from..self.to).contains(&at).then_some(captured)
    }
}

/// The leads of a period, and whom they are about.
pub(super) struct Cast<L> {
    leads: BTreeMap<LeadId, L>,
    of: BTreeMap<ContactId, Vec<LeadId>>,
}

impl<L> Default for Cast<L> {
    fn default() -> Self {
        Self { leads: BTreeMap::new(), of: BTreeMap::new() }
    }
}

impl<L> Cast<L> {
    /// One more.
    ///
    /// # Errors
    /// When there are too many.
    pub(super) fn add(&mut self, id: LeadId, contact_id: ContactId, lead: L) -> Result<(), Failure> {
        if self.leads.insert(id, lead).is_none() {
            self.of.entry(contact_id).or_default().push(id);
        }
        if self.leads.len() > LEADS_REPLAYED_MAX {
            return Err(Failure::TooManyLeads { limit: LEADS_REPLAYED_MAX });
        }
        Ok(())
    }

    pub(super) fn lead(&self, id: &LeadId) -> Option<&L> {
        self.leads.get(id)
    }

    pub(super) fn lead_mut(&mut self, id: &LeadId) -> Option<&mut L> {
        self.leads.get_mut(id)
    }

    /// Those of a contact, in the order in which they came in.
    pub(super) fn leads_of(&self, contact_id: &ContactId) -> Vec<LeadId> {
        self.of.get(contact_id).cloned().unwrap_or_default()
    }

    /// All of them; none is left.
    pub(super) fn take_all(&mut self) -> BTreeMap<LeadId, L> {
        self.of.clear();
        std::mem::take(&mut self.leads)
    }
}
