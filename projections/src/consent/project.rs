//! How consents fold: the same way as the aggregate, see `rapport_domain::consent`.

use rapport_domain::consent::{Channel, Event, Evidence, EvidenceGrade, Jurisdiction, Method, Notice, Topic};
use rapport_domain::id::{ConsentId, ContactId};
use rapport_domain::suppression::Kind;
use rapport_domain::value::{Instant, Key, Label, Sha256};
use rapport_domain::{DomainEvent, Personal};
use rusqlite::{OptionalExtension as _, Transaction, named_params};

use super::query::{Row, row};
use super::{ConsentStatus, Standing, SuppressionStatus, contacts, erasures, notices, suppression};
use crate::column::{At, Json, Micros, Word};
use crate::projection::{ProjectError, Projected, Projection};

/// The fold; see the module above.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConsentProjection;

impl Projection for ConsentProjection {
    const NAME: &'static str = "consent";
    const VERSION: u32 = 7;
    const HANDLES: &'static [&'static str] = &[
        "contact.registered.v1",
        "contact.contact_point_added.v1",
        "contact.contact_point_removed.v1",
        "contact.erased.v1",
        "consent.requested.v1",
        "consent.given.v1",
        "consent.refused.v1",
        "consent.withdrawn.v1",
        "consent.expired.v1",
        "consent.confirmation_requested.v1",
        "consent.renewed.v1",
        "consent.revoked.v1",
        "consent.invalidated.v1",
        "consent.invalidation_proposed.v1",
        "notice.published.v1",
        "suppression.raised.v1",
        "suppression.lift_requested.v1",
        "suppression.lifted.v1",
        "suppression.retained.v1",
        "subject_request.received.v1",
        "subject_request.approved.v1",
        "subject_request.refused.v1",
        "subject_request.erasure_cancelled.v1",
    ];
    const SOURCES: &'static [&'static str] = &[
        include_str!("../consent.rs"),
        include_str!("check.rs"),
        include_str!("contacts.rs"),
        include_str!("erasures.rs"),
        include_str!("notices.rs"),
        include_str!("project.rs"),
        include_str!("query.rs"),
        include_str!("suppression.rs"),
    ];

    fn schema() -> &'static str {
        include_str!("schema.sql")
    }

    fn project(&mut self, tx: &Transaction<'_>, event: &Projected<'_>) -> Result<(), ProjectError> {
        match event.event {
            DomainEvent::Contact(happened) => contacts::take(tx, event.contact_of_stream()?, happened)?,
            DomainEvent::Consent(happened) => {
                let contact_id = event.contact_of_stream()?;
                let (status, step) = (status_of(happened), of_consent(happened));
                add_step(tx, event, contact_id, status, None, &step)?;
                if let Some(status) = status {
                    stand(tx, event, contact_id, happened.topic(), status, &step)?;
                }
            }
            DomainEvent::Suppression(happened) => {
                let contact_id = event.contact_of_stream()?;
                let step = suppression::step(happened);
                add_step(tx, event, contact_id, None, suppression::said(happened), &step)?;
                suppression::stand(tx, event, contact_id, happened, &step)?;
            }
            DomainEvent::Notice(happened) => notices::take(tx, event, happened)?,
            DomainEvent::SubjectRequest(happened) => erasures::take(tx, event, happened)?,
            DomainEvent::Interaction(_)
            | DomainEvent::Pipeline(_)
            | DomainEvent::Opportunity(_)
            | DomainEvent::Subscription(_)
            | DomainEvent::Access(_)
            | DomainEvent::Calendar(_)
            | DomainEvent::SlaPolicy(_)
            | DomainEvent::Case(_)
            | DomainEvent::Lead(_)
            | DomainEvent::ScoringModel(_)
            | DomainEvent::RoutingPolicy(_)
            | DomainEvent::FieldSet(_)
            | DomainEvent::Task(_)
            | DomainEvent::PriceBook(_)
            | DomainEvent::Quote(_) => {}
        }
        Ok(())
    }
}

/// What a step says, whichever it is.
#[derive(Default)]
pub(super) struct Step<'a> {
    pub(super) purpose: Option<&'a Key>,
    pub(super) channel: Option<Channel>,
    pub(super) consent_id: Option<ConsentId>,
    pub(super) notice: Option<&'a Notice>,
    pub(super) method: Option<Method>,
    pub(super) evidence_grade: Option<EvidenceGrade>,
    pub(super) valid_until: Option<Instant>,
    pub(super) evidence: Option<&'a Personal<Evidence>>,
    pub(super) reason: Option<&'a Label>,
    pub(super) jurisdiction: Option<&'a Jurisdiction>,
    pub(super) no_reask_before: Option<Instant>,
    /// Digest of the token, and until when it confirms.
    pub(super) token: Option<(Sha256, Instant)>,
    pub(super) renews: Option<ConsentId>,
    /// Since when the consent does not count, and who found it.
    pub(super) invalid: Option<(Instant, &'a Label)>,
}

/// What an event says of its topic; nothing where it is only proposed.
const fn status_of(event: &Event) -> Option<ConsentStatus> {
    match event {
        Event::Requested(_) => Some(ConsentStatus::Requested),
        Event::ConfirmationRequested(_) => Some(ConsentStatus::Pending),
        Event::Given(_) => Some(ConsentStatus::Given),
        Event::Renewed(_) => Some(ConsentStatus::Renewed),
        Event::Refused(_) => Some(ConsentStatus::Refused),
        Event::Withdrawn(_) => Some(ConsentStatus::Withdrawn),
        Event::Expired(_) => Some(ConsentStatus::Expired),
        Event::Revoked(_) => Some(ConsentStatus::Revoked),
        Event::Invalidated(_) => Some(ConsentStatus::Invalidated),
        Event::InvalidationProposed(_) => None,
    }
}

/// What an event about a consent says.
fn of_consent(event: &Event) -> Step<'_> {
    let topic = event.topic();
    let step = Step { purpose: Some(&topic.purpose), channel: Some(topic.channel), ..Step::default() };
    match event {
        Event::Requested(event) => {
            let jurisdiction = event.jurisdiction.as_ref();
            Step { notice: Some(&event.notice), jurisdiction, ..step }
        }
        Event::ConfirmationRequested(event) => Step {
            consent_id: Some(event.consent_id),
            notice: Some(&event.notice),
            method: Some(event.method),
            valid_until: event.valid_until,
            evidence: event.evidence.as_ref(),
            jurisdiction: event.jurisdiction.as_ref(),
            token: Some((event.token_sha256, event.confirm_by)),
            ..step
        },
        Event::Given(event) => Step {
            consent_id: Some(event.consent_id),
            notice: Some(&event.notice),
            method: Some(event.method),
            evidence_grade: Some(event.evidence_grade),
            valid_until: event.valid_until,
            evidence: event.evidence.as_ref(),
            jurisdiction: event.jurisdiction.as_ref(),
            ..step
        },
        Event::Renewed(event) => Step {
            consent_id: Some(event.consent_id),
            notice: Some(&event.notice),
            method: Some(event.method),
            evidence_grade: Some(event.evidence_grade),
            valid_until: event.valid_until,
            evidence: Some(&event.evidence),
            renews: Some(event.renews),
            ..step
        },
        Event::Refused(_)
        | Event::Withdrawn(_)
        | Event::Expired(_)
        | Event::Revoked(_)
        | Event::Invalidated(_)
        | Event::InvalidationProposed(_) => of_end(event, step),
    }
}

/// What an event says that ends something, or would.
fn of_end<'a>(event: &'a Event, step: Step<'a>) -> Step<'a> {
    match event {
        Event::Refused(event) => Step {
            method: Some(event.method),
            jurisdiction: event.jurisdiction.as_ref(),
            no_reask_before: event.no_reask_before,
            ..step
        },
        Event::Withdrawn(event) => Step {
            consent_id: event.consent_id,
            method: Some(event.method),
            evidence: event.evidence.as_ref(),
            jurisdiction: event.jurisdiction.as_ref(),
            no_reask_before: event.no_reask_before,
            ..step
        },
        Event::Expired(event) => {
            Step { consent_id: Some(event.consent_id), valid_until: Some(event.valid_until), ..step }
        }
        Event::Revoked(event) => {
            Step { consent_id: Some(event.consent_id), reason: Some(&event.reason), ..step }
        }
        Event::Invalidated(event) => Step {
            consent_id: Some(event.consent_id),
            reason: Some(&event.reason),
            invalid: Some((event.since, &event.authority)),
            ..step
        },
        Event::InvalidationProposed(event) => Step {
            consent_id: Some(event.consent_id),
            reason: Some(&event.reason),
            invalid: Some((event.since, &event.authority)),
            ..step
        },
        Event::Requested(_) | Event::ConfirmationRequested(_) | Event::Given(_) | Event::Renewed(_) => {
            of_consent(event)
        }
    }
}

/// Where a topic stands after a step; `None` when the step leaves it where it was.
fn after(before: Option<Row>, status: ConsentStatus, step: &Step<'_>, since: Instant) -> Option<Row> {
    let stood = before.as_ref().map(|row| Standing { status: row.status, consent_id: row.consent_id });
    ConsentStatus::after(stood, Standing { status, consent_id: step.consent_id })?;
    let before = before.unwrap_or_else(|| Row::unknown(since));
    let notice = step.notice.cloned().or_else(|| before.notice.clone());
    let jurisdiction = step.jurisdiction.cloned().or_else(|| before.jurisdiction.clone());
    let before = Row { status, notice, since, jurisdiction, confirm_by: None, ..before };
    Some(match status {
        ConsentStatus::Requested => Row { method: None, evidence_grade: None, valid_until: None, ..before },
        ConsentStatus::Pending => Row {
            method: step.method,
            evidence_grade: None,
            valid_until: None,
            confirm_by: step.token.map(|(_, confirm_by)| confirm_by),
            ..before
        },
        ConsentStatus::Withdrawn => Row { method: step.method, ..before },
        ConsentStatus::Given | ConsentStatus::Renewed => Row {
            consent_id: step.consent_id,
            method: step.method,
            evidence_grade: step.evidence_grade,
            valid_until: step.valid_until,
            ..before
        },
        ConsentStatus::Refused => {
            Row { method: step.method, evidence_grade: None, valid_until: None, ..before }
        }
        ConsentStatus::Expired => Row { valid_until: step.valid_until, ..before },
        ConsentStatus::Lapsed | ConsentStatus::Revoked | ConsentStatus::Invalidated => before,
    })
}

fn stand(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    contact_id: ContactId,
    topic: &Topic,
    status: ConsentStatus,
    step: &Step<'_>,
) -> rusqlite::Result<()> {
    let key = (Word(contact_id), Word(&topic.purpose), Word(topic.channel));
    let before = tx
        .prepare_cached("SELECT * FROM consents WHERE contact_id = ?1 AND purpose = ?2 AND channel = ?3")?
        .query_row(key, row)
        .optional()?;
    let Some(now) = after(before, status, step, event.occurred_at()) else { return Ok(()) };
    tx.prepare_cached(
        "INSERT OR REPLACE INTO consents VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute((
        Word(contact_id),
        Word(&topic.purpose),
        Word(topic.channel),
        Word(now.status),
        now.consent_id.map(Word),
        now.notice.as_ref().map(Json),
        now.method.map(Word),
        now.evidence_grade.map(Word),
        now.valid_until.map(Micros),
        Micros(now.since),
        now.confirm_by.map(Micros),
        now.jurisdiction.as_ref().map(Json),
    ))?;
    Ok(())
}

fn add_step(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    contact_id: ContactId,
    consent: Option<ConsentStatus>,
    suppression: Option<(Kind, SuppressionStatus)>,
    step: &Step<'_>,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO steps VALUES (:position, :contact, ifnull(:purpose, ''), ifnull(:channel, ''), :type, :id,
             :occurred_at, :recorded_at, :actor, :consent, :notice, :method, :grade, :valid_until, :evidence, :payload,
             :status, :kind, :suppression, :reason, :counts_from, :jurisdiction, :token, :confirm_by, :renews,
             :authority, :no_reask_before)",
    )?
    .execute(named_params! {
        ":position": At(event.position()),
        ":contact": Word(contact_id),
        ":purpose": step.purpose.map(Word),
        ":channel": step.channel.map(Word),
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
        ":status": consent.map(Word),
        ":kind": suppression.map(|(kind, _)| Word(kind)),
        ":suppression": suppression.map(|(_, status)| Word(status)),
        ":reason": step.reason.map(Word),
        ":counts_from": Micros(step.invalid.map_or_else(|| event.occurred_at(), |(since, _)| since)),
        ":jurisdiction": step.jurisdiction.map(Json),
        ":token": step.token.map(|(token, _)| Word(token)),
        ":confirm_by": step.token.map(|(_, confirm_by)| Micros(confirm_by)),
        ":renews": step.renews.map(Word),
        ":authority": step.invalid.map(|(_, authority)| Word(authority)),
        ":no_reask_before": step.no_reask_before.map(Micros),
    })?;
    Ok(())
}
