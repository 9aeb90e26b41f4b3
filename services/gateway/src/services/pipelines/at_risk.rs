//! Deals that stall or slip.

use rapport_domain::id::PipelineId;
use rapport_domain::value::Reference;
use rapport_projections::pipeline::{AtRisk, AtRiskFilter};
use rapport_proto::v1 as wire;

use super::opportunities::opportunity;
use crate::error::Error;
use crate::parse::Fields;
use crate::services::Services;
use crate::wire::{Known as _, timestamp};

impl Services {
    pub(super) async fn answer_opportunities_at_risk(
        &self,
        message: wire::ListOpportunitiesAtRiskRequest,
    ) -> Result<wire::ListOpportunitiesAtRiskResponse, Error> {
        let mut fields = Fields::new();
        let pipeline_id = fields.optional("pipeline_id", &message.pipeline_id, PipelineId::parse);
        let owner = fields.optional("owner", &message.owner, Reference::parse);
        let team = fields.optional("team", &message.team, Reference::parse);
        let aged_at = fields.instant("aged_at", message.aged_at);
        let page = fields.page(message.page.as_ref());
        let (pipeline_id, owner, team, aged_at, page) =
            fields.finish((pipeline_id, owner, team, aged_at, page))?;
        let filter = AtRiskFilter { pipeline_id, owner, team };
        let moment = self.moment(message.header.as_ref()).await?;
        let aged_at = aged_at.unwrap_or(moment.today);
        let answer = self.projections.pipeline().at_risk(moment.freshness, filter, aged_at, page).await?;
        Ok(wire::ListOpportunitiesAtRiskResponse {
            opportunities: answer.value.items.into_iter().map(at_risk).collect(),
            next_page_token: answer.value.next_page_token,
            position: answer.position.0,
            as_of: moment.as_of(),
            aged_at: Some(timestamp(aged_at)),
        })
    }
}

fn at_risk(deal: AtRisk) -> wire::OpportunityAtRisk {
    wire::OpportunityAtRisk {
        opportunity: Some(opportunity(deal.opportunity)),
        risks: deal.risks.into_iter().map(wire::DealRisk::number).collect(),
        age_seconds: deal.age_seconds,
    }
}
