//! What deals are worth in one currency, by the rates that stand with their amounts.

use rapport_domain::value::{Currency, Money};
use rusqlite::{Connection, Row, named_params};

use super::OpportunityStatus;
use super::closed;
use super::standing::wide;
use super::tally::{Amounts, Weighted};
use super::view::Scope;
use crate::column::{Word, count, word, word_or_empty};
use crate::wide::saturated;

/// What the deals of a view are worth in one currency: an amount in it counts as it is, any other one by its rate where that leads
/// there. Deals without an amount are in no sum. Amounts that 64 bits do not hold are cut to the nearest that they do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConvertedView {
    /// Which.
    pub currency: Currency,
    /// Sum over open deals.
    pub open_amount: Money,
    /// Sum over open deals x probability, by the stage or by who overrode that, rounded half up once for each stage.
    pub weighted_amount: Money,
    /// Sum over the deals closed as won in the period.
    pub won_amount: Money,
    /// Sum over the deals closed as lost in the period.
    pub lost_amount: Money,
    /// The deals with an amount that these sums do not hold.
    pub unconverted: UnconvertedDeals,
}

/// Deals whose amount is in another currency, without a rate that leads to the one that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnconvertedDeals {
    /// Open ones.
    pub open: u64,
    /// Sum of their amounts, by currency.
    pub open_amount: Vec<Money>,
    /// Those closed as won in the period.
    pub won: u64,
    /// Sum of their amounts, by currency.
    pub won_amount: Vec<Money>,
    /// Those closed as lost in the period.
    pub lost: u64,
    /// Sum of their amounts, by currency.
    pub lost_amount: Vec<Money>,
}

const OPEN: &str = "
    SELECT stage, probability, currency, base_currency, deals, amount_millions, amount_rest, base_millions, base_rest
    FROM standing
    WHERE pipeline_id = :pipeline AND status = :status
      AND (:owner IS NULL OR owner = :owner) AND (:team IS NULL OR team = :team)";

pub(super) fn converted(
    connection: &Connection,
    scope: &Scope,
    currency: Currency,
) -> rusqlite::Result<ConvertedView> {
    let (mut open, mut weighted) = (Sum::default(), Weighted::default());
    let mut statement = connection.prepare_cached(OPEN)?;
    let mut rows = statement.query(named_params! {
        ":pipeline": Word(scope.pipeline_id),
        ":status": Word(OpportunityStatus::Open),
        ":owner": scope.owner,
        ":team": scope.team,
    })?;
    while let Some(row) = rows.next()? {
        let Some(worth) = Worth::from_row(row)? else { continue };
        open.add(&worth, currency);
        let probability: i64 = row.get("probability")?;
        let percent_units = worth.within(currency).unwrap_or(0).saturating_mul(i128::from(probability));
        weighted.add(&word(row, "stage")?, Some(currency), percent_units);
    }
    let (mut won, mut lost) = (Sum::default(), Sum::default());
    closed::each_counter(connection, scope, |row| {
        let Some(worth) = Worth::from_row(row)? else { return Ok(()) };
        match word(row, "outcome")? {
            OpportunityStatus::Won => won.add(&worth, currency),
            OpportunityStatus::Lost => lost.add(&worth, currency),
            // An open deal is not closed.
            OpportunityStatus::Open => {}
        }
        Ok(())
    })?;
    let money = |units: i128| Money { minor_units: saturated(units), currency };
    Ok(ConvertedView {
        currency,
        open_amount: money(open.units),
        weighted_amount: weighted.money().pop().unwrap_or_else(|| money(0)),
        won_amount: money(won.units),
        lost_amount: money(lost.units),
        unconverted: UnconvertedDeals {
            open: count(open.left_out)?,
            open_amount: open.left_out_amount.money(),
            won: count(won.left_out)?,
            won_amount: won.left_out_amount.money(),
            lost: count(lost.left_out)?,
            lost_amount: lost.left_out_amount.money(),
        },
    })
}

/// What so many deals are worth together, and in their base currency by their rates.
struct Worth {
    currency: Currency,
    base_currency: Option<Currency>,
    deals: i64,
    amount: i128,
    base_amount: i128,
}

impl Worth {
    /// Nothing where the deals have no amount.
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Option<Self>> {
        let currency: Option<Currency> = word_or_empty(row, "currency")?;
        let Some(currency) = currency else { return Ok(None) };
        Ok(Some(Self {
            currency,
            base_currency: word_or_empty(row, "base_currency")?,
            deals: row.get("deals")?,
            amount: wide(row, "amount_millions", "amount_rest")?,
            base_amount: wide(row, "base_millions", "base_rest")?,
        }))
    }

    /// In a currency: as it is, or by rates that lead there.
    fn within(&self, currency: Currency) -> Option<i128> {
        if self.currency == currency {
            Some(self.amount)
        } else {
            (self.base_currency == Some(currency)).then_some(self.base_amount)
        }
    }
}

/// A sum in one currency, and beside it what it does not hold.
#[derive(Default)]
struct Sum {
    units: i128,
    left_out: i64,
    left_out_amount: Amounts,
}

impl Sum {
    fn add(&mut self, worth: &Worth, currency: Currency) {
        if let Some(units) = worth.within(currency) {
            self.units += units;
        } else {
            self.left_out += worth.deals;
            self.left_out_amount.add(Some(worth.currency), worth.deals, worth.amount);
        }
    }
}
