//! What one deal adds to the counters of the view.

use rapport_domain::id::PipelineId;
use rapport_domain::pipeline::ForecastCategory;
use rapport_domain::value::{Instant, Key, Reference};
use rusqlite::{Transaction, named_params};

use super::ages::Arrival;
use super::closed::ClosedDeal;
use super::sign::Sign;
use super::{Opportunity, OpportunityStatus};
use crate::column::Word;

/// Everything that a deal adds to the counters, as it stands.
#[derive(Default, PartialEq, Eq)]
pub(super) struct Contribution {
    standing: Option<Standing>,
    arrival: Option<Arrival>,
    closed: Option<ClosedDeal>,
}

/// A deal in its stage.
#[derive(PartialEq, Eq)]
struct Standing {
    pipeline_id: PipelineId,
    stage: Key,
    status: OpportunityStatus,
    probability: u32,
    category: ForecastCategory,
    owner: String,
    team: String,
    currency: &'static str,
    base_currency: &'static str,
    amount: i64,
    base_amount: i64,
    entered_at: Instant,
}

impl Contribution {
    pub(super) fn of(deal: &Opportunity) -> Self {
        let base_amount = deal.base_amount();
        let standing = Standing {
            pipeline_id: deal.pipeline_id,
            stage: deal.stage.clone(),
            status: deal.status,
            probability: deal.forecast_probability().get(),
            category: deal.forecast_category(),
            owner: name(deal.owner.as_ref()),
            team: name(deal.team.as_ref()),
            currency: deal.amount.map_or("", |amount| amount.currency.code()),
            base_currency: base_amount.map_or("", |amount| amount.currency.code()),
            amount: deal.amount.map_or(0, |amount| amount.minor_units),
            base_amount: base_amount.map_or(0, |amount| amount.minor_units),
            entered_at: deal.stage_entered_at,
        };
        Self { standing: Some(standing), arrival: Some(Arrival::of(deal)), closed: ClosedDeal::of(deal) }
    }

    /// Brings the counters from what a deal added before to what it adds now. What is the same stays untouched.
    pub(super) fn replace(tx: &Transaction<'_>, before: &Self, now: &Self) -> rusqlite::Result<()> {
        if before.standing != now.standing {
            before.standing.iter().try_for_each(|standing| standing.count(tx, Sign::Minus))?;
            now.standing.iter().try_for_each(|standing| standing.count(tx, Sign::Plus))?;
        }
        if before.arrival != now.arrival {
            before.arrival.iter().try_for_each(|arrival| arrival.count(tx, Sign::Minus))?;
            now.arrival.iter().try_for_each(|arrival| arrival.count(tx, Sign::Plus))?;
        }
        if before.closed != now.closed {
            before.closed.iter().try_for_each(|deal| deal.count(tx, Sign::Minus))?;
            now.closed.iter().try_for_each(|deal| deal.count(tx, Sign::Plus))?;
        }
        Ok(())
    }
}

impl Standing {
    fn count(&self, tx: &Transaction<'_>, sign: Sign) -> rusqlite::Result<()> {
        let (amount, base) = (sign.wide(self.amount), sign.wide(self.base_amount));
        let entered = sign.wide(self.entered_at.micros());
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
            ":pipeline": Word(self.pipeline_id),
            ":stage": Word(&self.stage),
            ":status": Word(self.status),
            ":probability": self.probability,
            ":category": Word(self.category),
            ":owner": self.owner,
            ":team": self.team,
            ":currency": self.currency,
            ":base_currency": self.base_currency,
            ":deals": sign.count(),
            ":amount_millions": amount.millions,
            ":amount_rest": amount.rest,
            ":base_millions": base.millions,
            ":base_rest": base.rest,
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
                 AND category = ?5 AND owner = ?6 AND team = ?7 AND currency = ?8 AND base_currency = ?9 AND deals = 0",
        )?
        .execute((
            Word(self.pipeline_id),
            Word(&self.stage),
            Word(self.status),
            self.probability,
            Word(self.category),
            &self.owner,
            &self.team,
            self.currency,
            self.base_currency,
        ))
        .map(drop)
    }
}

pub(super) fn name(reference: Option<&Reference>) -> String {
    reference.map_or_else(String::new, Reference::to_string)
}
