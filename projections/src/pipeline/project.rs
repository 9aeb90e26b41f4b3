//! How sales fold.

use rapport_domain::id::{OpportunityId, PipelineId};
use rapport_domain::opportunity::Event;
use rapport_domain::pipeline::Definition;
use rapport_domain::{DomainEvent, pipeline};
use rusqlite::Transaction;

use super::contribution::Contribution;
use super::counters::Counters;
use super::deals::{Changed, Deals};
use super::{Opportunity, at_risk};
use crate::column::{At, Json, Word};
use crate::projection::{ProjectError, Projected, Projection};

/// The fold; see the module above.
#[derive(Debug, Clone, Default)]
pub(crate) struct PipelineProjection {
    deals: Deals,
    counters: Counters,
}

impl Projection for PipelineProjection {
    const NAME: &'static str = "pipeline";
    const VERSION: u32 = 7;
    const HANDLES: &'static [&'static str] = &[
        "pipeline.published.v1",
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
        "opportunity.quote_chosen.v1",
    ];
    const SOURCES: &'static [&'static str] = &[
        include_str!("../pipeline.rs"),
        include_str!("ages.rs"),
        include_str!("at_risk.rs"),
        include_str!("checklist.rs"),
        include_str!("closed.rs"),
        include_str!("closed/counters.rs"),
        include_str!("closed/group.rs"),
        include_str!("closed/median.rs"),
        include_str!("closed/totals.rs"),
        include_str!("closings.rs"),
        include_str!("contribution.rs"),
        include_str!("converted.rs"),
        include_str!("counters.rs"),
        include_str!("deal.rs"),
        include_str!("deals.rs"),
        include_str!("forecast.rs"),
        include_str!("project.rs"),
        include_str!("query.rs"),
        include_str!("sign.rs"),
        include_str!("standing.rs"),
        include_str!("tally.rs"),
        include_str!("velocity.rs"),
        include_str!("view.rs"),
        include_str!("win_loss.rs"),
    ];

    const FRAME: &'static [&'static str] = &["pipeline.published.v1"];

    fn schema() -> &'static str {
        include_str!("schema.sql")
    }

    fn project(&mut self, tx: &Transaction<'_>, event: &Projected<'_>) -> Result<(), ProjectError> {
        match event.event {
            DomainEvent::Pipeline(pipeline::Event::Published(published)) => {
                let id = PipelineId::parse(event.recorded.stream.id())
                    .map_err(|_| ProjectError::Stream { noun: PipelineId::NOUN })?;
                publish(tx, event, id, &published.definition)?;
            }
            DomainEvent::Opportunity(happened) => {
                let id = OpportunityId::parse(event.recorded.stream.id())
                    .map_err(|_| ProjectError::Stream { noun: OpportunityId::NOUN })?;
                change(self, tx, event, id, happened)?;
            }
            DomainEvent::Contact(_)
            | DomainEvent::Interaction(_)
            | DomainEvent::Subscription(_)
            | DomainEvent::Consent(_)
            | DomainEvent::SubjectRequest(_)
            | DomainEvent::Notice(_)
            | DomainEvent::Suppression(_)
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

    fn settle(&mut self, tx: &Transaction<'_>) -> Result<(), ProjectError> {
        self.deals.settle(tx)?;
        Ok(self.counters.settle(tx)?)
    }
}

fn publish(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    pipeline_id: PipelineId,
    definition: &Definition,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO pipelines VALUES (?1, ?2, ?3) ON CONFLICT (pipeline_id) DO UPDATE SET version = excluded.version",
    )?
    .execute((At(event.position()), Word(pipeline_id), definition.version))?;
    at_risk::note_limits(tx, pipeline_id, definition)?;
    tx.prepare_cached("INSERT OR REPLACE INTO pipeline_versions VALUES (?1, ?2, ?3)")?
        .execute((Word(pipeline_id), definition.version, Json(definition)))
        .map(drop)
}

fn change(
    fold: &mut PipelineProjection,
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    opportunity_id: OpportunityId,
    happened: &Event,
) -> rusqlite::Result<()> {
    let (before, deal) = match (fold.deals.take(tx, opportunity_id)?, happened) {
        (Some(deal), happened) => {
            let before = Contribution::of(&deal.now);
            (before, Changed { now: deal.now.after(happened, event), ..deal })
        }
        (None, Event::Opened(opened)) => {
            let position = i64::try_from(event.position().0).unwrap_or(i64::MAX);
            let now = Opportunity::opened(opportunity_id, opened, event);
            (Contribution::default(), Changed::opened(position, now))
        }
        // Nothing happens to a deal that was never opened.
        (
            None,
            Event::StageMoved(_)
            | Event::AmountRevised(_)
            | Event::CloseDateMoved(_)
            | Event::OwnerAssigned(_)
            | Event::Won(_)
            | Event::Lost(_)
            | Event::Reopened(_)
            | Event::NextStepSet(_)
            | Event::ContactRoleAdded(_)
            | Event::ContactRoleRemoved(_)
            | Event::ForecastOverridden(_)
            | Event::SegmentSet(_)
            | Event::SegmentCleared(_)
            | Event::CriterionMet(_)
            | Event::CriterionRetracted(_)
            | Event::QuoteChosen(_),
        ) => return Ok(()),
    };
    Contribution::replace(&mut fold.counters, tx, before, Contribution::of(&deal.now))?;
    fold.deals.put(tx, deal)
}
