//! Buyers without a contract, as of a day: from the counters while the day is not in the past, else from their
//! purchases.

use std::collections::BTreeMap;

use rapport_domain::value::{Currency, Date, Money};
use rusqlite::{Connection, Row};

use super::activity::Rhythm;
use super::{AT_RISK_GAPS, ActivityReport};
use crate::column::{count, word};
use crate::median::lower_median;
use crate::query::QueryError;
use crate::wide::{Wide, saturated};

const WITHOUT_CONTRACT: &str =
    "NOT EXISTS (SELECT 1 FROM contracts WHERE contracts.contact_id = purchases.contact_id)";

/// A buyer and its rhythm, as far as the day goes.
pub(super) struct Buyer {
    pub(super) contact_id: String,
    pub(super) rhythm: Rhythm,
}

/// Whether purchases were made after the day: the counters know more than was known then.
pub(super) fn is_past(connection: &Connection, to: Date) -> rusqlite::Result<bool> {
    let last: Option<i64> = connection.query_row("SELECT last_day FROM activity", [], |row| row.get(0))?;
    Ok(last.is_some_and(|last| to.epoch_day() < last))
}

pub(super) fn activity(connection: &Connection, to: Date) -> Result<ActivityReport, QueryError> {
    if is_past(connection, to)? { past_activity(connection, to) } else { present_activity(connection, to) }
}

/// The median gap of repeat buyers, by the counters.
pub(super) fn usual_gap(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    let mut statement = connection.prepare_cached("SELECT gap, buyers FROM gaps")?;
    let gaps: Result<BTreeMap<i64, i64>, _> =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect();
    Ok(lower_median(&gaps?))
}

fn present_activity(connection: &Connection, to: Date) -> Result<ActivityReport, QueryError> {
    let counters = "SELECT buyers, repeat_buyers, purchase_days FROM activity";
    let (buyers, repeat, days) = connection
        .prepare_cached(counters)?
        .query_row([], |row| Ok((number(row, 0)?, number(row, 1)?, number(row, 2)?)))?;
    let usual_gap = usual_gap(connection)?;
    // One with a rhythm of its own is overdue after its due day; one without, after three usual gaps.
    let at_risk: i64 = connection
        .prepare_cached(
            "SELECT (SELECT count(*) FROM buyers WHERE contracted = 0 AND due_day IS NOT NULL AND due_day < ?1)
                  + (SELECT count(*) FROM buyers WHERE contracted = 0 AND due_day IS NULL AND last_day < ?2)",
        )?
        .query_row((to.epoch_day(), once_before(to, usual_gap)), |row| row.get(0))?;
    let value = connection
        .prepare_cached("SELECT * FROM order_values WHERE orders > 0 ORDER BY currency")?
        .query_map([], |row| {
            let value = Wide { millions: row.get("value_millions")?, rest: row.get("value_rest")? };
            Ok(Money { minor_units: value.saturated(), currency: word(row, "currency")? })
        })?
        .collect::<Result<_, _>>()?;
    Ok(ActivityReport {
        to,
        customers: buyers,
        purchase_days: days,
        repeat_customers: repeat,
        at_risk: count(at_risk).map_err(rusqlite::Error::from)?,
        value,
        median_gap_days: usual_gap,
    })
}

/// Who bought on one day only is overdue when that was before this day; nobody is while there is no usual gap.
pub(super) fn once_before(to: Date, usual_gap: Option<i64>) -> i64 {
    usual_gap.map_or(i64::MIN, |gap| to.epoch_day() - AT_RISK_GAPS * gap)
}

fn past_activity(connection: &Connection, to: Date) -> Result<ActivityReport, QueryError> {
    let (buyers, usual_gap) = past_buyers(connection, to)?;
    let overdue = |buyer: &&Buyer| buyer.rhythm.due_day(usual_gap).is_some_and(|due| due < to.epoch_day());
    let days: i64 = buyers.iter().map(|buyer| buyer.rhythm.purchase_days).sum();
    Ok(ActivityReport {
        to,
        customers: len(buyers.len()),
        purchase_days: count(days).map_err(rusqlite::Error::from)?,
        repeat_customers: len(buyers.iter().filter(|buyer| buyer.rhythm.gap.is_some()).count()),
        at_risk: len(buyers.iter().filter(overdue).count()),
        value: past_value(connection, to)?,
        median_gap_days: usual_gap,
    })
}

/// Every buyer as it was at the end of the day, and the usual gap of repeat buyers then.
pub(super) fn past_buyers(connection: &Connection, to: Date) -> rusqlite::Result<(Vec<Buyer>, Option<i64>)> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT DISTINCT contact_id, day FROM purchases WHERE day <= ?1 AND {WITHOUT_CONTRACT}
         ORDER BY contact_id, day"
    ))?;
    let days = statement
        .query_map((to.epoch_day(),), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<Vec<(String, i64)>, _>>()?;
    let mut buyers = Vec::new();
    let mut gaps = BTreeMap::new();
    for of_one in days.chunk_by(|(one, _), (next, _)| one == next) {
        let days: Vec<i64> = of_one.iter().map(|(_, day)| *day).collect();
        if let (Some((contact_id, _)), Some(rhythm)) = (of_one.first(), Rhythm::of(&days)) {
            rhythm.gap.iter().for_each(|gap| *gaps.entry(*gap).or_insert(0) += 1);
            buyers.push(Buyer { contact_id: contact_id.clone(), rhythm });
        }
    }
    Ok((buyers, lower_median(&gaps)))
}

fn past_value(connection: &Connection, to: Date) -> rusqlite::Result<Vec<Money>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT currency, sum(value_millions) AS millions, sum(value_rest) AS rest FROM purchases
         WHERE day <= ?1 AND currency <> '' AND {WITHOUT_CONTRACT} GROUP BY currency ORDER BY currency"
    ))?;
    let values = statement.query_map((to.epoch_day(),), |row| {
        let currency: Currency = word(row, "currency")?;
        let value = Wide { millions: row.get("millions")?, rest: row.get("rest")? };
        Ok(Money { minor_units: saturated(value.total()), currency })
    })?;
    values.collect()
}

fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(count(row.get(column)?)?)
}

fn len(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
