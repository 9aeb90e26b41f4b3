//! What was forecast, as it was known then, against what came of it.

use std::collections::BTreeMap;

use rapport_domain::envelope::Position;
use rapport_domain::id::PipelineId;
use rapport_domain::pipeline::ForecastCategory;
use rapport_domain::value::{Currency, Date, Instant, Money};
use rusqlite::{Connection, named_params};

use super::pipelines::chosen;
use crate::column::{At, Micros, Word, money_or_null, word_or_null};
use crate::pipeline::OpportunityStatus;
use crate::query::QueryError;
use crate::sales::SalesScope;
use crate::wide::{basis_points, saturated};

/// What to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccuracyQuery {
    /// Which deals, and the period that was forecast. Of a forecast, owner and team are those that it was made with; of a deal
    /// that was won, those at winning.
    pub scope: SalesScope,
    /// Where the log stood when the forecast is taken: what was told later was not known then.
    pub known_at: Position,
    /// How sure the deals were: usually what was promised.
    pub category: ForecastCategory,
}

/// A forecast for a period and what was won in it, in one currency. Deals without an amount are in neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForecastAccuracy {
    /// The currency.
    pub currency: Currency,
    /// Deals that were open and forecast in the category: those that were expected to close before the end of the period,
    /// and those without an expectation.
    pub forecast: u64,
    /// Sum of their amounts as they stood then.
    pub forecast_amount: Money,
    /// Deals won in the period, forecast or not, and not reopened since.
    pub won: u64,
    /// Sum of their amounts.
    pub won_amount: Money,
    /// Those of the forecast ones that were won in the period, and not reopened since.
    pub forecast_won: u64,
    /// Sum of their amounts at winning.
    pub forecast_won_amount: Money,
    /// `forecast_won_amount` / `forecast_amount`, in hundredths of a percent, rounded half up. `None` when nothing was
    /// forecast.
    pub won_share_basis_points: Option<i64>,
    /// |`forecast_amount` - `won_amount`| / `won_amount`, likewise. `None` when nothing was won.
    pub error_basis_points: Option<i64>,
}

/// The forecasts that held at the position, each with how its deal was won. Of the index, as many rows as hold now or were
/// superseded since.
const FORECASTS: &str = "
    SELECT f.amount, f.currency, w.position IS NOT NULL AS is_won, w.amount AS won_amount, w.currency AS won_currency
    FROM forecasts AS f LEFT JOIN visits AS w
      ON w.deal = f.deal AND w.status = :won AND w.left_at IS NULL AND w.entered_at >= :from AND w.entered_at < :to
    WHERE f.pipeline_id = :pipeline AND f.category = :category AND f.until_position > :known_at
      AND f.position <= :known_at AND (f.expected_close_on IS NULL OR f.expected_close_on <= :last_day)
      AND (:owner IS NULL OR f.owner = :owner) AND (:team IS NULL OR f.team = :team)";

/// What was won in the period: the visits to a stage that wins, as long as nobody left it.
const WON: &str = "
    SELECT amount, currency FROM visits
    WHERE pipeline_id = :pipeline AND entered_at >= :from AND entered_at < :to
      AND status = :won AND left_at IS NULL
      AND (:owner IS NULL OR owner = :owner) AND (:team IS NULL OR team = :team)";

/// Deals, and what they are worth together.
#[derive(Clone, Copy, Default)]
struct Sum {
    deals: u64,
    minor_units: i128,
}

#[derive(Clone, Copy)]
struct Sums {
    currency: Currency,
    forecast: Sum,
    won: Sum,
    forecast_won: Sum,
}

/// By the codes of their currencies.
type ByCurrency = BTreeMap<&'static str, Sums>;

pub(super) fn accuracy(
    connection: &Connection,
    query: &AccuracyQuery,
) -> Result<Vec<ForecastAccuracy>, QueryError> {
    let pipeline_id = chosen(connection, query.scope.pipeline_id)?.pipeline_id;
    let mut sums = ByCurrency::new();
    add_forecasts(connection, pipeline_id, query, &mut sums)?;
    add_won(connection, pipeline_id, &query.scope, &mut sums)?;
    Ok(sums.into_values().map(Sums::accuracy).collect())
}

fn add_forecasts(
    connection: &Connection,
    pipeline_id: PipelineId,
    query: &AccuracyQuery,
    sums: &mut ByCurrency,
) -> rusqlite::Result<()> {
    let AccuracyQuery { scope, known_at, category } = query;
    let mut statement = connection.prepare_cached(FORECASTS)?;
    let mut rows = statement.query(named_params! {
        ":pipeline": Word(pipeline_id),
        ":category": Word(*category),
        ":known_at": At(*known_at),
        ":last_day": Word(last_day(scope.to)),
        ":won": Word(OpportunityStatus::Won),
        ":from": Micros(scope.from),
        ":to": Micros(scope.to),
        ":owner": scope.owner.as_ref().map(Word),
        ":team": scope.team.as_ref().map(Word),
    })?;
    while let Some(row) = rows.next()? {
        let Some(amount) = money_or_null(row, "amount", "currency")? else { continue };
        of(sums, amount.currency).forecast.add(amount);
        if row.get("is_won")? {
            let currency: Option<Currency> = word_or_null(row, "won_currency")?;
            let units: Option<i64> = row.get("won_amount")?;
            if let Some((currency, minor_units)) = currency.zip(units) {
                of(sums, currency).forecast_won.add(Money { minor_units, currency });
            }
        }
    }
    Ok(())
}

fn add_won(
    connection: &Connection,
    pipeline_id: PipelineId,
    scope: &SalesScope,
    sums: &mut ByCurrency,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(WON)?;
    let mut rows = statement.query(named_params! {
        ":pipeline": Word(pipeline_id),
        ":won": Word(OpportunityStatus::Won),
        ":from": Micros(scope.from),
        ":to": Micros(scope.to),
        ":owner": scope.owner.as_ref().map(Word),
        ":team": scope.team.as_ref().map(Word),
    })?;
    while let Some(row) = rows.next()? {
        if let Some(amount) = money_or_null(row, "amount", "currency")? {
            of(sums, amount.currency).won.add(amount);
        }
    }
    Ok(())
}

/// The day on which the last moment of a period falls that ends there.
fn last_day(end: Instant) -> Date {
    Instant::from_micros(end.micros() - 1).unwrap_or(end).date()
}

fn of(sums: &mut ByCurrency, currency: Currency) -> &mut Sums {
    let nothing =
        Sums { currency, forecast: Sum::default(), won: Sum::default(), forecast_won: Sum::default() };
    sums.entry(currency.code()).or_insert(nothing)
}

impl Sum {
    fn add(&mut self, amount: Money) {
        self.deals += 1;
        self.minor_units += i128::from(amount.minor_units);
    }
}

impl Sums {
    fn accuracy(self) -> ForecastAccuracy {
        let Self { currency, forecast, won, forecast_won } = self;
        let money = |sum: Sum| Money { minor_units: saturated(sum.minor_units), currency };
        let error = (forecast.minor_units - won.minor_units).abs();
        ForecastAccuracy {
            currency,
            forecast: forecast.deals,
            forecast_amount: money(forecast),
            won: won.deals,
            won_amount: money(won),
            forecast_won: forecast_won.deals,
            forecast_won_amount: money(forecast_won),
            won_share_basis_points: basis_points(forecast_won.minor_units, forecast.minor_units),
            error_basis_points: basis_points(error, won.minor_units),
        }
    }
}
