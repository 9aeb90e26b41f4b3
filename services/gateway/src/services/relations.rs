//! What a caller has to do with the contacts that an answer is about, as far as a policy asks.

use std::collections::BTreeSet;

use rapport_authorization::{Fact, Relation};
use rapport_domain::envelope::{ActorKind, Position};
use rapport_domain::id::ContactId;
use rapport_projections::Freshness;

use super::{FRESHNESS_WAIT_MAX, Services};
use crate::access::{Admitted, Relations};
use crate::error::Error;
use crate::wire::Reader;

impl Services {
    /// Makes an answer about contacts. What policies ask about them is looked up once for each, as it is now: an answer about
    /// the past is opened by what holds today, and by nothing older than the answer.
    ///
    /// # Errors
    /// What making it can fail with, what a query can, and [`Error::AccessUnrecorded`].
    pub(super) async fn disclosing<T>(
        &self,
        admitted: &Admitted,
        contacts: &BTreeSet<ContactId>,
        position: Position,
        make: impl FnOnce(&Reader<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let relations = self.relations(admitted, contacts, position).await?;
        self.record.disclosing(&admitted.knowing(relations), make).await
    }

    async fn relations(
        &self,
        admitted: &Admitted,
        contacts: &BTreeSet<ContactId>,
        position: Position,
    ) -> Result<Relations, Error> {
        let facts = admitted.asks();
        if facts.is_empty() || contacts.is_empty() {
            return Ok(Relations::new());
        }
        let freshness = Freshness::at_least(position, FRESHNESS_WAIT_MAX);
        let mut relations: Relations =
            contacts.iter().map(|contact| (*contact, Relation::default())).collect();
        for fact in facts {
            match fact {
                Fact::OpenCases => {
                    let mut open = self.projections.cases().open(freshness, contacts.clone()).await?.value;
                    for (contact, relation) in &mut relations {
                        relation.open_cases = Some(open.remove(contact).unwrap_or_default());
                    }
                }
                Fact::Owns => {
                    let owned = self.owned(admitted, freshness, contacts).await?;
                    for (contact, relation) in &mut relations {
                        relation.owns = Some(owned.contains(contact));
                    }
                }
            }
        }
        Ok(relations)
    }

    /// Those of whom, or of whose open deal or lead, the caller is the owner. Owners are users, by their ids.
    async fn owned(
        &self,
        admitted: &Admitted,
        freshness: Freshness,
        contacts: &BTreeSet<ContactId>,
    ) -> Result<BTreeSet<ContactId>, Error> {
        let caller = &admitted.visit.actor;
        if caller.kind != ActorKind::User {
            return Ok(BTreeSet::new());
        }
        let directory = self.projections.directory();
        let mut owned = directory.owned(freshness, caller.id.clone(), contacts.clone()).await?.value;
        let others: BTreeSet<ContactId> = contacts.difference(&owned).copied().collect();
        if !others.is_empty() {
            let deals = self.projections.pipeline();
            owned.extend(deals.with_open_deals(freshness, caller.id.clone(), others).await?.value);
        }
        let others: BTreeSet<ContactId> = contacts.difference(&owned).copied().collect();
        if !others.is_empty() {
            let leads = self.projections.leads();
            owned.extend(leads.with_active_leads(freshness, caller.id.clone(), others).await?.value);
        }
        Ok(owned)
    }
}
