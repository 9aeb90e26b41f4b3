//! How cases fold.

use rapport_domain::DomainEvent;
use rapport_domain::case::Event;
use rapport_domain::id::{CalendarId, CaseId, InteractionId, SlaPolicyId};
use rapport_domain::{calendar, sla_policy};
use rusqlite::Transaction;

use super::contribution::Contribution;
use super::{Case, describe, due, schedules};
use crate::column::{At, Json, Micros, Word};
use crate::projection::{ProjectError, Projected, Projection};

/// The fold; see the module above.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CaseProjection;

impl Projection for CaseProjection {
    const NAME: &'static str = "cases";
    const VERSION: u32 = 3;
    const HANDLES: &'static [&'static str] = &[
        "calendar.published.v1",
        "sla_policy.published.v1",
        "case.opened.v1",
        "case.assigned.v1",
        "case.replied.v1",
        "case.customer_replied.v1",
        "case.awaited.v1",
        "case.resumed.v1",
        "case.priority_changed.v1",
        "case.escalated.v1",
        "case.target_breached.v1",
        "case.resolved.v1",
        "case.reopened.v1",
        "case.closed.v1",
        "case.merged.v1",
        "case.bug_linked.v1",
        "case.parted.v1",
        "case.target_warned.v1",
        "case.rated.v1",
        "case.rating_reviewed.v1",
    ];
    const SOURCES: &'static [&'static str] = &[
        include_str!("../cases.rs"),
        include_str!("contribution.rs"),
        include_str!("describe.rs"),
        include_str!("due.rs"),
        include_str!("project.rs"),
        include_str!("query.rs"),
        include_str!("report.rs"),
        include_str!("row.rs"),
        include_str!("schedules.rs"),
    ];

    fn schema() -> &'static str {
        include_str!("schema.sql")
    }

    fn project(&mut self, tx: &Transaction<'_>, event: &Projected<'_>) -> Result<(), ProjectError> {
        let stream = event.recorded.stream.id();
        match event.event {
            DomainEvent::Calendar(calendar::Event::Published(published)) => {
                let id =
                    CalendarId::parse(stream).map_err(|_| ProjectError::Stream { noun: CalendarId::NOUN })?;
                schedules::CALENDARS.put(tx, event.position(), id, &published.definition)?;
            }
            DomainEvent::SlaPolicy(sla_policy::Event::Published(published)) => {
                let id = SlaPolicyId::parse(stream)
                    .map_err(|_| ProjectError::Stream { noun: SlaPolicyId::NOUN })?;
                schedules::SLA_POLICIES.put(tx, event.position(), id, &published.definition)?;
            }
            DomainEvent::Case(happened) => {
                let id = CaseId::parse(stream).map_err(|_| ProjectError::Stream { noun: CaseId::NOUN })?;
                change(tx, event, id, happened)?;
            }
            DomainEvent::Contact(_)
            | DomainEvent::Interaction(_)
            | DomainEvent::Pipeline(_)
            | DomainEvent::Opportunity(_)
            | DomainEvent::Subscription(_)
            | DomainEvent::Consent(_)
            | DomainEvent::SubjectRequest(_)
            | DomainEvent::Notice(_)
            | DomainEvent::Suppression(_)
            | DomainEvent::Access(_)
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

fn change(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    case_id: CaseId,
    happened: &Event,
) -> rusqlite::Result<()> {
    let (position, before, now) = match (Case::find(tx, case_id)?, happened) {
        (Some((position, case)), happened) => {
            let before = Contribution::of(&case);
            (position, Some(before), case.after(happened, event.occurred_at(), event.revision()))
        }
        (None, Event::Opened(opened)) => {
            let position = i64::try_from(event.position().0).unwrap_or(i64::MAX);
            (position, None, Case::opened(case_id, opened, event))
        }
        // Nothing happens to a case that was never opened.
        (
            None,
            Event::Assigned(_)
            | Event::Replied(_)
            | Event::CustomerReplied(_)
            | Event::Awaited(_)
            | Event::Resumed(_)
            | Event::PriorityChanged(_)
            | Event::Escalated(_)
            | Event::TargetBreached(_)
            | Event::Resolved(_)
            | Event::Reopened(_)
            | Event::Closed(_)
            | Event::Merged(_)
            | Event::BugLinked(_)
            | Event::Parted(_)
            | Event::TargetWarned(_)
            | Event::Rated(_)
            | Event::RatingReviewed(_),
        ) => return Ok(()),
    };
    now.write(tx, position)?;
    due::replace(tx, position, &now)?;
    Contribution::replace(tx, before.as_ref(), &Contribution::of(&now))?;
    file(tx, event, case_id, &describe::event(happened), describe::said(happened))?;
    match happened {
        Event::Merged(merged) => {
            file(tx, event, merged.into, &format!("{case_id} became a part of this case"), None)
        }
        Event::Parted(parted) => {
            file(tx, event, parted.from, &format!("{case_id} is no part of this case any more"), None)
        }
        Event::Opened(opened) => opened.split_from.map_or(Ok(()), |whole| {
            file(tx, event, whole, &format!("{case_id} was split from this case"), None)
        }),
        Event::Assigned(_)
        | Event::Replied(_)
        | Event::CustomerReplied(_)
        | Event::Awaited(_)
        | Event::Resumed(_)
        | Event::PriorityChanged(_)
        | Event::Escalated(_)
        | Event::TargetBreached(_)
        | Event::Resolved(_)
        | Event::Reopened(_)
        | Event::Closed(_)
        | Event::BugLinked(_)
        | Event::TargetWarned(_)
        | Event::Rated(_)
        | Event::RatingReviewed(_) => Ok(()),
    }
}

/// Files what happened to a case.
fn file(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    case_id: CaseId,
    description: &str,
    said: Option<InteractionId>,
) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT OR REPLACE INTO entries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute((
            Word(case_id),
            At(event.position()),
            &event.recorded.event_type,
            Micros(event.occurred_at()),
            Json(&event.metadata.actor),
            description,
            said.map(Word),
        ))
        .map(drop)
}
