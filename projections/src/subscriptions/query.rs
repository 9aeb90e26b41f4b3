//! What is answered about contracts.

use rapport_domain::id::{ContactId, SubscriptionId};
use rapport_domain::value::Money;
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::{Subscription, SubscriptionProjection};
use crate::column::{Rev, Word, instant, instant_or_null, json, word, word_or_null};
use crate::page::{Listing, Page, PageRequest};
use crate::query::{QueryError, Thing};

/// Start and position of a contract.
type Place = (i64, i64);
const FIRST: Place = (i64::MIN, i64::MIN);

pub(super) fn subscription(
    connection: &Connection,
    subscription_id: SubscriptionId,
) -> Result<Subscription, QueryError> {
    let found = connection
        .prepare_cached("SELECT * FROM subscriptions WHERE subscription_id = ?1")?
        .query_row((Word(subscription_id),), contract)
        .optional()?;
    found.map(|(_, contract)| contract).ok_or(QueryError::NotFound { what: Thing::Subscription })
}

pub(super) fn list(
    connection: &Connection,
    contact_id: ContactId,
    page: &PageRequest,
) -> Result<Page<Subscription>, QueryError> {
    let described = ("subscriptions", contact_id);
    let listing: Listing<Place> = Listing::open::<SubscriptionProjection>(&described, page)?;
    let (started_at, position) = listing.after.unwrap_or(FIRST);
    let rows = connection
        .prepare_cached(
            "SELECT * FROM subscriptions WHERE contact_id = ?1 AND (started_at, position) > (?2, ?3)
             ORDER BY started_at, position LIMIT ?4",
        )?
        .query_map(
            (Word(contact_id), started_at, position, i64::try_from(listing.rows()).unwrap_or(i64::MAX)),
            contract,
        )?
        .collect::<Result<Vec<_>, _>>()?;
    if rows.is_empty() && !is_registered(connection, contact_id)? {
        return Err(QueryError::NotFound { what: Thing::Contact });
    }
    let page = listing.page(rows, |(position, contract)| (contract.started_at.micros(), *position))?;
    Ok(page.map(|(_, contract)| contract))
}

fn is_registered(connection: &Connection, contact_id: ContactId) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM contacts WHERE contact_id = ?1)")?
        .query_row((Word(contact_id),), |row| row.get(0))
}

fn contract(row: &Row<'_>) -> rusqlite::Result<(i64, Subscription)> {
    let contract = Subscription {
        subscription_id: word(row, "subscription_id")?,
        contact_id: word(row, "contact_id")?,
        plan: word(row, "plan")?,
        status: word(row, "status")?,
        mrr: Money { minor_units: row.get("mrr")?, currency: word(row, "currency")? },
        term_ends_on: word_or_null(row, "term_ends_on")?,
        segments: json(row, "segments")?,
        started_at: instant(row, "started_at")?,
        cancelled_at: instant_or_null(row, "cancelled_at")?,
        cancellation_reason: word_or_null(row, "cancellation_reason")?,
        revision: row.get::<_, Rev>("revision")?.0,
    };
    Ok((row.get("position")?, contract))
}
