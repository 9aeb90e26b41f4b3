//! What is answered about leads.

use std::collections::BTreeSet;

use rapport_domain::id::{ContactId, LeadId};
use rapport_domain::interaction;
use rapport_domain::value::Reference;
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params_from_iter};

use super::{Lead, LeadEntry, LeadFilter, LeadOrder, LeadProjection};
use crate::column::{At, Word, instant, json, word, word_or_null};
use crate::page::{Listing, Page, PageRequest};
use crate::query::{QueryError, Thing};

pub(super) fn lead(
    connection: &Connection,
    lead_id: LeadId,
    page: &PageRequest,
) -> Result<(Lead, Page<LeadEntry>), QueryError> {
    let listing: Listing<i64> = Listing::open::<LeadProjection>(&("lead", lead_id), page)?;
    let found = Lead::find(connection, lead_id)?;
    let (_, lead) = found.ok_or(QueryError::NotFound { what: Thing::Lead })?;
    let before = listing.after.unwrap_or(i64::MAX);
    let rows = i64::try_from(listing.rows()).unwrap_or(i64::MAX);
    let entries = connection
        .prepare_cached(
            "SELECT * FROM entries WHERE lead_id = ?1 AND position < ?2 ORDER BY position DESC LIMIT ?3",
        )?
        .query_map((Word(lead_id), before, rows), entry)?
        .collect::<Result<Vec<_>, _>>()?;
    let page = listing.page(entries, |entry| i64::try_from(entry.position.0).unwrap_or(i64::MAX))?;
    Ok((lead, page))
}

pub(super) fn contact_of(
    connection: &Connection,
    external: &interaction::Source,
) -> Result<Option<ContactId>, QueryError> {
    let found = connection
        .prepare_cached("SELECT contact_id FROM externals WHERE system = ?1 AND external_ref = ?2")?
        .query_row((Word(&external.system), Word(&external.external_ref)), |row| word(row, "contact_id"))
        .optional()?;
    Ok(found)
}

pub(super) fn with_active_leads(
    connection: &Connection,
    owner: &Reference,
    contacts: &BTreeSet<ContactId>,
) -> Result<BTreeSet<ContactId>, QueryError> {
    // The plusses keep the engine from walking all leads of an owner, where it could walk those of one contact.
    let mut query = connection
        .prepare_cached("SELECT 1 FROM leads WHERE contact_id = ?1 AND +owner = ?2 AND +active = 1")?;
    let mut found = BTreeSet::new();
    for contact in contacts {
        if query.exists((Word(*contact), Word(owner)))? {
            found.insert(*contact);
        }
    }
    Ok(found)
}

/// The points, the time in microseconds and the position of the last lead of a page; the points are 0 where the order does
/// not go by them.
type Place = (i64, i64, i64);

pub(super) fn list(
    connection: &Connection,
    filter: &LeadFilter,
    order: LeadOrder,
    page: &PageRequest,
) -> Result<Page<Lead>, QueryError> {
    let listing: Listing<Place> = Listing::open::<LeadProjection>(&("leads", filter, order), page)?;
    let (mut conditions, mut values) = conditions(filter);
    if let Some((points, captured_at, position)) = listing.after {
        conditions.push_str(match order {
            LeadOrder::Oldest => "(captured_at, position) > (?, ?) AND ",
            LeadOrder::MostPoints => "points <= ? AND (-points, captured_at, position) > (?, ?, ?) AND ",
        });
        if order == LeadOrder::MostPoints {
            values.extend([Box::new(points) as Value, Box::new(-points) as Value]);
        }
        values.extend([Box::new(captured_at) as Value, Box::new(position) as Value]);
    }
    values.push(Box::new(i64::try_from(listing.rows()).unwrap_or(i64::MAX)));
    let by = match order {
        LeadOrder::Oldest => "captured_at, position",
        LeadOrder::MostPoints => "points DESC, captured_at, position",
    };
    let rows = connection
        .prepare_cached(&format!("SELECT * FROM leads WHERE {conditions}true ORDER BY {by} LIMIT ?"))?
        .query_map(params_from_iter(values), Lead::from_row)?
        .collect::<Result<Vec<_>, _>>()?;
    let page = listing.page(rows, |(position, lead)| {
        let points = match order {
            LeadOrder::Oldest => 0,
            LeadOrder::MostPoints => i64::from(lead.points()),
        };
        (points, lead.captured_at.micros(), *position)
    })?;
    Ok(page.map(|(_, lead)| lead))
}

/// A value of a condition.
type Value = Box<dyn ToSql>;

/// Only the conditions that there are, so that the engine finds the index that serves them.
fn conditions(filter: &LeadFilter) -> (String, Vec<Value>) {
    let LeadFilter { contact_id, status, active, owner, queue, unassigned, rating, source } = filter.clone();
    let conditions: [(&str, Option<Value>); 8] = [
        ("contact_id = ? AND ", contact_id.map(|id| Box::new(Word(id)) as _)),
        ("owner = ? AND ", owner.map(|owner| Box::new(Word(owner)) as _)),
        ("owner = ? AND ", unassigned.then_some(Box::new("") as _)),
        // The second condition is that of the index.
        ("queue = ? AND queue <> '' AND ", queue.map(|queue| Box::new(Word(queue)) as _)),
        ("rating = ? AND ", rating.map(|rating| Box::new(Word(rating)) as _)),
        ("active = ? AND ", active.then_some(Box::new(1_i64) as _)),
        ("status = ? AND ", status.map(|status| Box::new(Word(status)) as _)),
        ("origin = ? AND ", source.map(|source| Box::new(Word(source)) as _)),
    ];
    conditions.into_iter().filter_map(|(condition, value)| Some((condition, value?))).unzip()
}

fn entry(row: &Row<'_>) -> rusqlite::Result<LeadEntry> {
    Ok(LeadEntry {
        position: row.get::<_, At>("position")?.0,
        event_type: row.get("event_type")?,
        occurred_at: instant(row, "occurred_at")?,
        actor: json(row, "actor")?,
        description: row.get("description")?,
        interaction_id: word_or_null(row, "interaction_id")?,
    })
}
