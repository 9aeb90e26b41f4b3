//! What is promised and still open, in the order it is due.

use rapport_domain::sla_policy::Target;
use rusqlite::{Connection, Transaction, params_from_iter};

use super::query::only;
use super::row::name;
use super::{Case, CaseProjection, DueFilter, DuePromise};
use crate::column::{Micros, Word, instant, word};
use crate::page::{Listing, Page, PageRequest};
use crate::query::QueryError;

/// When a promise is due, the position of its case, and what is promised.
type Place = (i64, i64, Target);
const FIRST: Place = (i64::MIN, i64::MIN, Target::FirstResponse);

/// Files the promises of a case, which was opened at a position. While its clock stands still, nothing is due.
pub(super) fn replace(tx: &Transaction<'_>, position: i64, case: &Case) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM promises WHERE position = ?1")?.execute((position,))?;
    if !case.status.is_unsolved() || case.stopped_at.is_some() {
        return Ok(());
    }
    let mut insert = tx.prepare_cached("INSERT INTO promises VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for (target, due_at) in case.due.each() {
        let (team, assignee) = (name(case.group.as_ref()), name(case.assignee.as_ref()));
        insert.execute((Micros(due_at), position, Word(target), team, assignee))?;
    }
    Ok(())
}

pub(super) fn list(
    connection: &Connection,
    filter: &DueFilter,
    page: &PageRequest,
) -> Result<Page<DuePromise>, QueryError> {
    let listing: Listing<Place> = Listing::open::<CaseProjection>(&("due", filter), page)?;
    let (due_at, position, target) = listing.after.unwrap_or(FIRST);
    let DueFilter { group, assignee, due_before } = filter.clone();
    let (mut conditions, mut values) = only([
        ("promises.team = ? AND ", group.map(|group| Box::new(Word(group)) as _)),
        ("promises.assignee = ? AND ", assignee.map(|assignee| Box::new(Word(assignee)) as _)),
        ("due_at < ? AND ", due_before.map(|before| Box::new(Micros(before)) as _)),
    ]);
    conditions.push_str("(due_at, promises.position, target) > (?, ?, ?)");
    values.extend([Box::new(due_at) as _, Box::new(position) as _]);
    // A target's word is not less than that of the first one only where a page ended there.
    values.push(if listing.after.is_some() { Box::new(Word(target)) } else { Box::new("") });
    values.push(Box::new(i64::try_from(listing.rows()).unwrap_or(i64::MAX)));
    let rows = connection
        .prepare_cached(&format!(
            "SELECT due_at, target, cases.* FROM promises JOIN cases USING (position)
             WHERE {conditions} ORDER BY due_at, promises.position, target LIMIT ?"
        ))?
        .query_map(params_from_iter(values), |row| {
            let (position, case) = Case::from_row(row)?;
            Ok((position, DuePromise { target: word(row, "target")?, due_at: instant(row, "due_at")?, case }))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let page =
        listing.page(rows, |(position, promise)| (promise.due_at.micros(), *position, promise.target))?;
    Ok(page.map(|(_, promise)| promise))
}
