//! Sales: the company's pipelines, the deals in them, and the view that a manager reads.
//!
//! The view is kept as counters, so that what it costs grows with the groups there are (months, owners, teams, values
//! of fields) and not with the deals: each deal
//! contributes to the counters of where it stands and, while it is closed, to those of its month. A change takes
//! the deal's old contribution away and adds the new one.

mod ages;
mod at_risk;
mod checklist;
mod closed;
mod closings;
mod contribution;
mod converted;
mod counters;
mod deal;
mod deals;
mod forecast;
mod project;
mod query;
mod sign;
mod standing;
mod tally;
#[cfg(test)]
mod tests;
mod velocity;
mod view;
mod win_loss;

use std::collections::BTreeSet;

use rapport_domain::envelope::{Position, Revision};
use rapport_domain::id::{ContactId, OpportunityId, PipelineId};
use rapport_domain::opportunity::{ContactRole, NextStepSet};
use rapport_domain::pipeline::{Definition, ForecastCategory, Percent, Stage, StageType};
use rapport_domain::value::{Currency, Date, FrozenRate, Instant, Key, Label, Money, Reference, Segments};
use serde::{Deserialize, Serialize};

use crate::month::Month;
use crate::page::{Page, PageRequest};
use crate::query::{Answer, Freshness, QueryError};
use crate::read_model::Reader;
use crate::sales::SalesScope;

pub use at_risk::{AtRisk, AtRiskFilter, DELAYS_AT_RISK, DealRisk};
pub use checklist::{Checklist, MetCriterion};
pub use converted::{ConvertedView, UnconvertedDeals};
pub use forecast::{ForecastGroup, ForecastOverride};
pub(crate) use project::PipelineProjection;
pub use velocity::{SalesVelocity, VelocityAmount};
pub use win_loss::{Cohort, ValueWinRate, WinLoss, WinLossGroup, WinLossGrouping, WinLossQuery};

const DAY_MICROS: i64 = 86_400_000_000;
/// Most pipelines that are listed.
pub const PIPELINES_MAX: usize = 200;
/// Most groups of a view: months, owners, teams and values of fields, all together.
pub const GROUPS_MAX: usize = 20_000;

/// The version of a pipeline that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// Its id.
    pub pipeline_id: PipelineId,
    /// Version, name and stages.
    pub definition: Definition,
}

/// How a deal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpportunityStatus {
    /// It is being worked on, or waits.
    Open,
    /// It was won.
    Won,
    /// It was lost.
    Lost,
}

/// A deal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opportunity {
    /// Its id.
    pub opportunity_id: OpportunityId,
    /// The process it follows.
    pub pipeline_id: PipelineId,
    /// Version of the pipeline that last judged it.
    pub pipeline_version: u32,
    /// Where it stands.
    pub stage: Key,
    /// What the stage means for it, as judged when it came there.
    pub stage_type: StageType,
    /// How likely a deal there is won, as judged when it came there.
    pub probability: Percent,
    /// How sure a deal there is, in a forecast, as judged when it came there.
    pub stage_category: ForecastCategory,
    /// Who forecasts it otherwise, and why.
    pub forecast_override: Option<ForecastOverride>,
    /// How it stands.
    pub status: OpportunityStatus,
    /// What it is called.
    pub title: Label,
    /// With whom.
    pub contact_id: Option<ContactId>,
    /// What it is worth.
    pub amount: Option<Money>,
    /// The same in another currency, by the rate that was said with the amount.
    pub fx: Option<FrozenRate>,
    /// When it is expected to close.
    pub expected_close_on: Option<Date>,
    /// How often that was moved to a later day.
    pub close_date_delays: u32,
    /// What comes next.
    pub next_step: Option<NextStepSet>,
    /// Who takes part in the decision.
    pub contact_roles: BTreeSet<ContactRole>,
    /// What is met of the exit criteria of its stage.
    pub checklist: Checklist,
    /// Who sells.
    pub owner: Option<Reference>,
    /// The owner's team.
    pub team: Option<Reference>,
    /// Fields that reports group by.
    pub segments: Segments,
    /// Business time of the opening.
    pub opened_at: Instant,
    /// Business time of coming to the stage.
    pub stage_entered_at: Instant,
    /// Business time of winning or losing it, while it is closed.
    pub closed_at: Option<Instant>,
    /// Why it was lost, while it is.
    pub lost_reason: Option<Label>,
    /// To whom it was lost, while it is.
    pub competitor: Option<Label>,
    /// Revision of the deal's stream.
    pub revision: Revision,
}

/// Which deals to list. Empty parts let everything through; all parts must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OpportunityFilter {
    /// Only of this pipeline.
    pub pipeline_id: Option<PipelineId>,
    /// Only in this stage.
    pub stage: Option<Key>,
    /// Only of this owner.
    pub owner: Option<Reference>,
    /// Only with this contact.
    pub contact_id: Option<ContactId>,
    /// Only so.
    pub status: Option<OpportunityStatus>,
}

/// Which view to compute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineViewQuery {
    /// Of which pipeline; `None`: the only one there is.
    pub pipeline_id: Option<PipelineId>,
    /// First month of business time that closed deals are counted in; `None`: from the first.
    pub closed_from: Option<Month>,
    /// Last month, inclusive; `None`: to the last.
    pub closed_to: Option<Month>,
    /// Only deals of this owner: of closed ones, of the owner at closing.
    pub owner: Option<Reference>,
    /// Only deals of this team, likewise.
    pub team: Option<Reference>,
    /// The moment that ages are measured at.
    pub aged_at: Instant,
    /// The deals as they were at this business time, inclusive, however late it was told; `None`: as they were told last.
    pub valid_at: Option<Instant>,
    /// The currency to say in one sum each what the deals are worth in; `None`: in none.
    pub currency: Option<Currency>,
}

/// The pipeline as a manager reads it. Amounts that 64 bits do not hold are cut to the nearest that they do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineView {
    /// The version in force.
    pub pipeline: Pipeline,
    /// Every stage of the version in force, in its order; then stages of older versions, newest version first,
    /// that still hold deals. Whatever the period.
    pub stages: Vec<StageView>,
    /// Deals in all, of every status, whatever the period.
    pub opportunities: u64,
    /// Deals that are open or on hold.
    pub open: u64,
    /// Sum of the amounts of open deals, by currency.
    pub open_amount: Vec<Money>,
    /// Sum over open deals of amount x probability, by the stage or by who overrode that, by currency, rounded half up
    /// once for each stage.
    pub weighted_amount: Vec<Money>,
    /// Open deals by how sure they are, in the order of the categories.
    pub forecast: Vec<ForecastGroup>,
    /// What was closed in the period.
    pub closed: ClosedView,
    /// The same by month of closing, oldest first.
    pub by_month: Vec<(Month, ClosedView)>,
    /// The same by owner; the empty name stands for deals that have none.
    pub by_owner: Vec<ClosedGroup>,
    /// The same by team, likewise.
    pub by_team: Vec<ClosedGroup>,
    /// The same by each field and its values, in the order of their names; the empty value stands for deals that
    /// do not have the field.
    pub by_segment: Vec<SegmentGroup>,
    /// Open deals by owner, likewise.
    pub open_by_owner: Vec<OpenGroup>,
    /// Open deals by team, likewise.
    pub open_by_team: Vec<OpenGroup>,
    /// What the deals are worth in the currency that was asked for.
    pub converted: Option<ConvertedView>,
}

/// The deals in one stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageView {
    /// The stage, by the newest version that has it.
    pub stage: Stage,
    /// Deals that stand there.
    pub count: u64,
    /// Sum of their amounts, by currency.
    pub amount: Vec<Money>,
    /// Sum of amount x probability, as judged when the deal came there, by currency; rounded half up.
    pub weighted_amount: Vec<Money>,
    /// Mean age in seconds, rounded half up: `aged_at` minus the business time of coming to the stage. `None`
    /// without deals.
    pub mean_age_seconds: Option<i64>,
    /// Age in whole seconds of the deal that has been there longest. `None` without deals.
    pub oldest_age_seconds: Option<i64>,
    /// Deals that have been there longer than `rot_after_days`; 0 where the stage has none.
    pub stalled: u64,
}

/// Closed deals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClosedView {
    /// Deals closed as won in the period, by business time, and not reopened since.
    pub won: u64,
    /// Deals closed as lost in the period, likewise.
    pub lost: u64,
    /// Sum of the amounts of the won ones, by currency.
    pub won_amount: Vec<Money>,
    /// Sum of the amounts of the lost ones, as judged last, by currency.
    pub lost_amount: Vec<Money>,
    /// won / (won + lost), in hundredths of a percent, rounded half up. `None` when nothing was closed.
    pub win_rate_basis_points: Option<u32>,
    /// Mean of won_at - opened_at over won deals, in seconds, rounded half up. `None` without won deals.
    pub mean_cycle_seconds: Option<i64>,
    /// Median of the same in whole days, each rounded down; the lower of the two in the middle. `None` without
    /// won deals.
    pub median_cycle_days: Option<i64>,
}

/// Closed deals of one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedGroup {
    /// Its name; empty for deals that have none.
    pub key: String,
    /// The deals.
    pub closed: ClosedView,
}

/// Closed deals by the values of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentGroup {
    /// The field.
    pub segment: Key,
    /// One group for each value.
    pub groups: Vec<ClosedGroup>,
}

/// Open deals of one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenGroup {
    /// Its name; empty for deals that have none.
    pub key: String,
    /// How many.
    pub count: u64,
    /// Sum of their amounts, by currency.
    pub amount: Vec<Money>,
    /// Sum of amount x probability, by currency, rounded half up once for each stage.
    pub weighted_amount: Vec<Money>,
}

/// Asks about sales.
#[derive(Clone)]
pub struct Pipelines {
    reader: Reader,
}

impl Pipelines {
    pub(crate) const fn new(reader: Reader) -> Self {
        Self { reader }
    }

    /// The version of a pipeline that is in force.
    ///
    /// # Errors
    /// [`QueryError::NotFound`], and what every query may answer.
    pub async fn pipeline(
        &self,
        freshness: Freshness,
        pipeline_id: PipelineId,
    ) -> Result<Answer<Pipeline>, QueryError> {
        self.reader.read(freshness, move |connection| query::pipeline(connection, pipeline_id)).await
    }

    /// All pipelines, in the order they were first published; at most [`PIPELINES_MAX`].
    ///
    /// # Errors
    /// What every query may answer.
    pub async fn pipelines(&self, freshness: Freshness) -> Result<Answer<Vec<Pipeline>>, QueryError> {
        self.reader.read(freshness, query::pipelines).await
    }

    /// One deal.
    ///
    /// # Errors
    /// [`QueryError::NotFound`], and what every query may answer.
    pub async fn opportunity(
        &self,
        freshness: Freshness,
        opportunity_id: OpportunityId,
    ) -> Result<Answer<Opportunity>, QueryError> {
        self.reader.read(freshness, move |connection| query::opportunity(connection, opportunity_id)).await
    }

    /// Deals, in the order they were opened, by the log.
    ///
    /// # Errors
    /// [`QueryError::PageToken`], and what every query may answer.
    pub async fn opportunities(
        &self,
        freshness: Freshness,
        filter: OpportunityFilter,
        page: PageRequest,
    ) -> Result<Answer<Page<Opportunity>>, QueryError> {
        let page = page.of(freshness);
        self.reader.read(freshness, move |connection| query::opportunities(connection, &filter, &page)).await
    }

    /// Open deals that stall or slip at a moment, in the order they were opened, by the log.
    ///
    /// # Errors
    /// [`QueryError::PageToken`], and what every query may answer.
    pub async fn at_risk(
        &self,
        freshness: Freshness,
        filter: AtRiskFilter,
        aged_at: Instant,
        page: PageRequest,
    ) -> Result<Answer<Page<AtRisk>>, QueryError> {
        let page = page.of(freshness);
        let query = move |connection: &_| at_risk::at_risk(connection, &filter, aged_at, &page);
        self.reader.read(freshness, query).await
    }

    /// What was won and lost in a period. Costs a walk over the deals that were closed, or opened, in it.
    ///
    /// # Errors
    /// [`QueryError::NotFound`], [`QueryError::PipelineAmbiguous`], [`QueryError::TooLarge`] with more than
    /// [`GROUPS_MAX`] groups, and what every query may answer.
    pub async fn win_loss(
        &self,
        freshness: Freshness,
        query: WinLossQuery,
    ) -> Result<Answer<WinLoss>, QueryError> {
        self.reader.read(freshness, move |connection| win_loss::win_loss(connection, &query)).await
    }

    /// How much money is won in a day; owner and team are those at closing, of open deals those of now. Costs a walk over the deals that were closed in the period.
    ///
    /// # Errors
    /// [`QueryError::NotFound`], [`QueryError::PipelineAmbiguous`], and what every query may answer.
    pub async fn velocity(
        &self,
        freshness: Freshness,
        scope: SalesScope,
    ) -> Result<Answer<SalesVelocity>, QueryError> {
        self.reader.read(freshness, move |connection| velocity::velocity(connection, &scope)).await
    }

    /// Those of these contacts that have an open deal of this owner.
    ///
    /// # Errors
    /// What every query may answer.
    pub async fn with_open_deals(
        &self,
        freshness: Freshness,
        owner: Reference,
        contacts: BTreeSet<ContactId>,
    ) -> Result<Answer<BTreeSet<ContactId>>, QueryError> {
        let query = move |connection: &_| query::with_open_deals(connection, &owner, &contacts);
        self.reader.read(freshness, query).await
    }

    /// Waits until more than a position is taken in; `false` when that cannot come any more.
    pub async fn moved(&self, after: Position) -> bool {
        self.reader.moved(after).await
    }

    /// The pipeline as a manager reads it.
    ///
    /// # Errors
    /// [`QueryError::NotFound`], [`QueryError::PipelineAmbiguous`], [`QueryError::TooLarge`] with more than
    /// [`GROUPS_MAX`] groups, and what every query may answer.
    pub async fn view(
        &self,
        freshness: Freshness,
        query: PipelineViewQuery,
    ) -> Result<Answer<PipelineView>, QueryError> {
        let valid_at = query.valid_at;
        let view = move |connection: &_| view::view(connection, &query);
        match valid_at {
            Some(valid_at) => self.reader.read_valid(freshness, valid_at, view).await,
            None => self.reader.read(freshness, view).await,
        }
    }
}
