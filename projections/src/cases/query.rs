//! What is answered about cases.

use std::collections::{BTreeMap, BTreeSet};

use rapport_domain::id::{CaseId, ContactId};
use rusqlite::{Connection, Row, ToSql, params_from_iter};

use super::{Case, CaseEntry, CaseFilter, CaseProjection, OPEN_CASES_MAX};
use crate::column::{At, Word, instant, json, word, word_or_null};
use crate::page::{Listing, Page, PageRequest};
use crate::query::{QueryError, Thing};

pub(super) fn case(
    connection: &Connection,
    case_id: CaseId,
    page: &PageRequest,
) -> Result<(Case, Page<CaseEntry>), QueryError> {
    let listing: Listing<i64> = Listing::open::<CaseProjection>(&("case", case_id), page)?;
    let found = Case::find(connection, case_id)?;
    let (_, case) = found.ok_or(QueryError::NotFound { what: Thing::Case })?;
    let before = listing.after.unwrap_or(i64::MAX);
    let rows = i64::try_from(listing.rows()).unwrap_or(i64::MAX);
    let entries = connection
        .prepare_cached(
            "SELECT * FROM entries WHERE case_id = ?1 AND position < ?2 ORDER BY position DESC LIMIT ?3",
        )?
        .query_map((Word(case_id), before, rows), entry)?
        .collect::<Result<Vec<_>, _>>()?;
    let page = listing.page(entries, |entry| i64::try_from(entry.position.0).unwrap_or(i64::MAX))?;
    Ok((case, page))
}

pub(super) fn list(
    connection: &Connection,
    filter: &CaseFilter,
    page: &PageRequest,
) -> Result<Page<Case>, QueryError> {
    let listing: Listing<i64> = Listing::open::<CaseProjection>(&("cases", filter), page)?;
    let CaseFilter { contact_id, status, unsolved, priority, group, assignee, low_rated } = filter.clone();
    let (conditions, mut values) = only([
        ("contact_id = ? AND ", contact_id.map(|id| Box::new(Word(id)) as _)),
        ("status = ? AND ", status.map(|status| Box::new(Word(status)) as _)),
        ("low_rated = ? AND ", low_rated.then_some(Box::new(1_i64) as _)),
        ("unsolved = ? AND ", unsolved.then_some(Box::new(1_i64) as _)),
        ("priority = ? AND ", priority.map(|priority| Box::new(Word(priority)) as _)),
        ("team = ? AND ", group.map(|group| Box::new(Word(group)) as _)),
        ("assignee = ? AND ", assignee.map(|assignee| Box::new(Word(assignee)) as _)),
    ]);
    values.push(Box::new(listing.after.unwrap_or(0)));
    values.push(Box::new(i64::try_from(listing.rows()).unwrap_or(i64::MAX)));
    let rows = connection
        .prepare_cached(&format!(
            "SELECT * FROM cases WHERE {conditions}position > ? ORDER BY position LIMIT ?"
        ))?
        .query_map(params_from_iter(values), Case::from_row)?
        .collect::<Result<Vec<_>, _>>()?;
    Ok(listing.page(rows, |(position, _)| *position)?.map(|(_, case)| case))
}

pub(super) fn open(
    connection: &Connection,
    contacts: &BTreeSet<ContactId>,
) -> Result<BTreeMap<ContactId, BTreeSet<CaseId>>, QueryError> {
    // The plus keeps the engine from walking all that is unsolved, where it could walk what one contact has.
    let mut query = connection.prepare_cached(
        "SELECT case_id FROM cases WHERE contact_id = ?1 AND +unsolved = 1 ORDER BY position DESC LIMIT ?2",
    )?;
    let limit = i64::try_from(OPEN_CASES_MAX).unwrap_or(i64::MAX);
    let mut open = BTreeMap::new();
    for contact in contacts {
        let cases = query.query_map((Word(*contact), limit), |row| word(row, "case_id"))?;
        let cases: BTreeSet<CaseId> = cases.collect::<Result<_, _>>()?;
        if !cases.is_empty() {
            open.insert(*contact, cases);
        }
    }
    Ok(open)
}

/// A value of a condition.
type Value = Box<dyn ToSql>;

/// Only the conditions that there are, so that the engine finds the index that serves them.
pub(super) fn only<const N: usize>(conditions: [(&'static str, Option<Value>); N]) -> (String, Vec<Value>) {
    conditions.into_iter().filter_map(|(condition, value)| Some((condition, value?))).unzip()
}

fn entry(row: &Row<'_>) -> rusqlite::Result<CaseEntry> {
    Ok(CaseEntry {
        position: row.get::<_, At>("position")?.0,
        event_type: row.get("event_type")?,
        occurred_at: instant(row, "occurred_at")?,
        actor: json(row, "actor")?,
        description: row.get("description")?,
        interaction_id: word_or_null(row, "interaction_id")?,
    })
}
