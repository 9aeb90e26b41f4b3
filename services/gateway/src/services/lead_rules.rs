//! `LeadRulesService`: by which rules leads are judged and handed over.

mod answers;
mod fields;
pub(super) mod parse;

use rapport_domain::id::{RoutingPolicyId, ScoringModelId};
use rapport_domain::{field_set, routing_policy, scoring_model};
use rapport_proto::v1 as wire;
use rapport_proto::v1::lead_rules_service_server::LeadRulesService;
use tonic::{Request, Response, Status};

use super::queries::queries;
use super::{Answering, Services};
use crate::caller::circumstances;
use crate::error::Error;
use crate::parse::{Fields, request_id};
use crate::wire::receipt;

#[tonic::async_trait]
impl LeadRulesService for Services {
    queries! {
        list_scoring_models(ListScoringModelsRequest) -> ListScoringModelsResponse: answer_scoring_models;
        list_lead_fields(ListLeadFieldsRequest) -> ListLeadFieldsResponse: answer_lead_fields;
        list_routing_policies(ListRoutingPoliciesRequest) -> ListRoutingPoliciesResponse: answer_routing_policies;
    }

    async fn publish_lead_fields(
        &self,
        request: Request<wire::PublishLeadFieldsRequest>,
    ) -> Result<Response<wire::PublishLeadFieldsResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let defined: Option<Vec<field_set::Field>> = fields.each("fields", &message.fields, fields::field);
        let (defined, call) = fields.finish((defined, call))?;
        let command = field_set::Command::Publish { fields: defined };
        let done = self.application.lead_fields(command, call).await.map_err(Error::from)?;
        Ok(Response::new(wire::PublishLeadFieldsResponse { receipt: Some(receipt(done)) }))
    }

    async fn publish_scoring_model(
        &self,
        request: Request<wire::PublishScoringModelRequest>,
    ) -> Result<Response<wire::PublishScoringModelResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let id = fields.minted("scoring_model_id", &message.scoring_model_id, ScoringModelId::parse, || {
            ScoringModelId::derived("request", request_id(message.header.as_ref()))
        });
        let definition = parse::scoring_model(&mut fields, message.definition.as_ref());
        let (id, definition, call) = fields.finish((id, definition, call))?;
        let command = scoring_model::Command::Publish(Box::new(definition));
        let done = self.application.scoring_model(id, command, call).await.map_err(Error::from)?;
        let scoring_model_id = id.to_string();
        Ok(Response::new(wire::PublishScoringModelResponse {
            scoring_model_id,
            receipt: Some(receipt(done)),
        }))
    }

    async fn publish_routing_policy(
        &self,
        request: Request<wire::PublishRoutingPolicyRequest>,
    ) -> Result<Response<wire::PublishRoutingPolicyResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let id =
            fields.minted("routing_policy_id", &message.routing_policy_id, RoutingPolicyId::parse, || {
                RoutingPolicyId::derived("request", request_id(message.header.as_ref()))
            });
        let definition = parse::routing_policy(&mut fields, message.definition.as_ref());
        let (id, definition, call) = fields.finish((id, definition, call))?;
        let command = routing_policy::Command::Publish(Box::new(definition));
        let done = self.application.routing_policy(id, command, call).await.map_err(Error::from)?;
        let routing_policy_id = id.to_string();
        let receipt = Some(receipt(done));
        Ok(Response::new(wire::PublishRoutingPolicyResponse { routing_policy_id, receipt }))
    }
}
