//! How much money the pipeline wins in a day, and the four numbers that this follows from.

use std::collections::BTreeMap;

use rapport_domain::id::PipelineId;
use rapport_domain::value::{Currency, Money};
use rusqlite::{Connection, named_params};

use super::OpportunityStatus;
use super::closings;
use super::query::chosen;
use crate::column::{Word, count};
use crate::median::lower_median_of;
use crate::query::QueryError;
use crate::sales::SalesScope;
use crate::wide::{basis_points, half_up, saturated};

const SECOND_MICROS: i64 = 1_000_000;
const DAY_SECONDS: i128 = 86_400;

/// How much money a pipeline wins in a day. All numbers are of the same deals and the same period; a deal without an amount
/// counts as one that is worth nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SalesVelocity {
    /// Deals that are open, whenever they were opened.
    pub open: u64,
    /// Deals won in the period, and not reopened since.
    pub won: u64,
    /// Deals lost in the period, likewise.
    pub lost: u64,
    /// won / (won + lost), in hundredths of a percent, rounded half up. `None` when nothing was closed.
    pub win_rate_basis_points: Option<i64>,
    /// Median of won_at - opened_at of the won ones in whole seconds, rounded down; for an even number the lower of the two
    /// in the middle. `None` without won deals.
    pub median_cycle_seconds: Option<i64>,
    /// What is won, one for each currency, in the order of their codes.
    pub amounts: Vec<VelocityAmount>,
}

/// What is won in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VelocityAmount {
    /// Sum of the amounts of the deals won in the period.
    pub won_amount: Money,
    /// The same for each won deal, of any currency; rounded half up.
    pub average_won_amount: Money,
    /// open x won / (won + lost) x average won amount / median cycle in days, rounded half up once, at the end. `None` when
    /// the median cycle is shorter than a second.
    pub amount_per_day: Option<Money>,
}

/// Added up from the counters of where deals stand.
const OPEN: &str = "
    SELECT coalesce(sum(deals), 0) FROM standing
    WHERE pipeline_id = :pipeline AND status = :status
      AND (:owner IS NULL OR owner = :owner) AND (:team IS NULL OR team = :team)";

/// What is known of the deals that were closed.
#[derive(Default)]
struct Closed {
    won: u64,
    lost: u64,
    cycles_micros: Vec<i64>,
    /// Sums of what was won, by the codes of their currencies.
    won_units: BTreeMap<&'static str, (Currency, i128)>,
}

pub(super) fn velocity(connection: &Connection, scope: &SalesScope) -> Result<SalesVelocity, QueryError> {
    let pipeline_id = chosen(connection, scope.pipeline_id)?.pipeline_id;
    let open = open(connection, pipeline_id, scope)?;
    let mut closed = Closed::default();
    closings::each(connection, pipeline_id, scope, |_, closing| {
        match closing.outcome {
            OpportunityStatus::Won => closed.add_won(closing.amount, closing.cycle_micros),
            OpportunityStatus::Lost => closed.lost += 1,
            // An open deal is not closed.
            OpportunityStatus::Open => {}
        }
        Ok::<(), rusqlite::Error>(())
    })?;
    Ok(closed.velocity(open))
}

fn open(connection: &Connection, pipeline_id: PipelineId, scope: &SalesScope) -> rusqlite::Result<u64> {
    let open: i64 = connection.prepare_cached(OPEN)?.query_row(
        named_params! {
            ":pipeline": Word(pipeline_id),
            ":status": Word(OpportunityStatus::Open),
            ":owner": scope.owner.as_ref().map(Word),
            ":team": scope.team.as_ref().map(Word),
        },
        |row| row.get(0),
    )?;
    Ok(count(open)?)
}

impl Closed {
    fn add_won(&mut self, amount: Option<Money>, cycle_micros: i64) {
        self.won += 1;
        self.cycles_micros.push(cycle_micros);
        if let Some(Money { minor_units, currency }) = amount {
            self.won_units.entry(currency.code()).or_insert((currency, 0)).1 += i128::from(minor_units);
        }
    }

    fn velocity(self, open: u64) -> SalesVelocity {
        let Self { won, lost, cycles_micros, won_units } = self;
        let closed = i128::from(won) + i128::from(lost);
        let cycle_seconds = lower_median_of(cycles_micros).map(|micros| micros.div_euclid(SECOND_MICROS));
        let amount = |(currency, units): (Currency, i128)| {
            let money = |units: i128| Money { minor_units: saturated(units), currency };
            // Won deals stand below the line of the average, and above that of the win rate.
            let product = i128::from(open).saturating_mul(units).saturating_mul(DAY_SECONDS);
            let per_day =
                cycle_seconds.and_then(|cycle| half_up(product, closed.saturating_mul(cycle.into())));
            VelocityAmount {
                won_amount: money(units),
                average_won_amount: money(half_up(units, won.into()).unwrap_or(0)),
                amount_per_day: per_day.map(money),
            }
        };
        SalesVelocity {
            open,
            won,
            lost,
            win_rate_basis_points: basis_points(won.into(), closed),
            median_cycle_seconds: cycle_seconds,
            amounts: won_units.into_values().map(amount).collect(),
        }
    }
}
