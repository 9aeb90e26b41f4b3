//! What is new of a contact, for those who watch.

use rapport_domain::envelope::Position;
use rapport_domain::id::ContactId;
use rusqlite::{Connection, named_params};

use super::Entry;
use super::query::entry;
use crate::column::{At, Word};
use crate::query::QueryError;
use crate::read_model::position_of;

/// Most entries that are told at a time.
pub const CHANGES_MAX: usize = 200;
/// From how many positions on it is cheaper to look through the contact's entries than through what came since.
const FAR: u64 = 10_000;

/// New entries come first by position; those that are told anew, because of their change, by the index of changes.
const CHANGES: &str = "
    SELECT *, coalesce(changed, position) AS moved FROM (
        SELECT * FROM entries WHERE {contact} = :contact AND position > :after
        UNION ALL
        SELECT * FROM entries WHERE contact_id = :contact AND changed > :after AND position <= :after)
    ORDER BY moved LIMIT :rows";

/// What is new, and up to where that is all; `None` for all that there is.
pub(super) fn changes(
    connection: &Connection,
    contact_id: ContactId,
    after: Position,
) -> Result<(Vec<Entry>, Option<Position>), QueryError> {
    let now = position_of(connection)?;
    // A plus sign keeps the engine from the index of the contacts: what came since is looked through instead.
    let contact = if now.0.saturating_sub(after.0) > FAR { "contact_id" } else { "+contact_id" };
    let mut statement = connection.prepare_cached(&CHANGES.replace("{contact}", contact))?;
    let rows = i64::try_from(CHANGES_MAX + 1).unwrap_or(i64::MAX);
    let parameters = named_params! { ":contact": Word(contact_id), ":after": At(after), ":rows": rows };
    let mut told = statement
        .query_map(parameters, |row| Ok((row.get::<_, At>("moved")?.0, entry(row)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    let more = told.len() > CHANGES_MAX;
    told.truncate(CHANGES_MAX);
    let last = told.last().map(|(moved, _)| *moved).filter(|_| more);
    Ok((told.into_iter().map(|(_, entry)| entry).collect(), last))
}
