//! `PipelineService`: pipelines, and the deals in them.

mod at_risk;
mod opportunities;
mod planning;
mod publish;
mod sales;
mod views;
mod watching;

pub(super) use planning::opening_step;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use rapport_application::OpportunityRequest;
use rapport_domain::id::{OpportunityId, PipelineId};
use rapport_domain::value::{Date, Key, Label, Reference};
use rapport_proto::v1 as wire;
use rapport_proto::v1::pipeline_service_server::PipelineService;
use tonic::{Request, Response, Status};

use super::commands::commands;
use super::queries::queries;
use super::{Answering, Services};
use crate::caller::circumstances;
use crate::error::Error;
use crate::parse::{Fields, request_id};
use crate::wire::receipt;

#[tonic::async_trait]
impl PipelineService for Services {
    type WatchPipelineViewStream = BoxStream<'static, Result<wire::WatchPipelineViewResponse, Status>>;

    commands! {
        opportunity by opportunity_id: OpportunityId;
        move_opportunity_stage(MoveOpportunityStageRequest) -> MoveOpportunityStageResponse: |fields, message| {
            fields.required("stage", &message.stage, Key::parse).map(|stage| OpportunityRequest::MoveStage { stage })
        };
        revise_opportunity_amount(ReviseOpportunityAmountRequest) -> ReviseOpportunityAmountResponse:
            |fields, message| {
                let amount = fields.required_money("amount", message.amount.as_ref());
                let fx = fields.frozen_rate("fx", message.fx.as_ref());
                amount.zip(fx).map(|(amount, fx)| OpportunityRequest::ReviseAmount { amount, fx })
            };
        move_opportunity_close_date(MoveOpportunityCloseDateRequest) -> MoveOpportunityCloseDateResponse:
            |fields, message| {
                fields
                    .required("expected_close_on", &message.expected_close_on, Date::parse)
                    .map(|expected_close_on| OpportunityRequest::MoveCloseDate { expected_close_on })
            };
        assign_opportunity_owner(AssignOpportunityOwnerRequest) -> AssignOpportunityOwnerResponse:
            |fields, message| {
                let owner = fields.required("owner", &message.owner, Reference::parse);
                let team = fields.optional("team", &message.team, Reference::parse);
                owner.zip(team).map(|(owner, team)| OpportunityRequest::AssignOwner { owner, team })
            };
        set_opportunity_next_step(SetOpportunityNextStepRequest) -> SetOpportunityNextStepResponse:
            |fields, message| planning::next_step(&mut fields, &message);
        add_contact_role(AddContactRoleRequest) -> AddContactRoleResponse: |fields, message| {
            planning::contact_role(&mut fields, &message.contact_id, message.role)
                .map(|contact_role| OpportunityRequest::AddContactRole { contact_role })
        };
        remove_contact_role(RemoveContactRoleRequest) -> RemoveContactRoleResponse: |fields, message| {
            planning::contact_role(&mut fields, &message.contact_id, message.role)
                .map(|contact_role| OpportunityRequest::RemoveContactRole { contact_role })
        };
        set_opportunity_segment(SetOpportunitySegmentRequest) -> SetOpportunitySegmentResponse:
            |fields, message| planning::set_segment(&mut fields, &message.key, &message.value);
        clear_opportunity_segment(ClearOpportunitySegmentRequest) -> ClearOpportunitySegmentResponse:
            |fields, message| {
                fields.required("key", &message.key, Key::parse).map(|key| OpportunityRequest::ClearSegment { key })
            };
        override_forecast(OverrideForecastRequest) -> OverrideForecastResponse: |fields, message| {
            planning::forecast(&mut fields, &message)
        };
        meet_exit_criterion(MeetExitCriterionRequest) -> MeetExitCriterionResponse: |fields, message| {
            planning::criterion(&mut fields, &message.key, &message.note)
                .map(|(key, note)| OpportunityRequest::MeetCriterion { key, note })
        };
        retract_exit_criterion(RetractExitCriterionRequest) -> RetractExitCriterionResponse: |fields, message| {
            planning::criterion(&mut fields, &message.key, &message.note)
                .map(|(key, note)| OpportunityRequest::RetractCriterion { key, note })
        };
        win_opportunity(WinOpportunityRequest) -> WinOpportunityResponse: |fields, message| {
            let amount = fields.money("amount", message.amount.as_ref());
            let fx = fields.frozen_rate("fx", message.fx.as_ref());
            amount.zip(fx).map(|(amount, fx)| OpportunityRequest::Win { amount, fx })
        };
        lose_opportunity(LoseOpportunityRequest) -> LoseOpportunityResponse: |fields, message| {
            let reason = fields.optional("reason", &message.reason, Label::parse);
            let competitor = fields.optional("competitor", &message.competitor, Label::parse);
            reason.zip(competitor).map(|(reason, competitor)| OpportunityRequest::Lose { reason, competitor })
        };
        reopen_opportunity(ReopenOpportunityRequest) -> ReopenOpportunityResponse: |fields, message| {
            fields.optional("stage", &message.stage, Key::parse).map(|stage| OpportunityRequest::Reopen { stage })
        };
    }

    queries! {
        get_pipeline(GetPipelineRequest) -> GetPipelineResponse: answer_pipeline;
        list_pipelines(ListPipelinesRequest) -> ListPipelinesResponse: answer_pipelines;
        get_opportunity(GetOpportunityRequest) -> GetOpportunityResponse: answer_opportunity;
        list_opportunities(ListOpportunitiesRequest) -> ListOpportunitiesResponse: answer_opportunities;
        list_opportunities_at_risk(ListOpportunitiesAtRiskRequest) -> ListOpportunitiesAtRiskResponse:
            answer_opportunities_at_risk;
        get_pipeline_view(GetPipelineViewRequest) -> GetPipelineViewResponse: answer_pipeline_view;
        get_stage_conversion(GetStageConversionRequest) -> GetStageConversionResponse: answer_stage_conversion;
        get_stage_dwell(GetStageDwellRequest) -> GetStageDwellResponse: answer_stage_dwell;
        get_win_loss(GetWinLossRequest) -> GetWinLossResponse: answer_win_loss;
        get_sales_velocity(GetSalesVelocityRequest) -> GetSalesVelocityResponse: answer_sales_velocity;
        get_forecast_accuracy(GetForecastAccuracyRequest) -> GetForecastAccuracyResponse: answer_forecast_accuracy;
    }

    async fn watch_pipeline_view(
        &self,
        request: Request<wire::WatchPipelineViewRequest>,
    ) -> Result<Response<Self::WatchPipelineViewStream>, Status> {
        let watch = watching::PipelineWatch::parse(self, request.into_inner())?;
        Ok(Response::new(self.watches.open(watch, &self.stopping).await?.boxed()))
    }

    async fn publish_pipeline(
        &self,
        request: Request<wire::PublishPipelineRequest>,
    ) -> Result<Response<wire::PublishPipelineResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let id = fields.minted("pipeline_id", &message.pipeline_id, PipelineId::parse, || {
            PipelineId::derived("request", request_id(message.header.as_ref()))
        });
        let command = publish::command(&mut fields, &message);
        let (id, command, call) = fields.finish((id, command, call))?;
        let done = self.application.pipeline(id, command, call).await.map_err(Error::from)?;
        Ok(Response::new(wire::PublishPipelineResponse {
            pipeline_id: id.to_string(),
            receipt: Some(receipt(done)),
        }))
    }

    async fn open_opportunity(
        &self,
        request: Request<wire::OpenOpportunityRequest>,
    ) -> Result<Response<wire::OpenOpportunityResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let id = fields.minted("opportunity_id", &message.opportunity_id, OpportunityId::parse, || {
            OpportunityId::derived("request", request_id(message.header.as_ref()))
        });
        let open = opportunities::opening(&mut fields, &message);
        let (id, open, call) = fields.finish((id, open, call))?;
        let open = OpportunityRequest::Open(Box::new(open));
        let done = self.application.opportunity(id, open, call).await.map_err(Error::from)?;
        let opportunity_id = id.to_string();
        Ok(Response::new(wire::OpenOpportunityResponse { opportunity_id, receipt: Some(receipt(done)) }))
    }
}
