//! A deal as a row, and how its events change it: the same way as the aggregate, see
//! `rapport_domain::opportunity`.

use rapport_domain::id::OpportunityId;
use rapport_domain::opportunity::{CloseDateMoved, Event, NextStepSet, Opened, StagePlace};
use rapport_domain::pipeline::Percent;
use rapport_domain::value::{Instant, Key, Money, Reference};
use rusqlite::types::FromSqlError;
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::{Checklist, ForecastOverride, Opportunity, OpportunityStatus};
use crate::column::{
    Json, Micros, Rev, Word, instant, instant_or_null, json, json_or_null, money_or_null, word,
    word_or_empty, word_or_null,
};
use crate::projection::Projected;

impl Opportunity {
    pub(super) fn opened(opportunity_id: OpportunityId, opened: &Opened, event: &Projected<'_>) -> Self {
        let place = &opened.place;
        Self {
            opportunity_id,
            pipeline_id: opened.pipeline_id,
            pipeline_version: place.pipeline_version,
            stage: place.stage.clone(),
            stage_type: place.stage_type,
            probability: place.probability,
            stage_category: place.forecast_category,
            forecast_override: None,
            status: OpportunityStatus::Open,
            title: opened.title.clone(),
            contact_id: opened.contact_id,
            amount: opened.amount,
            fx: opened.fx,
            expected_close_on: opened.expected_close_on,
            close_date_delays: 0,
            next_step: opened.next_step.clone(),
            contact_roles: opened.contact_roles.clone(),
            checklist: Checklist::new(place.stage.clone()),
            owner: opened.owner.clone(),
            team: opened.team.clone(),
            segments: opened.segments.clone(),
            opened_at: event.occurred_at(),
            stage_entered_at: event.occurred_at(),
            closed_at: None,
            lost_reason: None,
            competitor: None,
            revision: event.revision(),
        }
    }

    /// What it is worth in the other currency; nothing where no rate was said, or it cannot be counted.
    #[must_use]
    pub fn base_amount(&self) -> Option<Money> {
        self.fx?.convert(self.amount?)
    }

    /// The deal after an event. An event that does not fit how the deal stands leaves it as it is.
    pub(super) fn after(mut self, event: &Event, told: &Projected<'_>) -> Self {
        self.revision = told.revision();
        match self.status {
            OpportunityStatus::Open => self.worked_on(event, told),
            OpportunityStatus::Won | OpportunityStatus::Lost => self.reopened(event, told.occurred_at()),
        }
    }

    fn worked_on(mut self, event: &Event, told: &Projected<'_>) -> Self {
        let occurred_at = told.occurred_at();
        match event {
            Event::StageMoved(moved) => self.enter(&moved.place, occurred_at),
            Event::AmountRevised(revised) => {
                self.amount = Some(revised.amount);
                self.fx = revised.fx;
            }
            Event::CloseDateMoved(moved) => self.move_close_date(moved),
            Event::OwnerAssigned(assigned) => {
                self.owner = Some(assigned.owner.clone());
                self.team = assigned.team.clone();
            }
            Event::NextStepSet(next) => self.next_step = Some(next.clone()),
            Event::ContactRoleAdded(added) => {
                self.contact_roles.insert(added.contact_role);
            }
            Event::ContactRoleRemoved(removed) => {
                self.contact_roles.remove(&removed.contact_role);
            }
            Event::ForecastOverridden(forecast) => {
                self.forecast_override = ForecastOverride::after(forecast, &told.metadata.actor, occurred_at);
            }
            Event::SegmentSet(set) => {
                self.segments.insert(set.key.clone(), set.value.clone());
            }
            Event::SegmentCleared(cleared) => {
                self.segments.remove(&cleared.key);
            }
            Event::CriterionMet(met) => self.checklist.meet(met, &told.metadata.actor, occurred_at),
            Event::CriterionRetracted(retracted) => self.checklist.retract(retracted),
            Event::Won(won) => {
                self.enter(&won.place, occurred_at);
                self.status = OpportunityStatus::Won;
                self.forecast_override = None;
                self.amount = won.amount;
                self.fx = won.fx;
                self.closed_at = Some(occurred_at);
            }
            Event::Lost(lost) => {
                self.enter(&lost.place, occurred_at);
                self.status = OpportunityStatus::Lost;
                self.forecast_override = None;
                self.closed_at = Some(occurred_at);
                self.lost_reason = lost.reason.clone();
                self.competitor = lost.competitor.clone();
            }
            // The deal has a new revision; the quote itself is shown by the read model of quotes.
            Event::Opened(_) | Event::Reopened(_) | Event::QuoteChosen(_) => {}
        }
        self
    }

    fn reopened(mut self, event: &Event, occurred_at: Instant) -> Self {
        if let Event::Reopened(reopened) = event {
            self.enter(&reopened.place, occurred_at);
            self.status = OpportunityStatus::Open;
            self.closed_at = None;
            self.lost_reason = None;
            self.competitor = None;
        }
        self
    }

    /// Told from the deal, not from what the event says of before: events may be folded in the order of business time.
    fn move_close_date(&mut self, moved: &CloseDateMoved) {
        let is_later = self.expected_close_on.is_some_and(|before| moved.expected_close_on > before);
        self.close_date_delays += u32::from(is_later);
        self.expected_close_on = Some(moved.expected_close_on);
    }

    fn enter(&mut self, place: &StagePlace, occurred_at: Instant) {
        self.pipeline_version = place.pipeline_version;
        self.stage = place.stage.clone();
        self.stage_type = place.stage_type;
        self.probability = place.probability;
        self.stage_category = place.forecast_category;
        self.stage_entered_at = occurred_at;
        self.checklist.enter(place);
    }

    /// The deal and the position of its opening.
    pub(super) fn find(
        connection: &Connection,
        opportunity_id: OpportunityId,
    ) -> rusqlite::Result<Option<(i64, Self)>> {
        connection
            .prepare_cached("SELECT * FROM deals WHERE opportunity_id = ?1")?
            .query_row((Word(opportunity_id),), Self::from_row)
            .optional()
    }

    /// Of a row that begins with the columns of a deal, as they stand in the schema. Read by place: a name would be looked up anew
    /// in every row.
    pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<(i64, Self)> {
        let mut columns = 0_usize..;
        let mut next = || columns.next().unwrap_or_default();
        let position = row.get(next())?;
        let deal = Self {
            opportunity_id: word(row, next())?,
            pipeline_id: word(row, next())?,
            pipeline_version: row.get(next())?,
            stage: word(row, next())?,
            stage_type: word(row, next())?,
            probability: percent(row, next())?,
            status: word(row, next())?,
            title: word(row, next())?,
            contact_id: word_or_null(row, next())?,
            amount: money_or_null(row, next(), next())?,
            expected_close_on: word_or_null(row, next())?,
            owner: word_or_empty(row, next())?,
            team: word_or_empty(row, next())?,
            segments: json(row, next())?,
            opened_at: instant(row, next())?,
            stage_entered_at: instant(row, next())?,
            closed_at: instant_or_null(row, next())?,
            lost_reason: word_or_null(row, next())?,
            competitor: word_or_null(row, next())?,
            stage_category: word(row, next())?,
            forecast_override: json_or_null(row, next())?,
            close_date_delays: row.get(next())?,
            next_step: next_step(row, next(), next())?,
            contact_roles: json(row, next())?,
            fx: json_or_null(row, next())?,
            checklist: json(row, next())?,
            revision: row.get::<_, Rev>(next())?.0,
        };
        Ok((position, deal))
    }

    /// Writes the deal, which was opened at a position, over what was known of it before.
    pub(super) fn write(
        &self,
        connection: &Connection,
        position: i64,
        before: Option<&Indexed>,
    ) -> rusqlite::Result<()> {
        connection
            .prepare_cached(
                "INSERT INTO deals VALUES (:position, :opportunity, :pipeline, :version, :stage, :stage_type,
                     :probability, :status, :title, :contact, :amount, :currency, :expected_close_on, :owner, :team,
                     :segments, :opened_at, :entered_at, :closed_at, :reason, :competitor, :category, :override, :delays,
                     :next_step, :next_step_due_on, :contact_roles, :fx, :checklist, :revision)
                 ON CONFLICT (position) DO UPDATE SET pipeline_version = excluded.pipeline_version,
                     stage_type = excluded.stage_type, probability = excluded.probability,
                     amount = excluded.amount, currency = excluded.currency,
                     expected_close_on = excluded.expected_close_on, segments = excluded.segments,
                     lost_reason = excluded.lost_reason, competitor = excluded.competitor,
                     stage_category = excluded.stage_category, forecast_override = excluded.forecast_override,
                     close_date_delays = excluded.close_date_delays, next_step = excluded.next_step,
                     next_step_due_on = excluded.next_step_due_on, contact_roles = excluded.contact_roles,
                     fx = excluded.fx, checklist = excluded.checklist, revision = excluded.revision",
            )?
            .execute(named_params! {
                ":position": position,
                ":opportunity": Word(self.opportunity_id),
                ":pipeline": Word(self.pipeline_id),
                ":version": self.pipeline_version,
                ":stage": Word(&self.stage),
                ":stage_type": Word(self.stage_type),
                ":probability": self.probability.get(),
                ":status": Word(self.status),
                ":title": Word(&self.title),
                ":contact": self.contact_id.map(Word),
                ":amount": self.amount.map(|amount| amount.minor_units),
                ":currency": self.amount.map(|amount| Word(amount.currency)),
                ":expected_close_on": self.expected_close_on.map(Word),
                ":owner": self.owner.as_ref().map_or("", Reference::as_str),
                ":team": self.team.as_ref().map_or("", Reference::as_str),
                ":segments": Json(&self.segments),
                ":opened_at": Micros(self.opened_at),
                ":entered_at": Micros(self.stage_entered_at),
                ":closed_at": self.closed_at.map(Micros),
                ":reason": self.lost_reason.as_ref().map(Word),
                ":competitor": self.competitor.as_ref().map(Word),
                ":category": Word(self.stage_category),
                ":override": self.forecast_override.as_ref().map(Json),
                ":delays": self.close_date_delays,
                ":next_step": self.next_step.as_ref().map(|next| Word(&next.what)),
                ":next_step_due_on": self.next_step.as_ref().and_then(|next| next.due_on).map(Word),
                ":contact_roles": Json(&self.contact_roles),
                ":fx": self.fx.as_ref().map(Json),
                ":checklist": Json(&self.checklist),
                ":revision": Rev(self.revision),
            })?;
        before.map_or(Ok(()), |before| self.write_indexed(connection, position, before))
    }

    /// Writes what is indexed where it changed: the indexes take half the time of the fold, and most events change few.
    fn write_indexed(
        &self,
        connection: &Connection,
        position: i64,
        before: &Indexed,
    ) -> rusqlite::Result<()> {
        let now = Indexed::of(self);
        if before.stage != now.stage {
            connection
                .prepare_cached("UPDATE deals SET stage = ?2, stage_entered_at = ?3 WHERE position = ?1")?
                .execute((position, Word(&self.stage), Micros(self.stage_entered_at)))?;
        }
        if before.owner != now.owner {
            let [owner, team] =
                [&self.owner, &self.team].map(|name| name.as_ref().map_or("", Reference::as_str));
            connection
                .prepare_cached("UPDATE deals SET owner = ?2, team = ?3 WHERE position = ?1")?
                .execute((position, owner, team))?;
        }
        if before.status != now.status {
            connection
                .prepare_cached("UPDATE deals SET status = ?2, closed_at = ?3 WHERE position = ?1")?
                .execute((position, Word(self.status), self.closed_at.map(Micros)))?;
        }
        Ok(())
    }
}

/// What is indexed of a deal and may change.
#[derive(Debug, Clone)]
pub(super) struct Indexed {
    stage: (Key, Instant),
    owner: (Option<Reference>, Option<Reference>),
    status: (OpportunityStatus, Option<Instant>),
}

impl Indexed {
    pub(super) fn of(deal: &Opportunity) -> Self {
        Self {
            stage: (deal.stage.clone(), deal.stage_entered_at),
            owner: (deal.owner.clone(), deal.team.clone()),
            status: (deal.status, deal.closed_at),
        }
    }
}

fn next_step(row: &Row<'_>, what: usize, due_on: usize) -> rusqlite::Result<Option<NextStepSet>> {
    let (what, due_on) = (word_or_null(row, what)?, word_or_null(row, due_on)?);
    Ok(what.map(|what| NextStepSet { what, due_on }))
}

fn percent(row: &Row<'_>, column: usize) -> rusqlite::Result<Percent> {
    Percent::new(row.get(column)?).map_err(|error| FromSqlError::Other(Box::new(error)).into())
}
