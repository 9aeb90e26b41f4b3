//! Calendars and policies, as they are in force.

use rapport_domain::id::CalendarId;
use rusqlite::Connection;

use super::{Calendar, SCHEDULES_MAX, SlaPolicy};
use crate::published::Published;
use crate::query::{QueryError, Thing};

pub(super) const CALENDARS: Published = Published { table: "calendars", id: "calendar_id" };
pub(super) const SLA_POLICIES: Published = Published { table: "sla_policies", id: "sla_policy_id" };

pub(super) fn calendar(connection: &Connection, calendar_id: CalendarId) -> Result<Calendar, QueryError> {
    let found = CALENDARS.find(connection, calendar_id)?;
    let calendar = found.map(|(calendar_id, definition)| Calendar { calendar_id, definition });
    calendar.ok_or(QueryError::NotFound { what: Thing::Calendar })
}

pub(super) fn calendars(connection: &Connection) -> Result<Vec<Calendar>, QueryError> {
    let calendar = |(calendar_id, definition)| Calendar { calendar_id, definition };
    Ok(CALENDARS.listed(connection, SCHEDULES_MAX)?.into_iter().map(calendar).collect())
}

pub(super) fn sla_policies(connection: &Connection) -> Result<Vec<SlaPolicy>, QueryError> {
    let policy = |(sla_policy_id, definition)| SlaPolicy { sla_policy_id, definition };
    Ok(SLA_POLICIES.listed(connection, SCHEDULES_MAX)?.into_iter().map(policy).collect())
}
