//! What is answered about accesses.

use rapport_domain::id::ContactId;
use rusqlite::{Connection, Row};

use super::{Access, AccessProjection};
use crate::column::{At, Word, instant, json, json_or_null, word, word_or_null};
use crate::page::{Listing, Page, PageRequest};
use crate::query::QueryError;

pub(super) fn of(
    connection: &Connection,
    contact_id: ContactId,
    page: &PageRequest,
) -> Result<Page<Access>, QueryError> {
    let listing: Listing<i64> = Listing::open::<AccessProjection>(&("accesses", contact_id), page)?;
    let before = listing.after.unwrap_or(i64::MAX);
    let rows = i64::try_from(listing.rows()).unwrap_or(i64::MAX);
    let accesses = connection
        .prepare_cached(
            "SELECT accesses.* FROM subjects JOIN accesses USING (position)
             WHERE contact_id = ?1 AND position < ?2 ORDER BY position DESC LIMIT ?3",
        )?
        .query_map((Word(contact_id), before, rows), access)?
        .collect::<Result<Vec<_>, _>>()?;
    listing.page(accesses, |access| i64::try_from(access.position.0).unwrap_or(i64::MAX))
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
        subjects: u64::try_from(subjects).unwrap_or_default(),
    })
}
