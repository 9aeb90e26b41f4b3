//! What is answered about who stays and who leaves.

use rapport_domain::id::ContactId;
use rapport_domain::value::Date;
use rusqlite::types::FromSqlError;
use rusqlite::{Connection, Params, Row};

use super::activity::Rhythm;
use super::buyers::{Buyer, activity, is_past, once_before, past_buyers, usual_gap};
use super::periods::periods;
use super::{AT_RISK_GAPS, AtRiskCustomer, ChurnProjection, ChurnQuery, ChurnReport};
use crate::column::count;
use crate::page::{Listing, Page, PageRequest};
use crate::query::QueryError;

/// Due day and contact of a buyer that is overdue.
type Place = (i64, String);

pub(super) fn report(connection: &Connection, query: &ChurnQuery) -> Result<ChurnReport, QueryError> {
    Ok(ChurnReport {
        periods: periods(connection, query)?,
        activity: activity(connection, query.activity_to)?,
    })
}

pub(super) fn at_risk(
    connection: &Connection,
    to: Date,
    page: &PageRequest,
) -> Result<Page<AtRiskCustomer>, QueryError> {
    let listing: Listing<Place> = Listing::open::<ChurnProjection>(&("at_risk", to), page)?;
    let after = listing.after.clone().unwrap_or((i64::MIN, String::new()));
    let (mut overdue, usual_gap) = if is_past(connection, to)? {
        let (buyers, usual_gap) = past_buyers(connection, to)?;
        (placed(buyers, to, usual_gap, &after), usual_gap)
    } else {
        let usual_gap = usual_gap(connection)?;
        (present(connection, to, usual_gap, &after, listing.rows())?, usual_gap)
    };
    overdue.sort_by(|(one, _), (other, _)| one.cmp(other));
    overdue.truncate(listing.rows());
    let page = listing.page(overdue, |(place, _)| place.clone())?;
    let customers = page.items.into_iter().map(|(_, buyer)| customer(buyer, to, usual_gap));
    Ok(Page { items: customers.collect::<Result<_, _>>()?, next_page_token: page.next_page_token })
}

/// Those of the buyers that are overdue and come after a place.
fn placed(buyers: Vec<Buyer>, to: Date, usual_gap: Option<i64>, after: &Place) -> Vec<(Place, Buyer)> {
    let place = |buyer: Buyer| Some(((buyer.rhythm.due_day(usual_gap)?, buyer.contact_id.clone()), buyer));
    let placed = buyers.into_iter().filter_map(place);
    placed.filter(|(place, _)| place.0 < to.epoch_day() && place > after).collect()
}

/// The next buyers after a place: those with a rhythm of their own, and those that have bought on one day only.
fn present(
    connection: &Connection,
    to: Date,
    usual_gap: Option<i64>,
    after: &Place,
    rows: usize,
) -> rusqlite::Result<Vec<(Place, Buyer)>> {
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    let (due, contact) = after;
    let mut found = buyers(
        connection,
        "SELECT * FROM buyers WHERE contracted = 0 AND due_day IS NOT NULL AND due_day < ?1
             AND (due_day, contact_id) > (?2, ?3)
         ORDER BY due_day, contact_id LIMIT ?4",
        (to.epoch_day(), due, contact, rows),
    )?;
    if let Some(gap) = usual_gap {
        found.extend(buyers(
            connection,
            "SELECT * FROM buyers WHERE contracted = 0 AND due_day IS NULL AND last_day < ?1
                 AND (last_day, contact_id) > (?2, ?3)
             ORDER BY last_day, contact_id LIMIT ?4",
            (once_before(to, usual_gap), due.saturating_sub(AT_RISK_GAPS * gap), contact, rows),
        )?);
    }
    Ok(placed(found, to, usual_gap, after))
}

fn buyers(connection: &Connection, sql: &str, values: impl Params) -> rusqlite::Result<Vec<Buyer>> {
    connection.prepare_cached(sql)?.query_map(values, buyer)?.collect()
}

fn buyer(row: &Row<'_>) -> rusqlite::Result<Buyer> {
    let rhythm = Rhythm {
        first_day: row.get("first_day")?,
        last_day: row.get("last_day")?,
        purchase_days: row.get("purchase_days")?,
        gap: row.get("gap")?,
    };
    Ok(Buyer { contact_id: row.get("contact_id")?, rhythm })
}

fn customer(buyer: Buyer, to: Date, usual_gap: Option<i64>) -> rusqlite::Result<AtRiskCustomer> {
    let Rhythm { first_day, last_day, purchase_days, gap } = buyer.rhythm;
    let silent_days = to.epoch_day() - last_day;
    let allowed = AT_RISK_GAPS * gap.or(usual_gap).unwrap_or(0);
    Ok(AtRiskCustomer {
        contact_id: ContactId::parse(&buyer.contact_id).map_err(unreadable)?,
        first_purchase_on: Date::from_epoch_day(first_day).map_err(unreadable)?,
        last_purchase_on: Date::from_epoch_day(last_day).map_err(unreadable)?,
        purchase_days: count(purchase_days)?,
        median_gap_days: gap,
        silent_days,
        overdue_days: silent_days - allowed,
        reason: reason(silent_days, gap, usual_gap),
    })
}

fn reason(silent_days: i64, gap: Option<i64>, usual_gap: Option<i64>) -> String {
    let silent = days(silent_days);
    match (gap, usual_gap) {
        (Some(gap), _) => {
            format!("silent for {silent}, more than {AT_RISK_GAPS} times its usual gap of {}", days(gap))
        }
        (None, Some(gap)) => format!(
            "silent for {silent} since its only purchase day, more than {AT_RISK_GAPS} times the gap of {} that is usual among repeat buyers",
            days(gap)
        ),
        (None, None) => format!("silent for {silent}"),
    }
}

fn days(count: i64) -> String {
    if count == 1 { "1 day".to_owned() } else { format!("{count} days") }
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    FromSqlError::Other(Box::new(error)).into()
}
