//! What one deal adds to the counters of the view.

use rapport_domain::id::PipelineId;
use rapport_domain::value::{Instant, Key, Reference};
use rusqlite::{Transaction, named_params};

use super::{Opportunity, OpportunityStatus};
use crate::column::Word;
use crate::month::Month;
use crate::wide::Wide;

const DAY_SECONDS: i128 = 86_400;
const SECOND_MICROS: i128 = 1_000_000;

/// Everything that a deal adds to the counters, as it stands.
#[derive(Default, PartialEq, Eq)]
pub(super) struct Contribution {
    standing: Option<Standing>,
    closed: Vec<Closed>,
}

/// A deal in its stage.
#[derive(PartialEq, Eq)]
struct Standing {
    pipeline_id: PipelineId,
    stage: Key,
    status: OpportunityStatus,
    probability: u32,
    owner: String,
    team: String,
    currency: &'static str,
    amount: i64,
    entered_at: Instant,
}

/// A closed deal in its month: among all deals, or among those with a value of a field.
#[derive(Clone, PartialEq, Eq)]
struct Closed {
    pipeline_id: PipelineId,
    month: Month,
    outcome: OpportunityStatus,
    owner: String,
    team: String,
    segment: String,
    segment_value: String,
    currency: &'static str,
    amount: i64,
    cycle_micros: i64,
}

#[derive(Clone, Copy)]
enum Sign {
    Plus,
    Minus,
}

impl Sign {
    const fn count(self) -> i64 {
        match self {
            Self::Plus => 1,
            Self::Minus => -1,
        }
    }

    fn wide(self, number: i64) -> Wide {
        match self {
            Self::Plus => Wide::from(number),
            Self::Minus => -Wide::from(number),
        }
    }
}

impl Contribution {
    pub(super) fn of(deal: &Opportunity) -> Self {
        let standing = Standing {
            pipeline_id: deal.pipeline_id,
            stage: deal.stage.clone(),
            status: deal.status,
            probability: deal.probability.get(),
            owner: name(deal.owner.as_ref()),
            team: name(deal.team.as_ref()),
            currency: deal.amount.map_or("", |amount| amount.currency.code()),
            amount: deal.amount.map_or(0, |amount| amount.minor_units),
            entered_at: deal.stage_entered_at,
        };
        Self { closed: closed(deal, &standing), standing: Some(standing) }
    }

    /// Brings the counters from what a deal added before to what it adds now. What is the same stays untouched.
    pub(super) fn replace(tx: &Transaction<'_>, before: &Self, now: &Self) -> rusqlite::Result<()> {
        if before.standing != now.standing {
            before.standing.iter().try_for_each(|standing| standing.count(tx, Sign::Minus))?;
            now.standing.iter().try_for_each(|standing| standing.count(tx, Sign::Plus))?;
        }
        if before.closed != now.closed {
            before.closed.iter().try_for_each(|closed| closed.count(tx, Sign::Minus))?;
            now.closed.iter().try_for_each(|closed| closed.count(tx, Sign::Plus))?;
        }
        Ok(())
    }
}

fn closed(deal: &Opportunity, standing: &Standing) -> Vec<Closed> {
    let Some(closed_at) = deal.closed_at else { return Vec::new() };
    let among_all = Closed {
        pipeline_id: deal.pipeline_id,
        month: Month::of(closed_at),
        outcome: deal.status,
        owner: standing.owner.clone(),
        team: standing.team.clone(),
        segment: String::new(),
        segment_value: String::new(),
        currency: standing.currency,
        amount: standing.amount,
        cycle_micros: closed_at.micros() - deal.opened_at.micros(),
    };
    let by_field = deal.segments.iter().map(|(field, value)| Closed {
        segment: field.to_string(),
        segment_value: value.to_string(),
        ..among_all.clone()
    });
    std::iter::once(among_all.clone()).chain(by_field).collect()
}

impl Standing {
    fn count(&self, tx: &Transaction<'_>, sign: Sign) -> rusqlite::Result<()> {
        let (amount, entered) = (sign.wide(self.amount), sign.wide(self.entered_at.micros()));
        tx.prepare_cached(
            "INSERT INTO standing VALUES (:pipeline, :stage, :status, :probability, :owner, :team, :currency, :deals,
                 :amount_millions, :amount_rest, :entered_seconds, :entered_micros)
             ON CONFLICT DO UPDATE SET deals = deals + excluded.deals,
                 amount_millions = amount_millions + excluded.amount_millions,
                 amount_rest = amount_rest + excluded.amount_rest,
                 entered_seconds = entered_seconds + excluded.entered_seconds,
                 entered_micros = entered_micros + excluded.entered_micros",
        )?
        .execute(named_params! {
            ":pipeline": Word(self.pipeline_id),
            ":stage": Word(&self.stage),
            ":status": Word(self.status),
            ":probability": self.probability,
            ":owner": self.owner,
            ":team": self.team,
            ":currency": self.currency,
            ":deals": sign.count(),
            ":amount_millions": amount.millions,
            ":amount_rest": amount.rest,
            ":entered_seconds": entered.millions,
            ":entered_micros": entered.rest,
        })?;
        match sign {
            Sign::Plus => Ok(()),
            Sign::Minus => self.clear(tx),
        }
    }

    /// A counter that counts nothing is no row.
    fn clear(&self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        tx.prepare_cached(
            "DELETE FROM standing WHERE pipeline_id = ?1 AND stage = ?2 AND status = ?3 AND probability = ?4
                 AND owner = ?5 AND team = ?6 AND currency = ?7 AND deals = 0",
        )?
        .execute((
            Word(self.pipeline_id),
            Word(&self.stage),
            Word(self.status),
            self.probability,
            &self.owner,
            &self.team,
            self.currency,
        ))
        .map(drop)
    }
}

impl Closed {
    fn count(&self, tx: &Transaction<'_>, sign: Sign) -> rusqlite::Result<()> {
        let (amount, cycle) = (sign.wide(self.amount), sign.wide(self.cycle_micros));
        tx.prepare_cached(
            "INSERT INTO closed VALUES (:pipeline, :segment, :month, :outcome, :owner, :team, :value, :currency, :deals,
                 :amount_millions, :amount_rest, :cycle_seconds, :cycle_micros)
             ON CONFLICT DO UPDATE SET deals = deals + excluded.deals,
                 amount_millions = amount_millions + excluded.amount_millions,
                 amount_rest = amount_rest + excluded.amount_rest,
                 cycle_seconds = cycle_seconds + excluded.cycle_seconds,
                 cycle_micros = cycle_micros + excluded.cycle_micros",
        )?
        .execute(named_params! {
            ":pipeline": Word(self.pipeline_id),
            ":segment": self.segment,
            ":month": Word(self.month),
            ":outcome": Word(self.outcome),
            ":owner": self.owner,
            ":team": self.team,
            ":value": self.segment_value,
            ":currency": self.currency,
            ":deals": sign.count(),
            ":amount_millions": amount.millions,
            ":amount_rest": amount.rest,
            ":cycle_seconds": cycle.millions,
            ":cycle_micros": cycle.rest,
        })?;
        match self.outcome {
            OpportunityStatus::Won => self.count_cycle(tx, sign)?,
            OpportunityStatus::Lost | OpportunityStatus::Open => {}
        }
        match sign {
            Sign::Plus => Ok(()),
            Sign::Minus => self.clear(tx),
        }
    }

    fn count_cycle(&self, tx: &Transaction<'_>, sign: Sign) -> rusqlite::Result<()> {
        let days = i128::from(self.cycle_micros).div_euclid(DAY_SECONDS * SECOND_MICROS);
        tx.prepare_cached(
            "INSERT INTO cycles VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT DO UPDATE SET deals = deals + excluded.deals",
        )?
        .execute((
            Word(self.pipeline_id),
            &self.segment,
            Word(self.month),
            &self.owner,
            &self.team,
            &self.segment_value,
            i64::try_from(days).unwrap_or(0),
            sign.count(),
        ))
        .map(drop)
    }

    fn clear(&self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        let place = (
            Word(self.pipeline_id),
            &self.segment,
            Word(self.month),
            &self.owner,
            &self.team,
            &self.segment_value,
        );
        tx.prepare_cached(
            "DELETE FROM closed WHERE pipeline_id = ?1 AND segment = ?2 AND month = ?3 AND owner = ?4 AND team = ?5
                 AND segment_value = ?6 AND deals = 0",
        )?
        .execute(place)?;
        let place = (
            Word(self.pipeline_id),
            &self.segment,
            Word(self.month),
            &self.owner,
            &self.team,
            &self.segment_value,
        );
        tx.prepare_cached(
            "DELETE FROM cycles WHERE pipeline_id = ?1 AND segment = ?2 AND month = ?3 AND owner = ?4 AND team = ?5
                 AND segment_value = ?6 AND deals = 0",
        )?
        .execute(place)
        .map(drop)
    }
}

fn name(reference: Option<&Reference>) -> String {
    reference.map_or_else(String::new, Reference::to_string)
}
