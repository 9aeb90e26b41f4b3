//! How leads fold.

use rapport_domain::DomainEvent;
use rapport_domain::id::{FieldSetId, LeadId, OpportunityId, RoutingPolicyId, ScoringModelId};
use rapport_domain::interaction;
use rapport_domain::lead::Event;
use rapport_domain::{field_set, opportunity, routing_policy, scoring_model};
use rusqlite::Transaction;

use super::contribution::Contribution;
use super::{Lead, describe, field_sets, rules};
use crate::column::{At, Json, Micros, Word};
use crate::projection::{ProjectError, Projected, Projection};

/// The fold; see the module above.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LeadProjection;

impl Projection for LeadProjection {
    const NAME: &'static str = "leads";
    const VERSION: u32 = 2;
    const HANDLES: &'static [&'static str] = &[
        "scoring_model.published.v1",
        "routing_policy.published.v1",
        "field_set.published.v1",
        "lead.captured.v1",
        "lead.captured_again.v1",
        "lead.enriched.v1",
        "lead.scored.v1",
        "lead.assigned.v1",
        "lead.assignment_declined.v1",
        "lead.assignment_timed_out.v1",
        "lead.contacted.v1",
        "lead.qualified.v1",
        "lead.disqualified.v1",
        "lead.recycled.v1",
        "lead.converted.v1",
        "opportunity.won.v1",
        "opportunity.lost.v1",
        "opportunity.reopened.v1",
    ];
    const SOURCES: &'static [&'static str] = &[
        include_str!("../leads.rs"),
        include_str!("contribution.rs"),
        include_str!("describe.rs"),
        include_str!("field_sets.rs"),
        include_str!("project.rs"),
        include_str!("query.rs"),
        include_str!("report.rs"),
        include_str!("row.rs"),
        include_str!("rules.rs"),
    ];

    fn schema() -> &'static str {
        include_str!("schema.sql")
    }

    fn project(&mut self, tx: &Transaction<'_>, event: &Projected<'_>) -> Result<(), ProjectError> {
        let stream = event.recorded.stream.id();
        match event.event {
            DomainEvent::Lead(happened) => {
                let id = LeadId::parse(stream).map_err(|_| ProjectError::Stream { noun: LeadId::NOUN })?;
                change(tx, event, id, happened)?;
            }
            DomainEvent::Opportunity(happened) => {
                let id = OpportunityId::parse(stream)
                    .map_err(|_| ProjectError::Stream { noun: OpportunityId::NOUN })?;
                close(tx, event, id, happened)?;
            }
            DomainEvent::ScoringModel(scoring_model::Event::Published(published)) => {
                let id = ScoringModelId::parse(stream)
                    .map_err(|_| ProjectError::Stream { noun: ScoringModelId::NOUN })?;
                rules::SCORING_MODELS.put(tx, event.position(), id, &published.definition)?;
            }
            DomainEvent::RoutingPolicy(routing_policy::Event::Published(published)) => {
                let id = RoutingPolicyId::parse(stream)
                    .map_err(|_| ProjectError::Stream { noun: RoutingPolicyId::NOUN })?;
                rules::ROUTING_POLICIES.put(tx, event.position(), id, &published.definition)?;
            }
            DomainEvent::FieldSet(field_set::Event::Published(published)) => {
                let id =
                    FieldSetId::parse(stream).map_err(|_| ProjectError::Stream { noun: FieldSetId::NOUN })?;
                if id == field_set::of_leads() {
                    field_sets::put(tx, event.occurred_at(), &published.definition)?;
                }
            }
            DomainEvent::Contact(_)
            | DomainEvent::Interaction(_)
            | DomainEvent::Pipeline(_)
            | DomainEvent::Subscription(_)
            | DomainEvent::Consent(_)
            | DomainEvent::SubjectRequest(_)
            | DomainEvent::Notice(_)
            | DomainEvent::Suppression(_)
            | DomainEvent::Access(_)
            | DomainEvent::Calendar(_)
            | DomainEvent::SlaPolicy(_)
            | DomainEvent::Case(_)
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
    lead_id: LeadId,
    happened: &Event,
) -> rusqlite::Result<()> {
    let (position, before, now) = match (Lead::find(tx, lead_id)?, happened) {
        (Some((position, lead)), happened) => {
            let before = Contribution::of(&lead);
            (position, Some(before), lead.after(happened, event.occurred_at(), event.revision()))
        }
        (None, Event::Captured(captured)) => {
            let position = i64::try_from(event.position().0).unwrap_or(i64::MAX);
            (position, None, Lead::captured(lead_id, captured, event))
        }
        // Nothing happens to a lead that never came in.
        (
            None,
            Event::CapturedAgain(_)
            | Event::Enriched(_)
            | Event::Scored(_)
            | Event::Assigned(_)
            | Event::AssignmentDeclined(_)
            | Event::AssignmentTimedOut(_)
            | Event::Contacted(_)
            | Event::Qualified(_)
            | Event::Disqualified(_)
            | Event::Recycled(_)
            | Event::Converted(_),
        ) => return Ok(()),
    };
    now.write(tx, position)?;
    Contribution::replace(tx, before.as_ref(), &Contribution::of(&now))?;
    if let Some(external) = external(happened) {
        tx.prepare_cached("INSERT OR IGNORE INTO externals VALUES (?1, ?2, ?3)")?.execute((
            Word(&external.system),
            Word(&external.external_ref),
            Word(now.contact_id),
        ))?;
    }
    tx.prepare_cached("INSERT OR REPLACE INTO entries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute((
            Word(lead_id),
            At(event.position()),
            &event.recorded.event_type,
            Micros(event.occurred_at()),
            Json(&event.metadata.actor),
            describe::event(happened),
            describe::said(happened).map(Word),
        ))
        .map(drop)
}

/// Where another system keeps what came in.
const fn external(event: &Event) -> Option<&interaction::Source> {
    match event {
        Event::Captured(captured) => captured.capture.external.as_ref(),
        Event::CapturedAgain(again) => again.capture.external.as_ref(),
        Event::Enriched(_)
        | Event::Scored(_)
        | Event::Assigned(_)
        | Event::AssignmentDeclined(_)
        | Event::AssignmentTimedOut(_)
        | Event::Contacted(_)
        | Event::Qualified(_)
        | Event::Disqualified(_)
        | Event::Recycled(_)
        | Event::Converted(_) => None,
    }
}

/// The deal that came of a lead is won, lost, or open again.
fn close(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    opportunity_id: OpportunityId,
    happened: &opportunity::Event,
) -> rusqlite::Result<()> {
    let at = Some(event.occurred_at());
    let (won_at, lost_at) = match happened {
        opportunity::Event::Won(_) => (at, None),
        opportunity::Event::Lost(_) => (None, at),
        opportunity::Event::Reopened(_) => (None, None),
        opportunity::Event::Opened(_)
        | opportunity::Event::StageMoved(_)
        | opportunity::Event::AmountRevised(_)
        | opportunity::Event::CloseDateMoved(_)
        | opportunity::Event::OwnerAssigned(_)
        | opportunity::Event::NextStepSet(_)
        | opportunity::Event::ContactRoleAdded(_)
        | opportunity::Event::ContactRoleRemoved(_)
        | opportunity::Event::ForecastOverridden(_)
        | opportunity::Event::SegmentSet(_)
        | opportunity::Event::SegmentCleared(_)
        | opportunity::Event::CriterionMet(_)
        | opportunity::Event::CriterionRetracted(_)
        | opportunity::Event::QuoteChosen(_) => return Ok(()),
    };
    let Some((position, lead)) = Lead::of_opportunity(tx, opportunity_id)? else { return Ok(()) };
    let before = Contribution::of(&lead);
    let now = Lead { won_at, lost_at, ..lead };
    now.write(tx, position)?;
    Contribution::replace(tx, Some(&before), &Contribution::of(&now))
}
