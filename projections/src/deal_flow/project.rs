//! How the flow of deals folds.

use rapport_domain::id::{OpportunityId, PipelineId};
use rapport_domain::opportunity::Event;
use rapport_domain::{DomainEvent, pipeline};
use rusqlite::Transaction;

use super::deal::Deal;
use super::{forecast, pipelines, visit};
use crate::projection::{ProjectError, Projected, Projection};

/// The fold; see the module above.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DealFlowProjection;

impl Projection for DealFlowProjection {
    const NAME: &'static str = "deal_flow";
    const VERSION: u32 = 1;
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
        "opportunity.forecast_overridden.v1",
    ];
    const SOURCES: &'static [&'static str] = &[
        include_str!("../deal_flow.rs"),
        include_str!("accuracy.rs"),
        include_str!("conversion.rs"),
        include_str!("deal.rs"),
        include_str!("dwell.rs"),
        include_str!("forecast.rs"),
        include_str!("pipelines.rs"),
        include_str!("project.rs"),
        include_str!("visit.rs"),
    ];

    fn schema() -> &'static str {
        include_str!("schema.sql")
    }

    fn project(&mut self, tx: &Transaction<'_>, event: &Projected<'_>) -> Result<(), ProjectError> {
        if let DomainEvent::Pipeline(pipeline::Event::Published(published)) = event.event {
            let id = PipelineId::parse(event.recorded.stream.id())
                .map_err(|_| ProjectError::Stream { noun: PipelineId::NOUN })?;
            pipelines::publish(tx, event.position(), id, &published.definition)?;
        }
        if let DomainEvent::Opportunity(happened) = event.event {
            let id = OpportunityId::parse(event.recorded.stream.id())
                .map_err(|_| ProjectError::Stream { noun: OpportunityId::NOUN })?;
            change(tx, event, id, happened)?;
        }
        Ok(())
    }
}

fn change(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    opportunity_id: OpportunityId,
    happened: &Event,
) -> rusqlite::Result<()> {
    let position = i64::try_from(event.position().0).unwrap_or(i64::MAX);
    let (before, mut now) = match (Deal::find(tx, opportunity_id)?, happened) {
        (Some(deal), happened) => (Some(deal.clone()), deal.after(happened, position)),
        (None, Event::Opened(opened)) => (None, Deal::opened(opportunity_id, opened, position)),
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
    if before.as_ref() == Some(&now) {
        return Ok(());
    }
    visit::follow(tx, before.as_ref(), &now, event.occurred_at())?;
    now.forecast = forecast::follow(tx, before.as_ref(), &now, position)?;
    now.write(tx)
}
