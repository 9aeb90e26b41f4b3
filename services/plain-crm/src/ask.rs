//! The questions, as a CRM asks them: counted over the rows, paged by OFFSET.

use rusqlite::{Connection, Row};

use crate::{PlainCrm, PlainError};

/// A page of what happened with a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelinePage {
    /// How many activities there are in all; for the pages below the list.
    pub total: u32,
    /// The page, newest first.
    pub activities: Vec<Activity>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// What.
    pub kind: String,
    /// When, in microseconds since 1970.
    pub occurred_at: i64,
    /// What was said.
    pub body: Option<String>,
}

/// What a pipeline view shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineNumbers {
    /// Deals by stage.
    pub by_stage: Vec<Group>,
    /// Open deals by owner.
    pub open_by_owner: Vec<Group>,
    /// Deals won and lost, by outcome, month and owner.
    pub closed: Vec<Group>,
}

/// Deals that have something in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What it is.
    pub key: String,
    /// How many deals.
    pub deals: u32,
    /// The sum of their amounts, in the smallest unit.
    pub amount: i64,
}

const COUNT: &str = "SELECT count(*) FROM activities WHERE contact_id = ?1";
const PAGE: &str = "SELECT kind, occurred_at, body FROM activities WHERE contact_id = ?1
    ORDER BY occurred_at DESC, id DESC LIMIT ?2 OFFSET ?3";
const BY_STAGE: &str =
    "SELECT stage, count(*), coalesce(sum(amount), 0) FROM deals GROUP BY stage ORDER BY stage";
const OPEN_BY_OWNER: &str = "SELECT coalesce(owner, ''), count(*), coalesce(sum(amount), 0) FROM deals
    WHERE status = 'open' GROUP BY owner ORDER BY owner";
const CLOSED: &str = "SELECT status || ' ' || strftime('%Y-%m', closed_at / 1000000, 'unixepoch') || ' ' || coalesce(owner, ''),
        count(*), coalesce(sum(amount), 0)
    FROM deals WHERE status <> 'open' GROUP BY 1 ORDER BY 1";

impl PlainCrm {
    /// What happened with a contact, so many activities from an offset on.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn timeline(&self, contact: &str, size: u32, offset: u32) -> Result<TimelinePage, PlainError> {
        let total = self.connection.prepare_cached(COUNT)?.query_row((contact,), |row| row.get(0))?;
        let activities = self
            .connection
            .prepare_cached(PAGE)?
            .query_map((contact, size, offset), activity)?
            .collect::<Result<_, _>>()?;
        Ok(TimelinePage { total, activities })
    }

    /// Stages, open deals, what was won and lost.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn pipeline(&self) -> Result<PipelineNumbers, PlainError> {
        let [by_stage, open_by_owner, closed] =
            [BY_STAGE, OPEN_BY_OWNER, CLOSED].map(|question| groups(&self.connection, question));
        Ok(PipelineNumbers { by_stage: by_stage?, open_by_owner: open_by_owner?, closed: closed? })
    }
}

fn activity(row: &Row<'_>) -> rusqlite::Result<Activity> {
    Ok(Activity { kind: row.get(0)?, occurred_at: row.get(1)?, body: row.get(2)? })
}

fn groups(connection: &Connection, question: &str) -> rusqlite::Result<Vec<Group>> {
    let group = |row: &Row<'_>| Ok(Group { key: row.get(0)?, deals: row.get(1)?, amount: row.get(2)? });
    connection.prepare_cached(question)?.query_map([], group)?.collect()
}
