//! What a subject does not want: the same way as the aggregate, see `rapport_domain::suppression`.

use rapport_domain::Personal;
use rapport_domain::consent::{Evidence, Method};
use rapport_domain::id::ContactId;
use rapport_domain::suppression::{Event, Kind, Retained, Scope};
use rapport_domain::value::{Instant, Label};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction};
use serde::{Deserialize, Serialize};

use super::project::Step;
use crate::column::{At, Micros, Word, instant, word, word_or_empty, word_or_null};
use crate::projection::Projected;
use crate::query::QueryError;

/// Where a suppression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuppressionStatus {
    /// The subject does not want it.
    Raised,
    /// They said once that they want it again; it stands until they say so again.
    LiftRequested,
    /// They want it again.
    Lifted,
}

impl SuppressionStatus {
    /// Where a suppression stands after a step that says so much; `None` where the step leaves it as it was: what does not
    /// stand is not lifted.
    pub(super) fn after(before: Option<Self>, step: Self) -> Option<Self> {
        match step {
            Self::Raised => Some(step),
            Self::LiftRequested | Self::Lifted => before.is_some_and(Self::stands).then_some(step),
        }
    }

    /// Whether it forbids anything.
    #[must_use]
    pub const fn stands(self) -> bool {
        match self {
            Self::Raised | Self::LiftRequested => true,
            Self::Lifted => false,
        }
    }
}

/// One thing that a subject does not want, or did not want once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// What it is in law.
    pub kind: Kind,
    /// What it is about.
    pub scope: Scope,
    /// Where it stands.
    pub status: SuppressionStatus,
    /// How the subject said what it said last.
    pub method: Method,
    /// Why it was lifted.
    pub reason: Option<Label>,
    /// Business time of the last step.
    pub since: Instant,
}

/// What a step says.
pub(super) fn step(event: &Event) -> Step<'_> {
    match event {
        Event::Raised(event) => Step {
            jurisdiction: event.jurisdiction.as_ref(),
            no_reask_before: event.no_reask_before,
            ..within(&event.scope, event.method, event.evidence.as_ref())
        },
        Event::LiftRequested(event) => within(&event.scope, event.method, event.evidence.as_ref()),
        Event::Lifted(event) => Step {
            reason: Some(&event.reason),
            ..within(&event.scope, event.method, event.evidence.as_ref())
        },
        Event::Retained(_) => Step::default(),
    }
}

fn within<'a>(scope: &'a Scope, method: Method, evidence: Option<&'a Personal<Evidence>>) -> Step<'a> {
    let (purpose, channel) = (scope.purpose.as_ref(), scope.channel);
    Step { purpose, channel, method: Some(method), evidence, ..Step::default() }
}

/// What an event says of a suppression; `None` where it is about no single one.
pub(super) const fn said(event: &Event) -> Option<(Kind, SuppressionStatus)> {
    match event {
        Event::Raised(event) => Some((event.kind, SuppressionStatus::Raised)),
        Event::LiftRequested(event) => Some((event.kind, SuppressionStatus::LiftRequested)),
        Event::Lifted(event) => Some((event.kind, SuppressionStatus::Lifted)),
        Event::Retained(_) => None,
    }
}

/// Takes in what an event says, beside the step that tells of it.
pub(super) fn stand(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    contact_id: ContactId,
    happened: &Event,
    step: &Step<'_>,
) -> rusqlite::Result<()> {
    if let Event::Retained(retained) = happened {
        return retain(tx, event, contact_id, retained);
    }
    let (Some((kind, status)), Some(method)) = (said(happened), step.method) else { return Ok(()) };
    let (purpose, channel) = (step.purpose.map(Word), step.channel.map(Word));
    let before = tx
        .prepare_cached(
            "SELECT suppression FROM suppressions
             WHERE contact_id = ?1 AND suppression_kind = ?2 AND purpose = ifnull(?3, '') AND channel = ifnull(?4, '')",
        )?
        .query_row((Word(contact_id), Word(kind), &purpose, &channel), |row| word(row, "suppression"))
        .optional()?;
    let Some(now) = SuppressionStatus::after(before, status) else { return Ok(()) };
    tx.prepare_cached(
        "INSERT OR REPLACE INTO suppressions VALUES (?1, ?2, ifnull(?3, ''), ifnull(?4, ''), ?5, ?6, ?7, ?8)",
    )?
    .execute((
        Word(contact_id),
        Word(kind),
        purpose,
        channel,
        Word(now),
        Word(method),
        step.reason.map(Word),
        Micros(event.occurred_at()),
    ))?;
    Ok(())
}

fn retain(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    contact_id: ContactId,
    retained: &Retained,
) -> rusqlite::Result<()> {
    let mut insert =
        tx.prepare_cached("INSERT OR IGNORE INTO suppression_list VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for digest in &retained.point_digests {
        insert.execute((
            digest.as_str(),
            Word(contact_id),
            At(event.position()),
            event.recorded.id.to_string(),
            Micros(event.occurred_at()),
        ))?;
    }
    Ok(())
}

pub(super) fn suppressions(
    connection: &Connection,
    contact_id: ContactId,
) -> Result<Vec<Suppression>, QueryError> {
    let mut found = connection
        .prepare_cached("SELECT * FROM suppressions WHERE contact_id = ?1")?
        .query_map((Word(contact_id),), suppression)?
        .collect::<Result<Vec<_>, _>>()?;
    found.sort_by(|one, other| (one.kind, &one.scope).cmp(&(other.kind, &other.scope)));
    Ok(found)
}

fn suppression(row: &Row<'_>) -> rusqlite::Result<Suppression> {
    Ok(Suppression {
        kind: word(row, "suppression_kind")?,
        scope: scope(row)?,
        status: word(row, "suppression")?,
        method: word(row, "method")?,
        reason: word_or_null(row, "reason")?,
        since: instant(row, "since")?,
    })
}

/// What a row is about; what is empty stands for every one.
pub(super) fn scope(row: &Row<'_>) -> rusqlite::Result<Scope> {
    Ok(Scope { purpose: word_or_empty(row, "purpose")?, channel: word_or_empty(row, "channel")? })
}
