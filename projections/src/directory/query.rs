//! What the directory answers.

use std::collections::BTreeSet;

use rapport_domain::contact::ContactPointEntry;
use rapport_domain::id::ContactId;
use rapport_domain::value::Reference;
use rusqlite::{Connection, OptionalExtension as _, Params, Row};

use super::{ContactList, ContactProfile, DirectoryProjection, FOUND_MAX, Sought};
use crate::column::{Rev, Word, count, instant, json, word, word_or_null};
use crate::page::{Listing, PageRequest};
use crate::query::{QueryError, Thing};

pub(super) fn contact(connection: &Connection, contact_id: ContactId) -> Result<ContactProfile, QueryError> {
    let found = connection
        .prepare_cached("SELECT * FROM contacts WHERE contact_id = ?1")?
        .query_row((Word(contact_id),), profile)
        .optional()?;
    let (_, mut found) = found.ok_or(QueryError::NotFound { what: Thing::Contact })?;
    found.contact_points = points(connection, contact_id)?;
    Ok(found)
}

pub(super) fn search(connection: &Connection, sought: &Sought) -> Result<Vec<ContactProfile>, QueryError> {
    let found = match sought {
        Sought::Point(blind) => profiles(
            connection,
            "SELECT * FROM contacts WHERE contact_id IN (SELECT contact_id FROM contact_points WHERE blind = ?1)
             ORDER BY position LIMIT ?2",
            (blind.as_str(), limit(FOUND_MAX)),
        )?,
        Sought::Source(external_ref) => profiles(
            connection,
            "SELECT * FROM contacts WHERE external_ref = ?1 ORDER BY position LIMIT ?2",
            (Word(external_ref), limit(FOUND_MAX)),
        )?,
    };
    Ok(found.into_iter().map(|(_, profile)| profile).collect())
}

pub(super) fn list(connection: &Connection, page: &PageRequest) -> Result<ContactList, QueryError> {
    let listing: Listing<i64> = Listing::open::<DirectoryProjection>(&"contacts", page)?;
    let rows = profiles(
        connection,
        "SELECT * FROM contacts WHERE position > ?1 ORDER BY position LIMIT ?2",
        (listing.after.unwrap_or(0), limit(listing.rows())),
    )?;
    let total = connection.query_row("SELECT contacts FROM totals", [], |row| row.get(0))?;
    let page = listing.page(rows, |(position, _)| *position)?.map(|(_, profile)| profile);
    Ok(ContactList { page, total: count(total).map_err(rusqlite::Error::from)? })
}

pub(super) fn owned(
    connection: &Connection,
    owner: &Reference,
    contacts: &BTreeSet<ContactId>,
) -> Result<BTreeSet<ContactId>, QueryError> {
    let mut query =
        connection.prepare_cached("SELECT 1 FROM contacts WHERE contact_id = ?1 AND owner = ?2")?;
    let mut owned = BTreeSet::new();
    for contact in contacts {
        if query.exists((Word(*contact), Word(owner)))? {
            owned.insert(*contact);
        }
    }
    Ok(owned)
}

fn profiles(
    connection: &Connection,
    sql: &str,
    values: impl Params,
) -> rusqlite::Result<Vec<(i64, ContactProfile)>> {
    let mut found: Vec<(i64, ContactProfile)> =
        connection.prepare_cached(sql)?.query_map(values, profile)?.collect::<Result<_, _>>()?;
    for (_, contact) in &mut found {
        contact.contact_points = points(connection, contact.contact_id)?;
    }
    Ok(found)
}

fn profile(row: &Row<'_>) -> rusqlite::Result<(i64, ContactProfile)> {
    let profile = ContactProfile {
        contact_id: word(row, "contact_id")?,
        kind: word(row, "kind")?,
        name: json(row, "name")?,
        contact_points: Vec::new(),
        owner: word_or_null(row, "owner")?,
        lifecycle_stage: word(row, "lifecycle_stage")?,
        segments: json(row, "segments")?,
        external_ref: word_or_null(row, "external_ref")?,
        archived: row.get("archived")?,
        erased: row.get("erased")?,
        registered_at: instant(row, "registered_at")?,
        revision: row.get::<_, Rev>("revision")?.0,
    };
    Ok((row.get("position")?, profile))
}

fn points(connection: &Connection, contact_id: ContactId) -> rusqlite::Result<Vec<ContactPointEntry>> {
    connection
        .prepare_cached("SELECT * FROM contact_points WHERE contact_id = ?1 ORDER BY position, ordinal")?
        .query_map((Word(contact_id),), |row| {
            Ok(ContactPointEntry {
                id: word(row, "point_id")?,
                kind: word(row, "kind")?,
                point: json(row, "point")?,
            })
        })?
        .collect()
}

fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
