//! Leads: who has which, which nobody has, which are hot; and what becomes of them by where they come from.
//!
//! The report is kept as counters: each lead counts once for every step that it reached, under the month it came in, its
//! source, and how long that took. So what a report costs grows with those, and not with the leads.

mod contribution;
pub(crate) mod describe;
mod field_sets;
mod project;
mod query;
mod report;
mod row;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use rapport_domain::envelope::{Actor, Position, Revision};
use rapport_domain::id::{ContactId, InteractionId, LeadId, OpportunityId, RoutingPolicyId, ScoringModelId};
use rapport_domain::interaction;
use rapport_domain::lead::{Fields, Rating, Score, Source};
use rapport_domain::value::{Date, Instant, Label, Reference};
use rapport_domain::{field_set, routing_policy, scoring_model};
use serde::{Deserialize, Serialize};

use crate::month::Month;
use crate::page::{Page, PageRequest};
use crate::query::{Answer, Freshness, QueryError};
use crate::read_model::Reader;

pub use contribution::Step;
pub(crate) use project::LeadProjection;
pub use report::{LeadGroup, LeadReport, LeadTimes, Reached};

/// Most scoring models, or routing policies, that are listed.
pub const LEAD_RULES_LISTED_MAX: usize = 200;
/// Most versions of the fields of leads that are listed.
pub const FIELD_SETS_LISTED_MAX: usize = 200;

/// Where a lead stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeadStatus {
    /// It came in, and nobody has it.
    New,
    /// Somebody has it, or a queue, and nothing was done for it yet.
    Assigned,
    /// The company has reached out.
    Working,
    /// It is worth a deal.
    Qualified,
    /// It rests.
    Recycled,
    /// Nothing comes of it.
    Disqualified,
    /// Something came of it.
    Converted,
}

impl LeadStatus {
    /// Whether somebody should be working on it.
    #[must_use]
    pub const fn is_active(self) -> bool {
        match self {
            Self::New | Self::Assigned | Self::Working | Self::Qualified => true,
            Self::Recycled | Self::Disqualified | Self::Converted => false,
        }
    }
}

/// A lead. Business times, each of the first time that it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lead {
    /// Its id.
    pub lead_id: LeadId,
    /// Who is interested.
    pub contact_id: ContactId,
    /// Where it came from first.
    pub source: Source,
    /// The campaign behind that.
    pub campaign: Option<Label>,
    /// Where it stands.
    pub status: LeadStatus,
    /// Who has it.
    pub owner: Option<Reference>,
    /// The queue that it waits in.
    pub queue: Option<Reference>,
    /// By when something has to be done for it, where that was said and is open.
    pub respond_by: Option<Instant>,
    /// How often it was handed over.
    pub assignments: u32,
    /// How it was judged last.
    pub score: Option<Score>,
    /// What the company wants to know of it.
    pub fields: Fields,
    /// How often the same person came in again.
    pub captured_again: u32,
    /// When it came in.
    pub captured_at: Instant,
    /// When somebody got it.
    pub assigned_at: Option<Instant>,
    /// When the company reached out.
    pub contacted_at: Option<Instant>,
    /// When it was said to be worth a deal.
    pub qualified_at: Option<Instant>,
    /// When it was laid to rest.
    pub recycled_at: Option<Instant>,
    /// When it was given up.
    pub disqualified_at: Option<Instant>,
    /// When something came of it.
    pub converted_at: Option<Instant>,
    /// When its deal was won, while it is.
    pub won_at: Option<Instant>,
    /// When its deal was lost, while it is.
    pub lost_at: Option<Instant>,
    /// Why it is where it is, as said last by whoever qualified it, gave it up or laid it to rest.
    pub reason: Option<Label>,
    /// The day on which to look at it again, while it rests.
    pub until: Option<Date>,
    /// The organisation that came of it.
    pub account_id: Option<ContactId>,
    /// The deal that came of it.
    pub opportunity_id: Option<OpportunityId>,
    /// Revision of the lead's stream.
    pub revision: Revision,
}

/// Something that happened to a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadEntry {
    /// Position of its event.
    pub position: Position,
    /// Type of the event.
    pub event_type: String,
    /// Business time.
    pub occurred_at: Instant,
    /// Who did it.
    pub actor: Actor,
    /// In words.
    pub description: String,
    /// What was said.
    pub interaction_id: Option<InteractionId>,
}

/// In which order leads are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub enum LeadOrder {
    /// Who waits longest comes first.
    #[default]
    Oldest,
    /// Who has most points comes first; of the same points, who waits longest.
    MostPoints,
}

/// Which leads to list. Empty parts let everything through; all parts must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LeadFilter {
    /// Only of this contact.
    pub contact_id: Option<ContactId>,
    /// Only where it stands so.
    pub status: Option<LeadStatus>,
    /// Only those that somebody should be working on.
    pub active: bool,
    /// Only those of this owner.
    pub owner: Option<Reference>,
    /// Only those that wait in this queue.
    pub queue: Option<Reference>,
    /// Only those that nobody owns.
    pub unassigned: bool,
    /// Only those that were judged so.
    pub rating: Option<Rating>,
    /// Only those that came from there.
    pub source: Option<Source>,
}

/// Which leads to report on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeadReportQuery {
    /// First month in which they came in, by business time; `None`: from the first.
    pub from_month: Option<Month>,
    /// Last month, inclusive; `None`: to the last.
    pub to_month: Option<Month>,
    /// Only those that came from there.
    pub source: Option<Source>,
}

/// A scoring model in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoringModel {
    /// Its id.
    pub scoring_model_id: ScoringModelId,
    /// The version.
    pub definition: scoring_model::Definition,
}

/// A routing policy in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingPolicy {
    /// Its id.
    pub routing_policy_id: RoutingPolicyId,
    /// The version.
    pub definition: routing_policy::Definition,
}

/// A version of the fields that the company keeps of leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldSet {
    /// When it came into force, business time.
    pub published_at: Instant,
    /// The version.
    pub definition: field_set::Definition,
}

/// Asks about leads.
#[derive(Clone)]
pub struct Leads {
    reader: Reader,
}

impl Leads {
    pub(crate) const fn new(reader: Reader) -> Self {
        Self { reader }
    }

    /// One lead, and a page of what happened to it, newest first.
    ///
    /// # Errors
    /// [`QueryError::NotFound`], [`QueryError::PageToken`], and what every query may answer.
    pub async fn lead(
        &self,
        freshness: Freshness,
        lead_id: LeadId,
        page: PageRequest,
    ) -> Result<Answer<(Lead, Page<LeadEntry>)>, QueryError> {
        let page = page.of(freshness);
        self.reader.read(freshness, move |connection| query::lead(connection, lead_id, &page)).await
    }

    /// Leads, in an order.
    ///
    /// # Errors
    /// [`QueryError::PageToken`], and what every query may answer.
    pub async fn list(
        &self,
        freshness: Freshness,
        filter: LeadFilter,
        order: LeadOrder,
        page: PageRequest,
    ) -> Result<Answer<Page<Lead>>, QueryError> {
        let page = page.of(freshness);
        self.reader.read(freshness, move |connection| query::list(connection, &filter, order, &page)).await
    }

    /// Whose lead another system keeps under an id.
    ///
    /// # Errors
    /// What every query may answer.
    pub async fn contact_of(
        &self,
        freshness: Freshness,
        external: interaction::Source,
    ) -> Result<Answer<Option<ContactId>>, QueryError> {
        self.reader.read(freshness, move |connection| query::contact_of(connection, &external)).await
    }

    /// Those of these contacts whose lead an owner should be working on.
    ///
    /// # Errors
    /// What every query may answer.
    pub async fn with_active_leads(
        &self,
        freshness: Freshness,
        owner: Reference,
        contacts: BTreeSet<ContactId>,
    ) -> Result<Answer<BTreeSet<ContactId>>, QueryError> {
        self.reader
            .read(freshness, move |connection| query::with_active_leads(connection, &owner, &contacts))
            .await
    }

    /// All scoring models, in the order they were first published; at most [`LEAD_RULES_LISTED_MAX`].
    ///
    /// # Errors
    /// What every query may answer.
    pub async fn scoring_models(
        &self,
        freshness: Freshness,
    ) -> Result<Answer<Vec<ScoringModel>>, QueryError> {
        self.reader.read(freshness, rules::scoring_models).await
    }

    /// All routing policies, likewise.
    ///
    /// # Errors
    /// What every query may answer.
    pub async fn routing_policies(
        &self,
        freshness: Freshness,
    ) -> Result<Answer<Vec<RoutingPolicy>>, QueryError> {
        self.reader.read(freshness, rules::routing_policies).await
    }

    /// The versions of the fields of leads, the one in force first; at most [`FIELD_SETS_LISTED_MAX`].
    ///
    /// # Errors
    /// What every query may answer.
    pub async fn field_sets(&self, freshness: Freshness) -> Result<Answer<Vec<FieldSet>>, QueryError> {
        self.reader.read(freshness, field_sets::list).await
    }

    /// What becomes of leads, and how soon, by where they come from.
    ///
    /// # Errors
    /// What every query may answer.
    pub async fn report(
        &self,
        freshness: Freshness,
        query: LeadReportQuery,
    ) -> Result<Answer<LeadReport>, QueryError> {
        self.reader.read(freshness, move |connection| report::report(connection, &query)).await
    }
}
