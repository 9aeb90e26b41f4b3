//! `WhatIfService`: drafts, tried on the recorded past.

mod routing;
mod scoring;
mod sla;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use rapport_application::{Failure, RoutingDraft, ScoringDraft, SlaDraft, Trial};
use rapport_domain::{routing_policy, scoring_model};
use rapport_proto::v1 as wire;
use rapport_proto::v1::what_if_service_server::WhatIfService;
use rapport_proto::v1::{try_routing_policy_response, try_scoring_model_response, try_sla_policy_response};
use tonic::{Request, Response, Status};

use super::Services;
use super::lead_rules::parse;
use super::streams::until_stopped;
use crate::error::Error;
use crate::parse::Fields;

/// Answers, one after the other.
type Answers<A> = BoxStream<'static, Result<A, Status>>;

#[tonic::async_trait]
impl WhatIfService for Services {
    type TrySlaPolicyStream = Answers<wire::TrySlaPolicyResponse>;
    type TryScoringModelStream = Answers<wire::TryScoringModelResponse>;
    type TryRoutingPolicyStream = Answers<wire::TryRoutingPolicyResponse>;

    async fn try_sla_policy(
        &self,
        request: Request<wire::TrySlaPolicyRequest>,
    ) -> Result<Response<Self::TrySlaPolicyStream>, Status> {
        use try_sla_policy_response::Part;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let policy = sla::policy(&mut fields, &message);
        let (from, to) = fields.period("", message.from, message.to);
        let (policy, from, to) = fields.finish((policy, from, to))?;
        let moment = self.moment(message.header.as_ref()).await?;
        let position = self.end_of_log(moment.freshness).await?;
        let draft = SlaDraft { policy, from, to, position };
        let trial = self.application.what_if_sla(draft).await.map_err(Error::from)?;
        let part = move |part| match part {
            Trial::Reading { events } => Part::Progress(wire::TrialProgress { events }),
            Trial::Ended(found) => Part::Difference(wire::SlaDifference {
                position: position.0,
                as_of: moment.as_of(),
                ..sla::difference(found)
            }),
        };
        Ok(self.told(trial, move |trial| wire::TrySlaPolicyResponse { part: Some(part(trial)) }))
    }

    async fn try_scoring_model(
        &self,
        request: Request<wire::TryScoringModelRequest>,
    ) -> Result<Response<Self::TryScoringModelStream>, Status> {
        use try_scoring_model_response::Part;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let definition = parse::scoring_model(&mut fields, message.definition.as_ref());
        let (from, to) = fields.period("", message.from, message.to);
        let (definition, from, to) = fields.finish((definition, from, to))?;
        let model = scoring_model::Command::Publish(Box::new(definition));
        let moment = self.moment(message.header.as_ref()).await?;
        let position = self.end_of_log(moment.freshness).await?;
        let draft = ScoringDraft { model, from, to, position };
        let trial = self.application.what_if_scoring(&draft).await.map_err(Error::from)?;
        let part = move |part| match part {
            Trial::Reading { events } => Part::Progress(wire::TrialProgress { events }),
            Trial::Ended(found) => Part::Difference(wire::ScoringDifference {
                position: position.0,
                as_of: moment.as_of(),
                ..scoring::difference(found)
            }),
        };
        Ok(self.told(trial, move |trial| wire::TryScoringModelResponse { part: Some(part(trial)) }))
    }

    async fn try_routing_policy(
        &self,
        request: Request<wire::TryRoutingPolicyRequest>,
    ) -> Result<Response<Self::TryRoutingPolicyStream>, Status> {
        use try_routing_policy_response::Part;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let definition = parse::routing_policy(&mut fields, message.definition.as_ref());
        let (from, to) = fields.period("", message.from, message.to);
        let (definition, from, to) = fields.finish((definition, from, to))?;
        let policy = routing_policy::Command::Publish(Box::new(definition));
        let moment = self.moment(message.header.as_ref()).await?;
        let position = self.end_of_log(moment.freshness).await?;
        let draft = RoutingDraft { policy, from, to, position };
        let trial = self.application.what_if_routing(&draft).await.map_err(Error::from)?;
        let part = move |part| match part {
            Trial::Reading { events } => Part::Progress(wire::TrialProgress { events }),
            Trial::Ended(found) => Part::Difference(wire::RoutingDifference {
                position: position.0,
                as_of: moment.as_of(),
                ..routing::difference(found)
            }),
        };
        Ok(self.told(trial, move |trial| wire::TryRoutingPolicyResponse { part: Some(part(trial)) }))
    }
}

impl Services {
    /// Tells how far a trial is, and what came of it, until the server stops.
    fn told<D: Send + 'static, A: Send + 'static>(
        &self,
        trial: BoxStream<'static, Result<Trial<D>, Failure>>,
        answer: impl Fn(Trial<D>) -> A + Send + 'static,
    ) -> Response<Answers<A>> {
        let answers =
            trial.map(move |part| part.map(&answer).map_err(|failure| Status::from(Error::from(failure))));
        Response::new(until_stopped(answers, &self.stopping).boxed())
    }
}
