//! What was closed: what a deal adds to the counters of its month, and the part of the view that a period limits.

mod counters;
mod group;
mod median;
mod totals;

use rapport_domain::id::PipelineId;
use rapport_domain::value::Segments;
use rusqlite::{Connection, Row, Transaction};

pub(super) use self::group::Groups;
use super::contribution::name;
use super::sign::Sign;
use super::view::Scope;
use super::{ClosedView, DAY_MICROS, Opportunity, OpportunityStatus};
use crate::month::Month;

/// A closed deal, as it is counted.
#[derive(PartialEq, Eq)]
pub(super) struct ClosedDeal {
    pipeline_id: PipelineId,
    month: Month,
    outcome: OpportunityStatus,
    owner: String,
    team: String,
    segments: Segments,
    currency: &'static str,
    base_currency: &'static str,
    amount: i64,
    base_amount: i64,
    /// From opening to closing.
    cycle_micros: i64,
}

impl ClosedDeal {
    pub(super) fn of(deal: &Opportunity) -> Option<Self> {
        let closed_at = deal.closed_at?;
        let base_amount = deal.base_amount();
        Some(Self {
            pipeline_id: deal.pipeline_id,
            month: Month::of(closed_at),
            outcome: deal.status,
            owner: name(deal.owner.as_ref()),
            team: name(deal.team.as_ref()),
            segments: deal.segments.clone(),
            currency: deal.amount.map_or("", |amount| amount.currency.code()),
            base_currency: base_amount.map_or("", |amount| amount.currency.code()),
            amount: deal.amount.map_or(0, |amount| amount.minor_units),
            base_amount: base_amount.map_or(0, |amount| amount.minor_units),
            cycle_micros: closed_at.micros() - deal.opened_at.micros(),
        })
    }

    /// Counts it, or takes it away again.
    pub(super) fn count(&self, tx: &Transaction<'_>, sign: Sign) -> rusqlite::Result<()> {
        counters::count(tx, self, sign)?;
        totals::count(tx, self, sign)
    }

    /// The whole days from opening to winning it, if it was won.
    const fn days_to_win(&self) -> Option<i64> {
        match self.outcome {
            OpportunityStatus::Won => Some(self.cycle_micros.div_euclid(DAY_MICROS)),
            OpportunityStatus::Lost | OpportunityStatus::Open => None,
        }
    }
}

/// What was closed, in every group: from the totals where nothing limits the view, else added up from the counters.
pub(super) fn read(connection: &Connection, scope: &Scope) -> rusqlite::Result<Groups<ClosedView>> {
    if scope.is_whole() {
        totals::read(connection, scope.pipeline_id)
    } else {
        counters::read(connection, scope)
    }
}

/// Hands over counters that hold each closed deal in scope once, with the outcome.
pub(super) fn each_counter(
    connection: &Connection,
    scope: &Scope,
    take: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    if scope.is_whole() {
        totals::each_of_all(connection, scope.pipeline_id, take)
    } else {
        counters::each_of_all(connection, scope, take)
    }
}
