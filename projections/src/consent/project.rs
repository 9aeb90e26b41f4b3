//! How consents fold: the same way as the aggregate, see `rapport_domain::consent`.

use rapport_domain::consent::{Event, Evidence, EvidenceGrade, Method, Notice, Topic};
use rapport_domain::id::{ConsentId, ContactId};
use rapport_domain::value::Instant;
use rapport_domain::{DomainEvent, Personal, contact};
use rusqlite::{OptionalExtension as _, Transaction, named_params};

use super::ConsentStatus;
use super::query::{Row, row};
use crate::column::{At, Json, Micros, Word};
use crate::projection::{ProjectError, Projected, Projection};

/// The fold; see the module above.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConsentProjection;

impl Projection for ConsentProjection {
    const NAME: &'static str = "consent";
    const VERSION: u32 = 2;
    const HANDLES: &'static [&'static str] = &[
        "contact.registered.v1",
        "contact.erased.v1",
        "consent.requested.v1",
        "consent.given.v1",
        "consent.refused.v1",
        "consent.withdrawn.v1",
        "consent.expired.v1",
    ];
    const SOURCES: &'static [&'static str] = &[
        include_str!("../consent.rs"),
        include_str!("check.rs"),
        include_str!("project.rs"),
        include_str!("query.rs"),
    ];

    fn schema() -> &'static str {
        include_str!("schema.sql")
    }

    fn project(&mut self, tx: &Transaction<'_>, event: &Projected<'_>) -> Result<(), ProjectError> {
        match event.event {
            DomainEvent::Contact(contact::Event::Registered(_)) => {
                tx.prepare_cached("INSERT OR IGNORE INTO contacts (contact_id) VALUES (?1)")?
                    .execute((Word(event.contact_of_stream()?),))?;
            }
            DomainEvent::Contact(contact::Event::Erased(_)) => {
                tx.prepare_cached("UPDATE contacts SET erased = 1 WHERE contact_id = ?1")?
                    .execute((Word(event.contact_of_stream()?),))?;
            }
            DomainEvent::Consent(happened) => {
                let contact_id = event.contact_of_stream()?;
                let step = Step::of(happened);
                add_step(tx, event, contact_id, &step)?;
                stand(tx, event, contact_id, &step)?;
            }
            DomainEvent::Contact(_)
            | DomainEvent::Interaction(_)
            | DomainEvent::Pipeline(_)
            | DomainEvent::Opportunity(_)
            | DomainEvent::Subscription(_)
            | DomainEvent::SubjectRequest(_) => {}
        }
        Ok(())
    }
}

/// What a step says, whichever it is.
struct Step<'a> {
    status: ConsentStatus,
    topic: &'a Topic,
    consent_id: Option<ConsentId>,
    notice: Option<&'a Notice>,
    method: Option<Method>,
    evidence_grade: Option<EvidenceGrade>,
    valid_until: Option<Instant>,
    evidence: Option<&'a Personal<Evidence>>,
}

impl<'a> Step<'a> {
    const fn new(status: ConsentStatus, topic: &'a Topic) -> Self {
        Self {
            status,
            topic,
            consent_id: None,
            notice: None,
            method: None,
            evidence_grade: None,
            valid_until: None,
            evidence: None,
        }
    }

    fn of(event: &'a Event) -> Self {
        match event {
            Event::Requested(event) => {
                Self { notice: Some(&event.notice), ..Self::new(ConsentStatus::Requested, &event.topic) }
            }
            Event::Given(event) => Self {
                consent_id: Some(event.consent_id),
                notice: Some(&event.notice),
                method: Some(event.method),
                evidence_grade: Some(event.evidence_grade),
                valid_until: event.valid_until,
                evidence: event.evidence.as_ref(),
                ..Self::new(ConsentStatus::Given, &event.topic)
            },
            Event::Refused(event) => {
                Self { method: Some(event.method), ..Self::new(ConsentStatus::Refused, &event.topic) }
            }
            Event::Withdrawn(event) => Self {
                consent_id: event.consent_id,
                method: Some(event.method),
                evidence: event.evidence.as_ref(),
                ..Self::new(ConsentStatus::Withdrawn, &event.topic)
            },
            Event::Expired(event) => Self {
                consent_id: Some(event.consent_id),
                valid_until: Some(event.valid_until),
                ..Self::new(ConsentStatus::Expired, &event.topic)
            },
        }
    }
}

/// Where a topic stands after a step; `None` when the step leaves it where it was.
fn after(before: Option<Row>, step: &Step<'_>, since: Instant) -> Option<Row> {
    ConsentStatus::after(before.as_ref().map(|before| before.status), step.status)?;
    let before = before.unwrap_or_else(|| Row::unknown(since));
    let notice = step.notice.cloned().or_else(|| before.notice.clone());
    let before = Row { status: step.status, notice, since, ..before };
    match step.status {
        ConsentStatus::Requested => {
            Some(Row { method: None, evidence_grade: None, valid_until: None, ..before })
        }
        ConsentStatus::Withdrawn => Some(Row { method: step.method, ..before }),
        ConsentStatus::Given => Some(Row {
            consent_id: step.consent_id,
            method: step.method,
            evidence_grade: step.evidence_grade,
            valid_until: step.valid_until,
            ..before
        }),
        ConsentStatus::Refused => {
            Some(Row { method: step.method, evidence_grade: None, valid_until: None, ..before })
        }
        ConsentStatus::Expired => Some(Row { valid_until: step.valid_until, ..before }),
    }
}

fn stand(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    contact_id: ContactId,
    step: &Step<'_>,
) -> rusqlite::Result<()> {
    let topic = (Word(contact_id), Word(&step.topic.purpose), Word(step.topic.channel));
    let before = tx
        .prepare_cached("SELECT * FROM consents WHERE contact_id = ?1 AND purpose = ?2 AND channel = ?3")?
        .query_row(topic, row)
        .optional()?;
    let Some(now) = after(before, step, event.occurred_at()) else { return Ok(()) };
    tx.prepare_cached("INSERT OR REPLACE INTO consents VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?
        .execute((
            Word(contact_id),
            Word(&step.topic.purpose),
            Word(step.topic.channel),
            Word(now.status),
            now.consent_id.map(Word),
            now.notice.as_ref().map(Json),
            now.method.map(Word),
            now.evidence_grade.map(Word),
            now.valid_until.map(Micros),
            Micros(now.since),
        ))?;
    Ok(())
}

fn add_step(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    contact_id: ContactId,
    step: &Step<'_>,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO steps VALUES (:position, :contact, :purpose, :channel, :type, :id, :occurred_at, :recorded_at,
             :actor, :consent, :notice, :method, :grade, :valid_until, :evidence, :payload, :status)",
    )?
    .execute(named_params! {
        ":position": At(event.position()),
        ":contact": Word(contact_id),
        ":purpose": Word(&step.topic.purpose),
        ":channel": Word(step.topic.channel),
        ":type": event.recorded.event_type,
        ":id": event.recorded.id.to_string(),
        ":occurred_at": Micros(event.occurred_at()),
        ":recorded_at": Micros(event.recorded.recorded_at),
        ":actor": Json(&event.metadata.actor),
        ":consent": step.consent_id.map(Word),
        ":notice": step.notice.map(Json),
        ":method": step.method.map(Word),
        ":grade": step.evidence_grade.map(Word),
        ":valid_until": step.valid_until.map(Micros),
        ":evidence": step.evidence.map(Json),
        ":payload": event.metadata.payload_sha256,
        ":status": Word(step.status),
    })?;
    Ok(())
}
