//! The fields that the company keeps of leads, in every version.

use rapport_domain::field_set;
use rapport_domain::value::Instant;
use rusqlite::{Connection, Row, Transaction};

use super::{FIELD_SETS_LISTED_MAX, FieldSet};
use crate::column::{Json, Micros, instant, json};
use crate::query::QueryError;

const MAX: i64 = FIELD_SETS_LISTED_MAX as i64;

pub(super) fn put(
    tx: &Transaction<'_>,
    published_at: Instant,
    definition: &field_set::Definition,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO field_sets VALUES (?1, ?2, ?3)
         ON CONFLICT (version) DO UPDATE SET published_at = excluded.published_at, definition = excluded.definition",
    )?
    .execute((definition.version, Micros(published_at), Json(definition)))
    .map(drop)
}

pub(super) fn list(connection: &Connection) -> Result<Vec<FieldSet>, QueryError> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM field_sets ORDER BY version DESC LIMIT ?1")?;
    let set = |row: &Row<'_>| {
        Ok(FieldSet { published_at: instant(row, "published_at")?, definition: json(row, "definition")? })
    };
    let found = statement.query_map((MAX,), set)?.collect::<Result<_, _>>()?;
    Ok(found)
}
