//! The counters of where deals stand, as a transaction changes them: many deals come to the same place and go on from there, and
//! each row is written once.

use std::collections::BTreeMap;
use std::ops::{AddAssign, Neg};

use rapport_domain::id::PipelineId;
use rapport_domain::pipeline::ForecastCategory;
use rapport_domain::value::Key;
use rusqlite::{Transaction, named_params};

use super::contribution::name;
use super::sign::Sign;
use super::{DAY_MICROS, Opportunity, OpportunityStatus};
use crate::column::Word;
use crate::wide::Wide;

/// Rows that are kept back at most; few in tests, which come to as many.
const ROWS_MAX: usize = if cfg!(test) { 8 } else { 10_000 };

/// What is still to be added to the counters.
#[derive(Debug, Clone, Default)]
pub(super) struct Counters {
    standing: BTreeMap<Place, Sums>,
    arrivals: BTreeMap<Arrival, i64>,
}

/// Where deals stand together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pipeline_id: PipelineId,
    stage: Key,
    status: OpportunityStatus,
    probability: u32,
    category: ForecastCategory,
    owner: String,
    team: String,
    currency: &'static str,
    base_currency: &'static str,
}

/// Deals in a place, and sums over them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sums {
    deals: i64,
    amount: Wide,
    base_amount: Wide,
    /// Of the times of coming to the stage.
    entered: Wide,
}

/// A day on which deals came to the stage that they are in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Arrival {
    pipeline_id: PipelineId,
    stage: Key,
    /// UTC, counted from 1970.
    day: i64,
}

impl Place {
    pub(super) fn of(deal: &Opportunity) -> Self {
        Self {
            pipeline_id: deal.pipeline_id,
            stage: deal.stage.clone(),
            status: deal.status,
            probability: deal.forecast_probability().get(),
            category: deal.forecast_category(),
            owner: name(deal.owner.as_ref()),
            team: name(deal.team.as_ref()),
            currency: deal.amount.map_or("", |amount| amount.currency.code()),
            base_currency: deal.base_amount().map_or("", |amount| amount.currency.code()),
        }
    }
}

impl Sums {
    /// One deal.
    pub(super) fn of(deal: &Opportunity) -> Self {
        Self {
            deals: 1,
            amount: Wide::from(deal.amount.map_or(0, |amount| amount.minor_units)),
            base_amount: Wide::from(deal.base_amount().map_or(0, |amount| amount.minor_units)),
            entered: Wide::from(deal.stage_entered_at.micros()),
        }
    }

    /// Whether adding them leaves every column as it is. Not only every number: a row has the same columns, however the events
    /// came together in transactions.
    const fn are_nothing(&self) -> bool {
        self.deals == 0
            && self.amount.is_nothing()
            && self.base_amount.is_nothing()
            && self.entered.is_nothing()
    }
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.deals += other.deals;
        self.amount += other.amount;
        self.base_amount += other.base_amount;
        self.entered += other.entered;
    }
}

impl Neg for Sums {
    type Output = Self;
    fn neg(self) -> Self {
        Self {
            deals: -self.deals,
            amount: -self.amount,
            base_amount: -self.base_amount,
            entered: -self.entered,
        }
    }
}

impl Arrival {
    pub(super) fn of(deal: &Opportunity) -> Self {
        Self {
            pipeline_id: deal.pipeline_id,
            stage: deal.stage.clone(),
            day: deal.stage_entered_at.micros().div_euclid(DAY_MICROS),
        }
    }
}

impl Counters {
    /// Deals came to a place, or left it.
    pub(super) fn stand(&mut self, place: Place, sums: Sums) {
        *self.standing.entry(place).or_default() += sums;
    }

    /// A deal came to its stage on a day, or is not there any more.
    pub(super) fn arrive(&mut self, arrival: Arrival, sign: Sign) {
        *self.arrivals.entry(arrival).or_default() += sign.count();
    }

    /// Writes what is kept back, where it has become much.
    pub(super) fn settle_where_many(&mut self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        if self.standing.len() + self.arrivals.len() > ROWS_MAX { self.settle(tx) } else { Ok(()) }
    }

    /// Writes what is kept back.
    pub(super) fn settle(&mut self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        for (place, sums) in std::mem::take(&mut self.standing) {
            if !sums.are_nothing() {
                add_standing(tx, &place, sums)?;
            }
        }
        for (arrival, deals) in std::mem::take(&mut self.arrivals) {
            if deals != 0 {
                add_arrivals(tx, &arrival, deals)?;
            }
        }
        Ok(())
    }
}

fn add_standing(tx: &Transaction<'_>, place: &Place, sums: Sums) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO standing VALUES (:pipeline, :stage, :status, :probability, :category, :owner, :team, :currency,
             :base_currency, :deals, :amount_millions, :amount_rest, :base_millions, :base_rest, :entered_seconds,
             :entered_micros)
         ON CONFLICT DO UPDATE SET deals = deals + excluded.deals,
             amount_millions = amount_millions + excluded.amount_millions,
             amount_rest = amount_rest + excluded.amount_rest,
             base_millions = base_millions + excluded.base_millions,
             base_rest = base_rest + excluded.base_rest,
             entered_seconds = entered_seconds + excluded.entered_seconds,
             entered_micros = entered_micros + excluded.entered_micros",
    )?
    .execute(named_params! {
        ":pipeline": Word(place.pipeline_id),
        ":stage": Word(&place.stage),
        ":status": Word(place.status),
        ":probability": place.probability,
        ":category": Word(place.category),
        ":owner": place.owner,
        ":team": place.team,
        ":currency": place.currency,
        ":base_currency": place.base_currency,
        ":deals": sums.deals,
        ":amount_millions": sums.amount.millions,
        ":amount_rest": sums.amount.rest,
        ":base_millions": sums.base_amount.millions,
        ":base_rest": sums.base_amount.rest,
        ":entered_seconds": sums.entered.millions,
        ":entered_micros": sums.entered.rest,
    })?;
    // A counter that counts nothing is no row.
    tx.prepare_cached(
        "DELETE FROM standing WHERE pipeline_id = ?1 AND stage = ?2 AND status = ?3 AND probability = ?4
             AND category = ?5 AND owner = ?6 AND team = ?7 AND currency = ?8 AND base_currency = ?9 AND deals = 0",
    )?
    .execute((
        Word(place.pipeline_id),
        Word(&place.stage),
        Word(place.status),
        place.probability,
        Word(place.category),
        &place.owner,
        &place.team,
        place.currency,
        place.base_currency,
    ))
    .map(drop)
}

fn add_arrivals(tx: &Transaction<'_>, arrival: &Arrival, deals: i64) -> rusqlite::Result<()> {
    let place = (Word(arrival.pipeline_id), Word(&arrival.stage), arrival.day);
    tx.prepare_cached(
        "INSERT INTO arrivals VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET deals = deals + excluded.deals",
    )?
    .execute((Word(arrival.pipeline_id), Word(&arrival.stage), arrival.day, deals))?;
    tx.prepare_cached(
        "DELETE FROM arrivals WHERE pipeline_id = ?1 AND stage = ?2 AND day = ?3 AND deals = 0",
    )?
    .execute(place)
    .map(drop)
}
