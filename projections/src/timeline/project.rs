//! How the log folds into timelines.

use rapport_domain::DomainEvent;
use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::id::{ContactId, InteractionId, OpportunityId, SubscriptionId};
use rapport_domain::interaction::{Corrected, Event, Recorded, Redacted, Related};
use rapport_domain::value::Reference;
use rapport_domain::{case, lead, opportunity, quote, subject_request, subscription};
use rusqlite::{OptionalExtension as _, Transaction, named_params};

use super::{Kind, describe};
use crate::column::{At, Json, Micros, Word};
use crate::projection::{ProjectError, Projected, Projection};

/// The fold; see the module above.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TimelineProjection;

impl Projection for TimelineProjection {
    const NAME: &'static str = "timeline";
    const VERSION: u32 = 14;
    const HANDLES: &'static [&'static str] = &[
        "contact.registered.v1",
        "contact.name_corrected.v1",
        "contact.contact_point_added.v1",
        "contact.contact_point_removed.v1",
        "contact.owner_assigned.v1",
        "contact.lifecycle_stage_changed.v1",
        "contact.segment_set.v1",
        "contact.segment_cleared.v1",
        "contact.archived.v1",
        "contact.restored.v1",
        "contact.erased.v1",
        "contact.legal_hold_placed.v1",
        "contact.legal_hold_release_proposed.v1",
        "contact.legal_hold_released.v1",
        "contact.disclosed.v1",
        "interaction.recorded.v1",
        "interaction.corrected.v1",
        "interaction.redacted.v1",
        "opportunity.opened.v1",
        "opportunity.stage_moved.v1",
        "opportunity.amount_revised.v1",
        "opportunity.close_date_moved.v1",
        "opportunity.owner_assigned.v1",
        "opportunity.won.v1",
        "opportunity.lost.v1",
        "opportunity.reopened.v1",
        "opportunity.next_step_set.v1",
        "opportunity.contact_role_added.v1",
        "opportunity.contact_role_removed.v1",
        "opportunity.forecast_overridden.v1",
        "opportunity.segment_set.v1",
        "opportunity.segment_cleared.v1",
        "opportunity.criterion_met.v1",
        "opportunity.criterion_retracted.v1",
        "subscription.started.v1",
        "subscription.renewed.v1",
        "subscription.amount_changed.v1",
        "subscription.paused.v1",
        "subscription.cancelled.v1",
        "subscription.reactivated.v1",
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
        "suppression.raised.v1",
        "suppression.lift_requested.v1",
        "suppression.lifted.v1",
        "suppression.retained.v1",
        "subject_request.received.v1",
        "subject_request.extended.v1",
        "subject_request.approved.v1",
        "subject_request.refused.v1",
        "subject_request.fulfilled.v1",
        "subject_request.archive_made.v1",
        "subject_request.erasure_scheduled.v1",
        "subject_request.erasure_cancelled.v1",
        "subject_request.erasure_begun.v1",
        "subject_request.due_soon.v1",
        "subject_request.overdue.v1",
        "subject_request.recipients_listed.v1",
        "subject_request.recipient_told.v1",
        "subject_request.recipient_not_told.v1",
        "case.opened.v1",
        "case.assigned.v1",
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
        "lead.captured.v1",
        "lead.captured_again.v1",
        "lead.enriched.v1",
        "lead.scored.v1",
        "lead.assigned.v1",
        "lead.assignment_declined.v1",
        "lead.assignment_timed_out.v1",
        "lead.qualified.v1",
        "lead.disqualified.v1",
        "lead.recycled.v1",
        "lead.converted.v1",
        "quote.created.v1",
        "quote.sent.v1",
        "quote.accepted.v1",
        "quote.declined.v1",
        "quote.expired.v1",
        "quote.withdrawn.v1",
    ];
    const SOURCES: &'static [&'static str] = &[
        include_str!("../timeline.rs"),
        include_str!("changes.rs"),
        include_str!("describe.rs"),
        include_str!("project.rs"),
        include_str!("query.rs"),
        include_str!("recall.rs"),
    ];

    const NEED_INDEXES: &'static [&'static str] = &["interaction.corrected.v1", "interaction.redacted.v1"];

    fn schema() -> &'static str {
        include_str!("schema.sql")
    }

    fn indexes() -> &'static str {
        include_str!("indexes.sql")
    }

    fn project(&mut self, tx: &Transaction<'_>, event: &Projected<'_>) -> Result<(), ProjectError> {
        match event.event {
            DomainEvent::Interaction(Event::Recorded(recorded)) => {
                record(tx, event, event.contact_of_stream()?, recorded)?;
            }
            DomainEvent::Interaction(Event::Corrected(corrected)) => correct(tx, event, corrected)?,
            DomainEvent::Interaction(Event::Redacted(redacted)) => redact(tx, event, redacted)?,
            DomainEvent::Contact(happened) => {
                let description = describe::contact(happened);
                file(tx, event, event.contact_of_stream()?, Kind::Contact, None, &description)?;
            }
            DomainEvent::Consent(happened) => {
                let description = describe::consent(happened);
                file(tx, event, event.contact_of_stream()?, Kind::Consent, None, &description)?;
            }
            DomainEvent::Suppression(happened) => {
                let description = describe::suppression(happened);
                file(tx, event, event.contact_of_stream()?, Kind::Consent, None, &description)?;
            }
            DomainEvent::Opportunity(happened) => opportunity(tx, event, happened)?,
            DomainEvent::Subscription(happened) => subscription(tx, event, happened)?,
            DomainEvent::SubjectRequest(happened) => subject_request(tx, event, happened)?,
            DomainEvent::Case(happened) => case(tx, event, happened)?,
            DomainEvent::Lead(happened) => lead(tx, event, happened)?,
            DomainEvent::Quote(happened) => quote(tx, event, happened)?,
            DomainEvent::Pipeline(_)
            | DomainEvent::Notice(_)
            | DomainEvent::Access(_)
            | DomainEvent::Calendar(_)
            | DomainEvent::SlaPolicy(_)
            | DomainEvent::ScoringModel(_)
            | DomainEvent::RoutingPolicy(_)
            | DomainEvent::FieldSet(_)
            | DomainEvent::Task(_)
            | DomainEvent::PriceBook(_) => {}
        }
        Ok(())
    }
}

fn opportunity(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    happened: &opportunity::Event,
) -> Result<(), ProjectError> {
    let contact_id = match happened {
        opportunity::Event::Opened(opened) => belongs(tx, event, opened.contact_id)?,
        opportunity::Event::StageMoved(_)
        | opportunity::Event::AmountRevised(_)
        | opportunity::Event::CloseDateMoved(_)
        | opportunity::Event::OwnerAssigned(_)
        | opportunity::Event::Won(_)
        | opportunity::Event::Lost(_)
        | opportunity::Event::Reopened(_)
        | opportunity::Event::NextStepSet(_)
        | opportunity::Event::ContactRoleAdded(_)
        | opportunity::Event::ContactRoleRemoved(_)
        | opportunity::Event::ForecastOverridden(_)
        | opportunity::Event::SegmentSet(_)
        | opportunity::Event::SegmentCleared(_)
        | opportunity::Event::CriterionMet(_)
        | opportunity::Event::CriterionRetracted(_) => whose(tx, event)?,
        // The acceptance tells of it.
        opportunity::Event::QuoteChosen(_) => None,
    };
    let Some(contact_id) = contact_id else { return Ok(()) };
    let id = OpportunityId::parse(event.recorded.stream.id())
        .map_err(|_| ProjectError::Stream { noun: OpportunityId::NOUN })?;
    let description = describe::opportunity(happened);
    Ok(file(tx, event, contact_id, Kind::Opportunity, Some(Related::Opportunity(id)), &description)?)
}

fn subscription(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    happened: &subscription::Event,
) -> Result<(), ProjectError> {
    let contact_id = match happened {
        subscription::Event::Started(started) => belongs(tx, event, Some(started.contact_id))?,
        subscription::Event::Renewed(_)
        | subscription::Event::AmountChanged(_)
        | subscription::Event::Paused(_)
        | subscription::Event::Cancelled(_)
        | subscription::Event::Reactivated(_) => whose(tx, event)?,
    };
    let Some(contact_id) = contact_id else { return Ok(()) };
    let id = SubscriptionId::parse(event.recorded.stream.id())
        .map_err(|_| ProjectError::Stream { noun: SubscriptionId::NOUN })?;
    let description = describe::subscription(happened);
    Ok(file(tx, event, contact_id, Kind::Subscription, Some(Related::Subscription(id)), &description)?)
}

fn subject_request(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    happened: &subject_request::Event,
) -> Result<(), ProjectError> {
    let contact_id = match happened {
        subject_request::Event::Received(received) => belongs(tx, event, Some(received.contact_id))?,
        subject_request::Event::Extended(_)
        | subject_request::Event::Approved(_)
        | subject_request::Event::Refused(_)
        | subject_request::Event::Fulfilled(_)
        | subject_request::Event::ArchiveMade(_)
        | subject_request::Event::ErasureScheduled(_)
        | subject_request::Event::ErasureCancelled(_)
        | subject_request::Event::ErasureBegun(_)
        | subject_request::Event::DueSoon(_)
        | subject_request::Event::Overdue(_)
        | subject_request::Event::RecipientsListed(_)
        | subject_request::Event::RecipientTold(_)
        | subject_request::Event::RecipientNotTold(_) => whose(tx, event)?,
    };
    let Some(contact_id) = contact_id else { return Ok(()) };
    let description = describe::subject_request(happened);
    Ok(file(tx, event, contact_id, Kind::SubjectRequest, None, &description)?)
}

/// What was said in a case is an interaction, and filed as one.
fn case(tx: &Transaction<'_>, event: &Projected<'_>, happened: &case::Event) -> Result<(), ProjectError> {
    let contact_id = match happened {
        case::Event::Opened(opened) => belongs(tx, event, opened.contact_id)?,
        case::Event::Replied(_) | case::Event::CustomerReplied(_) => None,
        case::Event::Assigned(_)
        | case::Event::Awaited(_)
        | case::Event::Resumed(_)
        | case::Event::PriorityChanged(_)
        | case::Event::Escalated(_)
        | case::Event::TargetBreached(_)
        | case::Event::Resolved(_)
        | case::Event::Reopened(_)
        | case::Event::Closed(_)
        | case::Event::Merged(_)
        | case::Event::BugLinked(_)
        | case::Event::Parted(_)
        | case::Event::TargetWarned(_)
        | case::Event::Rated(_)
        | case::Event::RatingReviewed(_) => whose(tx, event)?,
    };
    let Some(contact_id) = contact_id else { return Ok(()) };
    let related = Reference::parse(event.recorded.stream.id()).ok().map(Related::Case);
    let description = crate::cases::describe::event(happened);
    Ok(file(tx, event, contact_id, Kind::Case, related, &description)?)
}

/// That a lead was contacted is an interaction, and filed as one.
fn lead(tx: &Transaction<'_>, event: &Projected<'_>, happened: &lead::Event) -> Result<(), ProjectError> {
    let contact_id = match happened {
        lead::Event::Captured(captured) => belongs(tx, event, Some(captured.contact_id))?,
        lead::Event::Contacted(_) => None,
        lead::Event::CapturedAgain(_)
        | lead::Event::Enriched(_)
        | lead::Event::Scored(_)
        | lead::Event::Assigned(_)
        | lead::Event::AssignmentDeclined(_)
        | lead::Event::AssignmentTimedOut(_)
        | lead::Event::Qualified(_)
        | lead::Event::Disqualified(_)
        | lead::Event::Recycled(_)
        | lead::Event::Converted(_) => whose(tx, event)?,
    };
    let Some(contact_id) = contact_id else { return Ok(()) };
    let description = crate::leads::describe::event(happened);
    Ok(file(tx, event, contact_id, Kind::Lead, None, &description)?)
}

/// A quote is the contact's whose the deal is, and told of once it leaves the house or comes to an end.
fn quote(tx: &Transaction<'_>, event: &Projected<'_>, happened: &quote::Event) -> Result<(), ProjectError> {
    let contact_id = match happened {
        quote::Event::Created(created) => {
            let deal = format!("{}-{}", opportunity::Opportunity::CATEGORY, created.opportunity_id);
            belongs(tx, event, subject_of(tx, &deal)?)?;
            None
        }
        quote::Event::Revised(_) => None,
        quote::Event::Sent(_)
        | quote::Event::Accepted(_)
        | quote::Event::Declined(_)
        | quote::Event::Expired(_)
        | quote::Event::Withdrawn(_) => whose(tx, event)?,
    };
    let Some(contact_id) = contact_id else { return Ok(()) };
    let description = describe::quote(happened);
    Ok(file(tx, event, contact_id, Kind::Opportunity, None, &description)?)
}

/// Remembers whose the stream is.
fn belongs(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    contact_id: Option<ContactId>,
) -> rusqlite::Result<Option<ContactId>> {
    if let Some(contact_id) = contact_id {
        tx.prepare_cached("INSERT OR REPLACE INTO subjects VALUES (?1, ?2)")?
            .execute((event.recorded.stream.as_str(), Word(contact_id)))?;
    }
    Ok(contact_id)
}

fn whose(tx: &Transaction<'_>, event: &Projected<'_>) -> rusqlite::Result<Option<ContactId>> {
    subject_of(tx, event.recorded.stream.as_str())
}

fn subject_of(tx: &Transaction<'_>, stream: &str) -> rusqlite::Result<Option<ContactId>> {
    let found: Option<Word<ContactId>> = tx
        .prepare_cached("SELECT contact_id FROM subjects WHERE stream = ?1")?
        .query_row((stream,), |row| row.get(0))
        .optional()?;
    Ok(found.map(|contact_id| contact_id.0))
}

/// Files an entry that is no exchange.
fn file(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    contact_id: ContactId,
    kind: Kind,
    related: Option<Related>,
    description: &str,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO entries (position, contact_id, event_type, kind, occurred_at, recorded_at, actor, related,
             description)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute((
        At(event.position()),
        Word(contact_id),
        &event.recorded.event_type,
        Word(kind),
        Micros(event.occurred_at()),
        Micros(event.recorded.recorded_at),
        Json(&event.metadata.actor),
        related.map(|related| Json([related])),
        description,
    ))?;
    Ok(())
}

fn record(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    contact_id: ContactId,
    recorded: &Recorded,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO entries (position, contact_id, event_type, kind, occurred_at, recorded_at, actor, related,
             interaction_id, channel, direction, summary, topic, duration_seconds, outcome, value, currency, source,
             segments)
         VALUES (:position, :contact, :type, :kind, :occurred_at, :recorded_at, :actor, :related,
             :interaction, :channel, :direction, :summary, :topic, :duration, :outcome, :value, :currency, :source,
             :segments)",
    )?
    .execute(named_params! {
        ":position": At(event.position()),
        ":contact": Word(contact_id),
        ":type": event.recorded.event_type,
        ":kind": Word(Kind::Interaction),
        ":occurred_at": Micros(event.occurred_at()),
        ":recorded_at": Micros(event.recorded.recorded_at),
        ":actor": Json(&event.metadata.actor),
        ":related": (!recorded.related.is_empty()).then_some(Json(&recorded.related)),
        ":interaction": Word(recorded.interaction_id),
        ":channel": Word(recorded.channel),
        ":direction": Word(recorded.direction),
        ":summary": recorded.summary.as_ref().map(Json),
        ":topic": recorded.topic.as_ref().map(Word),
        ":duration": recorded.duration_seconds,
        ":outcome": recorded.outcome.as_ref().map(Word),
        ":value": recorded.value.map(|value| value.minor_units),
        ":currency": recorded.value.map(|value| Word(value.currency)),
        ":source": recorded.source.as_ref().map(Json),
        ":segments": (!recorded.segments.is_empty()).then_some(Json(&recorded.segments)),
    })?;
    Ok(())
}

/// A text that was taken away stays away.
fn correct(tx: &Transaction<'_>, event: &Projected<'_>, corrected: &Corrected) -> Result<(), ProjectError> {
    keep_earlier(tx, event, corrected.interaction_id)?;
    tx.prepare_cached(
        "UPDATE entries SET summary = coalesce(?2, summary), duration_seconds = coalesce(?3, duration_seconds),
             outcome = coalesce(?4, outcome), corrected_at = ?5, changed = ?7
         WHERE substr(interaction_id, 13, 13) = substr(?1, 13, 13) AND contact_id = ?6 AND interaction_id = ?1 AND redacted = 0",
    )?
    .execute((
        Word(corrected.interaction_id),
        corrected.summary.as_ref().map(Json),
        corrected.duration_seconds,
        corrected.outcome.as_ref().map(Word),
        Micros(event.recorded.recorded_at),
        Word(event.contact_of_stream()?),
        At(event.position()),
    ))?;
    Ok(())
}

fn redact(tx: &Transaction<'_>, event: &Projected<'_>, redacted: &Redacted) -> Result<(), ProjectError> {
    keep_earlier(tx, event, redacted.interaction_id)?;
    tx.prepare_cached(
        "UPDATE entries SET redacted = 1, summary = NULL, changed = ?3
         WHERE substr(interaction_id, 13, 13) = substr(?1, 13, 13) AND contact_id = ?2 AND interaction_id = ?1",
    )?
    .execute((Word(redacted.interaction_id), Word(event.contact_of_stream()?), At(event.position())))?;
    Ok(())
}

/// Keeps what an exchange says, before that is changed.
fn keep_earlier(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    interaction_id: InteractionId,
) -> Result<(), ProjectError> {
    tx.prepare_cached(
        "INSERT INTO earlier
         SELECT position, ?3, contact_id, summary, duration_seconds, outcome, redacted, corrected_at, changed FROM entries
         WHERE substr(interaction_id, 13, 13) = substr(?1, 13, 13) AND contact_id = ?2 AND interaction_id = ?1",
    )?
    .execute((Word(interaction_id), Word(event.contact_of_stream()?), At(event.position())))?;
    Ok(())
}
