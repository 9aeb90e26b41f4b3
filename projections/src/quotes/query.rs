//! What is answered about quotes.

use rapport_domain::id::QuoteId;
use rusqlite::{Connection, ToSql, params_from_iter};

use super::{Quote, QuoteFilter, QuoteProjection};
use crate::column::{Micros, Word};
use crate::page::{Listing, Page, PageRequest};
use crate::query::{QueryError, Thing};
use crate::row::Entity as _;

pub(super) fn quote(connection: &Connection, quote_id: QuoteId) -> Result<Quote, QueryError> {
    let found = Quote::find(connection, quote_id)?;
    found.map(|(_, quote)| quote).ok_or(QueryError::NotFound { what: Thing::Quote })
}

/// When the last quote of a page expires, as its row orders it, and its position.
type Place = (i64, i64);

pub(super) fn list(
    connection: &Connection,
    filter: &QuoteFilter,
    page: &PageRequest,
) -> Result<Page<Quote>, QueryError> {
    let listing: Listing<Place> = Listing::open::<QuoteProjection>(&("quotes", filter), page)?;
    let (mut conditions, mut values) = conditions(filter);
    if let Some((expiry_order, position)) = listing.after {
        conditions.push_str("(expiry_order, position) > (?, ?) AND ");
        values.extend([Box::new(expiry_order) as Value, Box::new(position) as Value]);
    }
    values.push(Box::new(i64::try_from(listing.rows()).unwrap_or(i64::MAX)));
    let rows = connection
        .prepare_cached(&format!(
            "SELECT * FROM quotes WHERE {conditions}true ORDER BY expiry_order, position LIMIT ?"
        ))?
        .query_map(params_from_iter(values), Quote::from_row)?
        .collect::<Result<Vec<_>, _>>()?;
    let page = listing.page(rows, |(position, quote)| (quote.expiry_order(), *position))?;
    Ok(page.map(|(_, quote)| quote))
}

/// A value of a condition.
type Value = Box<dyn ToSql>;

/// The conditions of a filter, each with an AND behind it, and the values of them.
fn conditions(filter: &QuoteFilter) -> (String, Vec<Value>) {
    let QuoteFilter { opportunity_id, status, expires_by } = filter.clone();
    let conditions: [(&str, Option<Value>); 3] = [
        ("opportunity_id = ? AND ", opportunity_id.map(|deal| Box::new(Word(deal)) as _)),
        ("status = ? AND ", status.map(|status| Box::new(Word(status)) as _)),
        ("expiry_order <= ? AND ", expires_by.map(|expires_by| Box::new(Micros(expires_by)) as _)),
    ];
    conditions.into_iter().filter_map(|(condition, value)| Some((condition, value?))).unzip()
}
