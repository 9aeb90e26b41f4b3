//! Deals: how one begins, and the answers about them.

use rapport_application::OpenOpportunity;
use rapport_domain::id::{ContactId, OpportunityId, PipelineId};
use rapport_domain::opportunity::ContactRole;
use rapport_domain::pipeline::Percent;
use rapport_domain::value::{Date, Key, Label, Reference};
use rapport_projections::pipeline::{
    ForecastOverride, MetCriterion, Opportunity, OpportunityFilter, OpportunityStatus,
};
use rapport_proto::v1 as wire;

use super::planning::{contact_roles, opening_step};
use crate::error::Error;
use crate::parse::Fields;
use crate::services::Services;
use crate::wire::{Known, frozen_rate, known, money, segments, text, timestamp};

pub(super) fn opening(
    fields: &mut Fields,
    message: &wire::OpenOpportunityRequest,
) -> Option<OpenOpportunity> {
    let pipeline_id = fields.required("pipeline_id", &message.pipeline_id, PipelineId::parse);
    let stage = fields.optional("stage", &message.stage, Key::parse);
    let title = fields.required("title", &message.title, Label::parse);
    let contact_id = fields.optional("contact_id", &message.contact_id, ContactId::parse);
    let amount = fields.money("amount", message.amount.as_ref());
    let fx = fields.frozen_rate("fx", message.fx.as_ref());
    let expected_close_on = fields.optional("expected_close_on", &message.expected_close_on, Date::parse);
    let owner = fields.optional("owner", &message.owner, Reference::parse);
    let team = fields.optional("team", &message.team, Reference::parse);
    let segments = fields.segments("segments", &message.segments);
    let next_step = opening_step(fields, "", &message.next_step, &message.next_step_due_on);
    let contact_roles = contact_roles(fields, &message.contact_roles);
    Some(OpenOpportunity {
        pipeline_id: pipeline_id?,
        stage: stage?,
        title: title?,
        contact_id: contact_id?,
        amount: amount?,
        fx: fx?,
        expected_close_on: expected_close_on?,
        owner: owner?,
        team: team?,
        segments: segments?,
        next_step: next_step?,
        contact_roles: contact_roles?,
    })
}

impl Known for wire::OpportunityStatus {
    type Domain = OpportunityStatus;
    const PAIRS: &'static [(Self, OpportunityStatus)] = &[
        (Self::Open, OpportunityStatus::Open),
        (Self::Won, OpportunityStatus::Won),
        (Self::Lost, OpportunityStatus::Lost),
    ];
}

impl Services {
    pub(super) async fn answer_opportunity(
        &self,
        message: wire::GetOpportunityRequest,
    ) -> Result<wire::GetOpportunityResponse, Error> {
        let mut fields = Fields::new();
        let id = fields.required("opportunity_id", &message.opportunity_id, OpportunityId::parse);
        let id = fields.finish(id)?;
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = moment.known(self.projections.pipeline().opportunity(moment.freshness, id).await)?;
        Ok(wire::GetOpportunityResponse {
            opportunity: answer.value.map(opportunity),
            position: answer.position.0,
            as_of: moment.as_of(),
        })
    }

    pub(in crate::services) async fn answer_opportunities(
        &self,
        message: wire::ListOpportunitiesRequest,
    ) -> Result<wire::ListOpportunitiesResponse, Error> {
        let mut fields = Fields::new();
        let pipeline_id = fields.optional("pipeline_id", &message.pipeline_id, PipelineId::parse);
        let stage = fields.optional("stage", &message.stage, Key::parse);
        let owner = fields.optional("owner", &message.owner, Reference::parse);
        let contact_id = fields.optional("contact_id", &message.contact_id, ContactId::parse);
        let status = match wire::OpportunityStatus::try_from(message.status) {
            Ok(status) => Some(known(status)),
            Err(_) => fields.unknown("status"),
        };
        let page = fields.page(message.page.as_ref());
        let (pipeline_id, stage, owner, contact_id, status, page) =
            fields.finish((pipeline_id, stage, owner, contact_id, status, page))?;
        let filter = OpportunityFilter { pipeline_id, stage, owner, contact_id, status };
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = self.projections.pipeline().opportunities(moment.freshness, filter, page).await?;
        Ok(wire::ListOpportunitiesResponse {
            opportunities: answer.value.items.into_iter().map(opportunity).collect(),
            next_page_token: answer.value.next_page_token,
            position: answer.position.0,
            as_of: moment.as_of(),
        })
    }
}

pub(super) fn opportunity(deal: Opportunity) -> wire::Opportunity {
    let (category, probability) = (deal.forecast_category(), deal.forecast_probability());
    let base_amount = deal.base_amount();
    let due_on = deal.next_step.as_ref().and_then(|next| next.due_on);
    wire::Opportunity {
        opportunity_id: deal.opportunity_id.to_string(),
        pipeline_id: deal.pipeline_id.to_string(),
        pipeline_version: deal.pipeline_version,
        stage: deal.stage.to_string(),
        status: wire::OpportunityStatus::number(deal.status),
        title: deal.title.to_string(),
        contact_id: text(deal.contact_id.as_ref()),
        amount: deal.amount.map(money),
        expected_close_on: text(deal.expected_close_on.as_ref()),
        owner: text(deal.owner.as_ref()),
        team: text(deal.team.as_ref()),
        segments: segments(&deal.segments),
        opened_at: Some(timestamp(deal.opened_at)),
        stage_entered_at: Some(timestamp(deal.stage_entered_at)),
        closed_at: deal.closed_at.map(timestamp),
        lost_reason: text(deal.lost_reason.as_ref()),
        competitor: text(deal.competitor.as_ref()),
        revision: deal.revision.0,
        next_step: text(deal.next_step.as_ref().map(|next| &next.what)),
        next_step_due_on: text(due_on.as_ref()),
        contact_roles: deal.contact_roles.iter().map(contact).collect(),
        forecast_category: wire::ForecastCategory::number(category),
        probability_percent: probability.get(),
        forecast_override: deal.forecast_override.as_ref().map(overridden),
        close_date_delays: deal.close_date_delays,
        fx: deal.fx.map(frozen_rate),
        base_amount: base_amount.map(money),
        met_criteria: deal.checklist.met.iter().map(|entry| met(&deal.checklist.stage, entry)).collect(),
    }
}

fn met(stage: &Key, entry: &MetCriterion) -> wire::MetCriterion {
    wire::MetCriterion {
        stage: stage.to_string(),
        key: entry.key.to_string(),
        note: text(entry.note.as_ref()),
        met_by: entry.actor.to_string(),
        met_at: Some(timestamp(entry.met_at)),
    }
}

fn contact(entry: &ContactRole) -> wire::OpportunityContact {
    wire::OpportunityContact {
        contact_id: entry.contact_id.to_string(),
        role: wire::ContactRole::number(entry.role),
    }
}

fn overridden(forecast: &ForecastOverride) -> wire::ForecastOverride {
    wire::ForecastOverride {
        category: forecast.category.map_or(0, wire::ForecastCategory::number),
        probability_percent: forecast.probability.map(Percent::get),
        reason: forecast.reason.to_string(),
        overridden_by: forecast.actor.to_string(),
        overridden_at: Some(timestamp(forecast.overridden_at)),
    }
}
