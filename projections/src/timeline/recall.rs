//! Where the events of a contact's interactions stand, for the command side, which reads them in the log.

use std::collections::BTreeSet;

use rapport_domain::envelope::Position;
use rapport_domain::id::ContactId;
use rapport_domain::interaction::Part;
use rusqlite::{Connection, Params};

use crate::column::{At, Json, Word};
use crate::query::QueryError;

/// Each change has kept what was said before it, even where it changed nothing.
const OF_INTERACTION: &str = "
    WITH recorded AS (
        SELECT position FROM entries
        WHERE substr(interaction_id, 13, 13) = substr(?2, 13, 13) AND contact_id = ?1 AND interaction_id = ?2)
    SELECT position FROM recorded
    UNION ALL SELECT until FROM earlier WHERE position IN (SELECT position FROM recorded)";
/// It fails rather than read a file without the index from end to end.
const OF_SOURCE: &str =
    "SELECT position FROM entries INDEXED BY entries_source_idx WHERE contact_id = ?1 AND source = ?2";

/// Where the events stand that are about these parts.
pub(super) fn concerning(
    connection: &Connection,
    contact_id: ContactId,
    parts: &[Part],
) -> Result<BTreeSet<Position>, QueryError> {
    let mut found = BTreeSet::new();
    for part in parts {
        match part {
            Part::Interaction(id) => {
                find(connection, OF_INTERACTION, (Word(contact_id), Word(*id)), &mut found)?;
            }
            Part::Source(source) => {
                find(connection, OF_SOURCE, (Word(contact_id), Json(source)), &mut found)?;
            }
        }
    }
    Ok(found)
}

fn find(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    found: &mut BTreeSet<Position>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    while let Some(row) = rows.next()? {
        found.insert(row.get::<_, At>(0)?.0);
    }
    Ok(())
}
