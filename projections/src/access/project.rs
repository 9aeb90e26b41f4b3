//! How accesses are filed.

use rapport_domain::DomainEvent;
use rapport_domain::access::{Denied, Event, Recorded};
use rapport_domain::id::SubjectRequestId;
use rusqlite::Transaction;

use super::requests;
use crate::column::{At, Json, Micros, Word};
use crate::projection::{ProjectError, Projected, Projection};

/// The fold; see the module above.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AccessProjection;

impl Projection for AccessProjection {
    const NAME: &'static str = "access";
    const VERSION: u32 = 5;
    const HANDLES: &'static [&'static str] = &[
        "access.recorded.v1",
        "access.denied.v1",
        "subject_request.received.v1",
        "subject_request.extended.v1",
        "subject_request.approved.v1",
        "subject_request.refused.v1",
        "subject_request.fulfilled.v1",
        "subject_request.erasure_scheduled.v1",
        "subject_request.erasure_cancelled.v1",
        "subject_request.erasure_begun.v1",
        "subject_request.recipients_listed.v1",
        "subject_request.recipient_told.v1",
        "subject_request.recipient_not_told.v1",
    ];
    const SOURCES: &'static [&'static str] = &[
        include_str!("../access.rs"),
        include_str!("project.rs"),
        include_str!("query.rs"),
        include_str!("requests.rs"),
    ];

    fn schema() -> &'static str {
        include_str!("schema.sql")
    }

    fn project(&mut self, tx: &Transaction<'_>, event: &Projected<'_>) -> Result<(), ProjectError> {
        match event.event {
            DomainEvent::Access(Event::Recorded(recorded)) => Ok(file(tx, event, recorded)?),
            DomainEvent::Access(Event::Denied(denied)) => Ok(file_denial(tx, event, denied)?),
            DomainEvent::SubjectRequest(happened) => {
                let id = SubjectRequestId::parse(event.recorded.stream.id())
                    .map_err(|_| ProjectError::Stream { noun: SubjectRequestId::NOUN })?;
                Ok(requests::change(tx, event, id, happened)?)
            }
            DomainEvent::Contact(_)
            | DomainEvent::Interaction(_)
            | DomainEvent::Pipeline(_)
            | DomainEvent::Opportunity(_)
            | DomainEvent::Subscription(_)
            | DomainEvent::Consent(_)
            | DomainEvent::Notice(_)
            | DomainEvent::Suppression(_)
            | DomainEvent::Calendar(_)
            | DomainEvent::SlaPolicy(_)
            | DomainEvent::Case(_)
            | DomainEvent::Lead(_)
            | DomainEvent::ScoringModel(_)
            | DomainEvent::RoutingPolicy(_)
            | DomainEvent::FieldSet(_)
            | DomainEvent::Task(_)
            | DomainEvent::PriceBook(_)
            | DomainEvent::Quote(_) => Ok(()),
        }
    }
}

fn file(tx: &Transaction<'_>, event: &Projected<'_>, recorded: &Recorded) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT INTO accesses VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?.execute((
        At(event.position()),
        Micros(event.recorded.recorded_at),
        Json(&event.metadata.actor),
        Word(&recorded.rpc),
        Json(&recorded.classes),
        recorded.purpose.as_ref().map(Word),
        recorded.permitted.as_ref().map(Json),
        i64::try_from(recorded.subjects.len()).unwrap_or(i64::MAX),
    ))?;
    let mut subject = tx.prepare_cached("INSERT INTO subjects VALUES (?1, ?2, ?3)")?;
    for contact_id in &recorded.subjects {
        let cases = recorded.cases.get(contact_id).map(Json);
        subject.execute((Word(*contact_id), At(event.position()), cases))?;
    }
    Ok(())
}

fn file_denial(tx: &Transaction<'_>, event: &Projected<'_>, denied: &Denied) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT INTO denials VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?.execute((
        At(event.position()),
        Micros(event.recorded.recorded_at),
        Json(&event.metadata.actor),
        Word(&denied.rpc),
        denied.personal,
        i64::try_from(denied.unwritten).unwrap_or(i64::MAX),
        denied.purpose.as_ref().map(Word),
        denied.denied.as_ref().map(Json),
    ))?;
    Ok(())
}
