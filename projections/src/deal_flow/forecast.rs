//! How open deals were forecast, as it was known at each position.

use rapport_domain::pipeline::ForecastCategory;
use rapport_domain::value::{Date, Money};
use rusqlite::{Transaction, named_params};

use super::deal::Deal;
use crate::column::Word;
use crate::pipeline::OpportunityStatus;

/// What stands for the position of the next word, as long as there is none.
const HOLDS: i64 = i64::MAX;

/// What is forecast of a deal.
#[derive(PartialEq, Eq)]
struct Forecast<'a> {
    category: ForecastCategory,
    expected_close_on: Option<Date>,
    owner: &'a str,
    team: &'a str,
    amount: Option<Money>,
}

/// Brings the forecasts of a deal to what it has become by an event at a position; the one that holds now, if one does.
pub(super) fn follow(
    tx: &Transaction<'_>,
    before: Option<&Deal>,
    now: &Deal,
    position: i64,
) -> rusqlite::Result<Option<i64>> {
    let said = Forecast::of(now);
    if before.and_then(Forecast::of) == said {
        return Ok(now.forecast);
    }
    if let Some(superseded) = now.forecast {
        tx.prepare_cached("UPDATE forecasts SET until_position = ?2 WHERE position = ?1")?
            .execute((superseded, position))?;
    }
    let Some(said) = said else { return Ok(None) };
    said.write(tx, now, position)?;
    Ok(Some(position))
}

impl<'a> Forecast<'a> {
    /// None of a deal that is closed.
    fn of(deal: &'a Deal) -> Option<Self> {
        match deal.status {
            OpportunityStatus::Open => Some(Self {
                category: deal.category(),
                expected_close_on: deal.expected_close_on,
                owner: deal.owner(),
                team: deal.team(),
                amount: deal.amount,
            }),
            OpportunityStatus::Won | OpportunityStatus::Lost => None,
        }
    }

    fn write(&self, tx: &Transaction<'_>, deal: &Deal, position: i64) -> rusqlite::Result<()> {
        tx.prepare_cached(
            "INSERT INTO forecasts VALUES (:position, :until, :deal, :pipeline, :category, :expected_close_on, :owner,
                 :team, :amount, :currency)",
        )?
        .execute(named_params! {
            ":position": position,
            ":until": HOLDS,
            ":deal": deal.position,
            ":pipeline": Word(deal.pipeline_id),
            ":category": Word(self.category),
            ":expected_close_on": self.expected_close_on.map(Word),
            ":owner": self.owner,
            ":team": self.team,
            ":amount": self.amount.map(|amount| amount.minor_units),
            ":currency": self.amount.map(|amount| Word(amount.currency)),
        })
        .map(drop)
    }
}
