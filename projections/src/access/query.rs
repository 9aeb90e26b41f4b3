//! What is answered about accesses.

use rapport_domain::id::ContactId;
use rusqlite::{Connection, Row};

use super::{Access, AccessProjection, Denial};
use crate::column::{At, Word, instant, json, json_or_null, word, word_or_null};
use crate::page::{Listing, Page, PageRequest};
use crate::query::QueryError;

pub(super) fn of(
    connection: &Connection,
    contact_id: ContactId,
    page: &PageRequest,
) -> Result<Page<Access>, QueryError> {
    let listing: Listing<i64> = Listing::open::<AccessProjection>(&("accesses", contact_id), page)?;
    let (before, rows) = extent(&listing);
    let accesses = connection
        .prepare_cached(
            "SELECT accesses.*, open_cases FROM subjects JOIN accesses USING (position)
             WHERE contact_id = ?1 AND position < ?2 ORDER BY position DESC LIMIT ?3",
        )?
        .query_map((Word(contact_id), before, rows), access)?
        .collect::<Result<Vec<_>, _>>()?;
    listing.page(accesses, |access| number(access.position.0))
}

pub(super) fn denials(connection: &Connection, page: &PageRequest) -> Result<Page<Denial>, QueryError> {
    let listing: Listing<i64> = Listing::open::<AccessProjection>(&"denials", page)?;
    let denials = connection
        .prepare_cached("SELECT * FROM denials WHERE position < ?1 ORDER BY position DESC LIMIT ?2")?
        .query_map(extent(&listing), denial)?
        .collect::<Result<Vec<_>, _>>()?;
    listing.page(denials, |denial| number(denial.position.0))
}

/// Before which position, and how many rows.
fn extent(listing: &Listing<i64>) -> (i64, i64) {
    (listing.after.unwrap_or(i64::MAX), i64::try_from(listing.rows()).unwrap_or(i64::MAX))
}

fn number(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

fn access(row: &Row<'_>) -> rusqlite::Result<Access> {
    let subjects: i64 = row.get("subjects")?;
    Ok(Access {
        position: row.get::<_, At>("position")?.0,
        recorded_at: instant(row, "recorded_at")?,
        actor: json(row, "actor")?,
        rpc: word(row, "rpc")?,
        classes: json(row, "classes")?,
        purpose: word_or_null(row, "purpose")?,
        permitted: json_or_null(row, "permitted")?,
        cases: json_or_null(row, "open_cases")?.unwrap_or_default(),
        subjects: u64::try_from(subjects).unwrap_or_default(),
    })
}

fn denial(row: &Row<'_>) -> rusqlite::Result<Denial> {
    let unwritten: i64 = row.get("unwritten")?;
    Ok(Denial {
        position: row.get::<_, At>("position")?.0,
        recorded_at: instant(row, "recorded_at")?,
        actor: json(row, "actor")?,
        rpc: word(row, "rpc")?,
        personal: row.get("personal")?,
        unwritten: u64::try_from(unwritten).unwrap_or_default(),
        purpose: word_or_null(row, "purpose")?,
        denied: json_or_null(row, "denied")?,
    })
}
