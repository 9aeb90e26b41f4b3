//! Calendars and policies, as they are in force.

use rapport_domain::envelope::Position;
use rapport_domain::id::{CalendarId, SlaPolicyId};
use rapport_domain::{calendar, sla_policy};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction};

use super::{Calendar, SCHEDULES_MAX, SlaPolicy};
use crate::column::{At, Json, Word, json, word};
use crate::query::{QueryError, Thing};

const MAX: i64 = SCHEDULES_MAX as i64;

pub(super) fn put_calendar(
    tx: &Transaction<'_>,
    position: Position,
    calendar_id: CalendarId,
    definition: &calendar::Definition,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO calendars VALUES (?1, ?2, ?3)
         ON CONFLICT (calendar_id) DO UPDATE SET definition = excluded.definition",
    )?
    .execute((Word(calendar_id), At(position), Json(definition)))
    .map(drop)
}

pub(super) fn put_sla_policy(
    tx: &Transaction<'_>,
    position: Position,
    sla_policy_id: SlaPolicyId,
    definition: &sla_policy::Definition,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO sla_policies VALUES (?1, ?2, ?3)
         ON CONFLICT (sla_policy_id) DO UPDATE SET definition = excluded.definition",
    )?
    .execute((Word(sla_policy_id), At(position), Json(definition)))
    .map(drop)
}

pub(super) fn calendar(connection: &Connection, calendar_id: CalendarId) -> Result<Calendar, QueryError> {
    connection
        .prepare_cached("SELECT * FROM calendars WHERE calendar_id = ?1")?
        .query_row((Word(calendar_id),), calendar_of)
        .optional()?
        .ok_or(QueryError::NotFound { what: Thing::Calendar })
}

pub(super) fn calendars(connection: &Connection) -> Result<Vec<Calendar>, QueryError> {
    let mut statement = connection.prepare_cached("SELECT * FROM calendars ORDER BY position LIMIT ?1")?;
    let found = statement.query_map((MAX,), calendar_of)?.collect::<Result<_, _>>()?;
    Ok(found)
}

pub(super) fn sla_policies(connection: &Connection) -> Result<Vec<SlaPolicy>, QueryError> {
    let mut statement = connection.prepare_cached("SELECT * FROM sla_policies ORDER BY position LIMIT ?1")?;
    let policy = |row: &Row<'_>| {
        Ok(SlaPolicy { sla_policy_id: word(row, "sla_policy_id")?, definition: json(row, "definition")? })
    };
    let found = statement.query_map((MAX,), policy)?.collect::<Result<_, _>>()?;
    Ok(found)
}

fn calendar_of(row: &Row<'_>) -> rusqlite::Result<Calendar> {
    Ok(Calendar { calendar_id: word(row, "calendar_id")?, definition: json(row, "definition")? })
}
