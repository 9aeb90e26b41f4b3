//! Contracts by month: the counters of all customers, added up from the first month on.

use std::collections::BTreeMap;

use rapport_domain::value::Currency;
use rusqlite::{Connection, Row, named_params};

use super::retention::Movement;
use super::{ChurnQuery, MONTHS_MAX, PERIODS_MAX, RetentionPeriod};
use crate::column::{Word, word};
use crate::month::Month;
use crate::query::{Measure, QueryError};
use crate::wide::{Wide, basis_points, saturated};

const ALL_OF_IT_BASIS_POINTS: i64 = 10_000;

/// With a field, the rows of all contracts and its own rows with an empty value are together the contracts that
/// do not have it; see retention.rs.
const MOVEMENTS: &str = "
    SELECT month, segment_value, currency, CASE WHEN :by_cohort THEN cohort END AS cohort,
        sum(churned_customers) AS churned_customers,
        sum(churned_millions) AS churned_millions, sum(churned_rest) AS churned_rest,
        sum(contraction_millions) AS contraction_millions, sum(contraction_rest) AS contraction_rest,
        sum(expansion_millions) AS expansion_millions, sum(expansion_rest) AS expansion_rest,
        sum(new_customers) AS new_customers, sum(new_millions) AS new_millions, sum(new_rest) AS new_rest,
        sum(reactivated_customers) AS reactivated_customers,
        sum(reactivated_millions) AS reactivated_millions, sum(reactivated_rest) AS reactivated_rest
    FROM movements WHERE segment IN ('', :segment)
    GROUP BY 1, 2, 3, 4";

/// Who is counted together: value of the field, currency, cohort; in the order of the report.
type Group = (String, &'static str, Option<Month>);

/// What moved in one group, by month.
struct Moved {
    currency: Currency,
    months: BTreeMap<Month, Movement>,
}

pub(super) fn periods(
    connection: &Connection,
    query: &ChurnQuery,
) -> Result<Vec<RetentionPeriod>, QueryError> {
    let groups = groups(connection, query)?;
    let months = groups.values().flat_map(|moved| moved.months.keys());
    let (Some(first), Some(last)) = (months.clone().min(), months.max()) else { return Ok(Vec::new()) };
    let (from, to) = (query.from_month.unwrap_or(*first), query.to_month.unwrap_or(*last));
    if from.until(to) >= i64::try_from(MONTHS_MAX).unwrap_or(i64::MAX) {
        return Err(QueryError::TooLarge { what: Measure::Months, limit: MONTHS_MAX });
    }
    let mut periods = Vec::new();
    for ((segment_value, _, cohort), moved) in groups {
        let mut standing = Standing::default();
        let mut month = moved.months.keys().next().copied().unwrap_or(from);
        while month <= to {
            let movement = moved.months.get(&month).copied().unwrap_or_default();
            let end = standing.after(&movement);
            if month >= from {
                let value = Some(segment_value.clone()).filter(|value| !value.is_empty());
                periods.push(period(month, value, moved.currency, cohort, &standing, &movement, &end));
            }
            if periods.len() > PERIODS_MAX {
                return Err(QueryError::TooLarge { what: Measure::Rows, limit: PERIODS_MAX });
            }
            standing = end;
            month = month.next();
        }
    }
    // Groups come in the report's order, and a stable sort keeps it within each month.
    periods.sort_by_key(|period| period.month);
    Ok(periods)
}

fn groups(connection: &Connection, query: &ChurnQuery) -> rusqlite::Result<BTreeMap<Group, Moved>> {
    let mut groups: BTreeMap<Group, Moved> = BTreeMap::new();
    let mut statement = connection.prepare_cached(MOVEMENTS)?;
    let mut rows = statement.query(named_params! {
        ":by_cohort": query.by_cohort,
        ":segment": query.segment.as_ref().map_or("", |segment| segment.as_str()),
    })?;
    while let Some(row) = rows.next()? {
        let movement = movement(row)?;
        if movement.is_none() {
            continue;
        }
        let currency: Currency = word(row, "currency")?;
        let cohort = row.get::<_, Option<Word<Month>>>("cohort")?.map(|cohort| cohort.0);
        let group = (row.get("segment_value")?, currency.code(), cohort);
        let moved = groups.entry(group).or_insert_with(|| Moved { currency, months: BTreeMap::new() });
        moved.months.insert(word(row, "month")?, movement);
    }
    Ok(groups)
}

fn movement(row: &Row<'_>) -> rusqlite::Result<Movement> {
    let wide = |millions, rest| {
        Ok::<_, rusqlite::Error>(Wide { millions: row.get(millions)?, rest: row.get(rest)? })
    };
    Ok(Movement {
        churned_customers: row.get("churned_customers")?,
        churned: wide("churned_millions", "churned_rest")?,
        contraction: wide("contraction_millions", "contraction_rest")?,
        expansion: wide("expansion_millions", "expansion_rest")?,
        new_customers: row.get("new_customers")?,
        new: wide("new_millions", "new_rest")?,
        reactivated_customers: row.get("reactivated_customers")?,
        reactivated: wide("reactivated_millions", "reactivated_rest")?,
    })
}

/// Customers that pay at a moment, and what they pay.
#[derive(Default)]
struct Standing {
    customers: i64,
    mrr: i128,
}

impl Standing {
    fn after(&self, moved: &Movement) -> Self {
        let (new, reactivated) = (moved.new.total(), moved.reactivated.total());
        Self {
            customers: self.customers - moved.churned_customers
                + moved.new_customers
                + moved.reactivated_customers,
            mrr: self.mrr - moved.churned.total() - moved.contraction.total()
                + moved.expansion.total()
                + new
                + reactivated,
        }
    }
}

fn period(
    month: Month,
    segment_value: Option<String>,
    currency: Currency,
    cohort: Option<Month>,
    start: &Standing,
    moved: &Movement,
    end: &Standing,
) -> RetentionPeriod {
    let (churned, contraction, expansion) =
        (moved.churned.total(), moved.contraction.total(), moved.expansion.total());
    let kept = start.mrr - churned - contraction;
    RetentionPeriod {
        month,
        segment_value,
        currency,
        cohort,
        start_customers: counted(start.customers),
        start_mrr: saturated(start.mrr),
        churned_customers: counted(moved.churned_customers),
        churned_mrr: saturated(churned),
        contraction_mrr: saturated(contraction),
        expansion_mrr: saturated(expansion),
        new_customers: counted(moved.new_customers),
        new_mrr: moved.new.saturated(),
        reactivated_customers: counted(moved.reactivated_customers),
        reactivated_mrr: moved.reactivated.saturated(),
        end_customers: counted(end.customers),
        end_mrr: saturated(end.mrr),
        logo_churn_basis_points: basis_points(moved.churned_customers.into(), start.customers.into()),
        gross_revenue_churn_basis_points: basis_points(churned + contraction, start.mrr),
        grr_basis_points: basis_points(kept, start.mrr).map(|rate| rate.min(ALL_OF_IT_BASIS_POINTS)),
        nrr_basis_points: basis_points(kept + expansion, start.mrr),
    }
}

/// A counter as a count; what is counted is never negative.
fn counted(counter: i64) -> u64 {
    u64::try_from(counter).unwrap_or(0)
}
