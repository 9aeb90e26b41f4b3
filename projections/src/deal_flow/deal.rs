//! A deal as far as its visits and forecasts follow from it, and how its events change it: the same way as the aggregate,
//! see `rapport_domain::opportunity`.

use rapport_domain::id::{OpportunityId, PipelineId};
use rapport_domain::opportunity::{Event, Opened, StagePlace};
use rapport_domain::pipeline::ForecastCategory;
use rapport_domain::value::{Date, Key, Money, Reference};
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use crate::column::{Word, money_or_null, word, word_or_empty, word_or_null};
use crate::pipeline::OpportunityStatus;

/// A deal as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Deal {
    /// Position of its opening.
    pub(super) position: i64,
    pub(super) opportunity_id: OpportunityId,
    pub(super) pipeline_id: PipelineId,
    pub(super) status: OpportunityStatus,
    pub(super) stage: Key,
    stage_category: ForecastCategory,
    category_override: Option<ForecastCategory>,
    pub(super) amount: Option<Money>,
    pub(super) expected_close_on: Option<Date>,
    owner: Option<Reference>,
    team: Option<Reference>,
    /// Position of the event that brought it to its stage.
    pub(super) visit: i64,
    /// Position of the event that said the forecast that holds.
    pub(super) forecast: Option<i64>,
}

impl Deal {
    pub(super) fn opened(opportunity_id: OpportunityId, opened: &Opened, position: i64) -> Self {
        Self {
            position,
            opportunity_id,
            pipeline_id: opened.pipeline_id,
            status: OpportunityStatus::Open,
            stage: opened.place.stage.clone(),
            stage_category: opened.place.forecast_category,
            category_override: None,
            amount: opened.amount,
            expected_close_on: opened.expected_close_on,
            owner: opened.owner.clone(),
            team: opened.team.clone(),
            visit: position,
            forecast: None,
        }
    }

    /// The deal after an event at a position. An event that does not fit how the deal stands leaves it as it is.
    pub(super) fn after(self, event: &Event, position: i64) -> Self {
        match self.status {
            OpportunityStatus::Open => self.worked_on(event, position),
            OpportunityStatus::Won | OpportunityStatus::Lost => self.reopened(event, position),
        }
    }

    fn worked_on(mut self, event: &Event, position: i64) -> Self {
        match event {
            Event::StageMoved(moved) => self.enter(&moved.place, OpportunityStatus::Open, position),
            Event::AmountRevised(revised) => self.amount = Some(revised.amount),
            Event::CloseDateMoved(moved) => self.expected_close_on = Some(moved.expected_close_on),
            Event::OwnerAssigned(assigned) => {
                self.owner = Some(assigned.owner.clone());
                self.team.clone_from(&assigned.team);
            }
            Event::ForecastOverridden(forecast) => self.category_override = forecast.category,
            Event::Won(won) => {
                self.enter(&won.place, OpportunityStatus::Won, position);
                self.category_override = None;
                self.amount = won.amount;
            }
            Event::Lost(lost) => {
                self.enter(&lost.place, OpportunityStatus::Lost, position);
                self.category_override = None;
            }
            Event::Opened(_)
            | Event::Reopened(_)
            | Event::NextStepSet(_)
            | Event::ContactRoleAdded(_)
            | Event::ContactRoleRemoved(_)
            | Event::SegmentSet(_)
            | Event::SegmentCleared(_)
            | Event::CriterionMet(_)
            | Event::CriterionRetracted(_)
            | Event::QuoteChosen(_) => {}
        }
        self
    }

    fn reopened(mut self, event: &Event, position: i64) -> Self {
        if let Event::Reopened(reopened) = event {
            self.enter(&reopened.place, OpportunityStatus::Open, position);
        }
        self
    }

    fn enter(&mut self, place: &StagePlace, status: OpportunityStatus, position: i64) {
        self.status = status;
        self.stage = place.stage.clone();
        self.stage_category = place.forecast_category;
        self.visit = position;
    }

    /// How sure it is: by its stage, or by who overrode that.
    pub(super) fn category(&self) -> ForecastCategory {
        self.category_override.unwrap_or(self.stage_category)
    }

    pub(super) fn owner(&self) -> &str {
        self.owner.as_ref().map_or("", Reference::as_str)
    }

    pub(super) fn team(&self) -> &str {
        self.team.as_ref().map_or("", Reference::as_str)
    }

    pub(super) fn find(
        connection: &Connection,
        opportunity_id: OpportunityId,
    ) -> rusqlite::Result<Option<Self>> {
        connection
            .prepare_cached("SELECT * FROM deals WHERE opportunity_id = ?1")?
            .query_row((Word(opportunity_id),), Self::from_row)
            .optional()
    }

    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            position: row.get("position")?,
            opportunity_id: word(row, "opportunity_id")?,
            pipeline_id: word(row, "pipeline_id")?,
            status: word(row, "status")?,
            stage: word(row, "stage")?,
            stage_category: word(row, "stage_category")?,
            category_override: word_or_null(row, "category_override")?,
            amount: money_or_null(row, "amount", "currency")?,
            expected_close_on: word_or_null(row, "expected_close_on")?,
            owner: word_or_empty(row, "owner")?,
            team: word_or_empty(row, "team")?,
            visit: row.get("visit")?,
            forecast: row.get("forecast")?,
        })
    }

    /// Writes the deal over what was known of it.
    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO deals VALUES (:position, :opportunity, :pipeline, :status, :stage,
                     :stage_category, :category_override, :amount, :currency, :expected_close_on, :owner, :team, :visit,
                     :forecast)",
            )?
            .execute(named_params! {
                ":position": self.position,
                ":opportunity": Word(self.opportunity_id),
                ":pipeline": Word(self.pipeline_id),
                ":status": Word(self.status),
                ":stage": Word(&self.stage),
                ":stage_category": Word(self.stage_category),
                ":category_override": self.category_override.map(Word),
                ":amount": self.amount.map(|amount| amount.minor_units),
                ":currency": self.amount.map(|amount| Word(amount.currency)),
                ":expected_close_on": self.expected_close_on.map(Word),
                ":owner": self.owner(),
                ":team": self.team(),
                ":visit": self.visit,
                ":forecast": self.forecast,
            })
            .map(drop)
    }
}
