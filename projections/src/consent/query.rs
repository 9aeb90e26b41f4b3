//! What is answered about consents.

use rapport_domain::consent::{EvidenceGrade, Jurisdiction, Method, Notice, Topic};
use rapport_domain::id::{ConsentId, ContactId};
use rapport_domain::value::{Instant, Key, Label};
use rusqlite::{Connection, Row as SqlRow};

use super::suppression::scope;
use super::{Consent, ConsentProjection, ConsentStatus, ConsentStep, Trail, notices};
use crate::column::{At, Word, instant, instant_or_null, json, json_or_null, word, word_or_null};
use crate::page::{Listing, PageRequest};
use crate::query::{QueryError, Thing};

/// Where a topic stands, as far as the log says; whether it still holds is a question of time.
pub(super) struct Row {
    pub(super) status: ConsentStatus,
    pub(super) consent_id: Option<ConsentId>,
    pub(super) notice: Option<Notice>,
    pub(super) method: Option<Method>,
    pub(super) evidence_grade: Option<EvidenceGrade>,
    pub(super) valid_until: Option<Instant>,
    pub(super) since: Instant,
    pub(super) confirm_by: Option<Instant>,
    pub(super) jurisdiction: Option<Jurisdiction>,
}

impl Row {
    /// A topic that nothing is known of.
    pub(super) const fn unknown(since: Instant) -> Self {
        Self {
            status: ConsentStatus::Requested,
            consent_id: None,
            notice: None,
            method: None,
            evidence_grade: None,
            valid_until: None,
            since,
            confirm_by: None,
            jurisdiction: None,
        }
    }

    /// A consent holds before the moment until which it is valid, and not at it.
    fn judged(self, topic: Topic, valid_at: Instant) -> Consent {
        let is_over = |until: Option<Instant>| until.is_some_and(|until| until <= valid_at);
        let status = if self.status.is_given() && is_over(self.valid_until) {
            ConsentStatus::Expired
        } else if self.status == ConsentStatus::Pending && is_over(self.confirm_by) {
            ConsentStatus::Lapsed
        } else {
            self.status
        };
        Consent {
            topic,
            status,
            consent_id: self.consent_id,
            notice: self.notice,
            method: self.method,
            evidence_grade: self.evidence_grade,
            valid_until: self.valid_until,
            since: self.since,
            jurisdiction: self.jurisdiction,
            confirm_by: self.confirm_by,
        }
    }
}

pub(super) fn row(row: &SqlRow<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        status: word(row, "status")?,
        consent_id: word_or_null(row, "consent_id")?,
        notice: json_or_null(row, "notice")?,
        method: word_or_null(row, "method")?,
        evidence_grade: word_or_null(row, "evidence_grade")?,
        valid_until: instant_or_null(row, "valid_until")?,
        since: instant(row, "since")?,
        confirm_by: instant_or_null(row, "confirm_by")?,
        jurisdiction: json_or_null(row, "jurisdiction")?,
    })
}

/// A subject has few topics: the aggregate sees to it.
pub(super) fn consents(
    connection: &Connection,
    contact_id: ContactId,
    valid_at: Instant,
) -> Result<Vec<Consent>, QueryError> {
    let mut consents = connection
        .prepare_cached("SELECT * FROM consents WHERE contact_id = ?1")?
        .query_map((Word(contact_id),), |found| Ok(row(found)?.judged(topic(found)?, valid_at)))?
        .collect::<Result<Vec<_>, _>>()?;
    if consents.is_empty() {
        must_be_registered(connection, contact_id)?;
    }
    consents.sort_by(|one, other| one.topic.cmp(&other.topic));
    Ok(consents)
}

pub(super) fn trail(
    connection: &Connection,
    contact_id: ContactId,
    purpose: Option<&Key>,
    page: &PageRequest,
) -> Result<Trail, QueryError> {
    let listing: Listing<i64> = Listing::open::<ConsentProjection>(&("trail", contact_id, purpose), page)?;
    let after = listing.after.unwrap_or(0);
    let rows = i64::try_from(listing.rows()).unwrap_or(i64::MAX);
    let steps: Vec<ConsentStep> = match purpose {
        Some(purpose) => connection
            .prepare_cached(
                "SELECT * FROM steps WHERE contact_id = ?1 AND purpose IN (?2, '') AND position > ?3
                 ORDER BY position LIMIT ?4",
            )?
            .query_map((Word(contact_id), Word(purpose), after, rows), step)?
            .collect::<Result<_, _>>()?,
        None => connection
            .prepare_cached(
                "SELECT * FROM steps WHERE contact_id = ?1 AND position > ?2 ORDER BY position LIMIT ?3",
            )?
            .query_map((Word(contact_id), after, rows), step)?
            .collect::<Result<_, _>>()?,
    };
    if steps.is_empty() {
        must_be_registered(connection, contact_id)?;
    }
    let page = listing.page(steps, |step| i64::try_from(step.position.0).unwrap_or(i64::MAX))?;
    let names = page.items.iter().filter_map(|step| step.notice.as_ref());
    let words = notices::named(connection, names)?;
    Ok((page, words))
}

fn must_be_registered(connection: &Connection, contact_id: ContactId) -> Result<(), QueryError> {
    let registered: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM contacts WHERE contact_id = ?1)")?
        .query_row((Word(contact_id),), |row| row.get(0))?;
    if registered { Ok(()) } else { Err(QueryError::NotFound { what: Thing::Contact }) }
}

fn topic(row: &SqlRow<'_>) -> rusqlite::Result<Topic> {
    Ok(Topic { purpose: word(row, "purpose")?, channel: word(row, "channel")? })
}

fn step(row: &SqlRow<'_>) -> rusqlite::Result<ConsentStep> {
    let authority: Option<Label> = word_or_null(row, "authority")?;
    Ok(ConsentStep {
        position: row.get::<_, At>("position")?.0,
        event_type: row.get("event_type")?,
        event_id: row.get("event_id")?,
        occurred_at: instant(row, "occurred_at")?,
        recorded_at: instant(row, "recorded_at")?,
        actor: json(row, "actor")?,
        scope: scope(row)?,
        consent_id: word_or_null(row, "consent_id")?,
        notice: json_or_null(row, "notice")?,
        method: word_or_null(row, "method")?,
        evidence_grade: word_or_null(row, "evidence_grade")?,
        valid_until: instant_or_null(row, "valid_until")?,
        evidence: json_or_null(row, "evidence")?,
        suppression_kind: word_or_null(row, "suppression_kind")?,
        reason: word_or_null(row, "reason")?,
        jurisdiction: json_or_null(row, "jurisdiction")?,
        token_sha256: word_or_null(row, "token_sha256")?,
        confirm_by: instant_or_null(row, "confirm_by")?,
        renews: word_or_null(row, "renews")?,
        invalid_since: authority.is_some().then(|| instant(row, "counts_from")).transpose()?,
        authority,
        no_reask_before: instant_or_null(row, "no_reask_before")?,
        payload_sha256: row.get("payload_sha256")?,
    })
}
