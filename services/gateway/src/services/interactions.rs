//! `InteractionService`.

mod parse;
mod stream;
mod timeline;
mod watching;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use rapport_application::{Call, Receipt};
use rapport_domain::id::{ContactId, CorrectionId, InteractionId};
use rapport_domain::interaction::{Command, Correct, Source};
use rapport_domain::value::{FreeText, Label};
use rapport_proto::v1 as wire;
use rapport_proto::v1::interaction_service_server::InteractionService;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::Services;
use crate::access::admitted;
use crate::caller::circumstances;
use crate::error::Error;
use crate::parse::{Fields, request_id};
use crate::wire::receipt;

#[tonic::async_trait]
impl InteractionService for Services {
    type RecordInteractionsStream = ReceiverStream<Result<wire::RecordInteractionsResponse, Status>>;
    type WatchTimelineStream = BoxStream<'static, Result<wire::WatchTimelineResponse, Status>>;

    async fn record_interaction(
        &self,
        request: Request<wire::RecordInteractionRequest>,
    ) -> Result<Response<wire::RecordInteractionResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let parsed = parse::record(&circumstances, request.get_ref())?;
        let done = self.interaction(parsed.contact_id, parsed.command, parsed.call).await?;
        let standing =
            self.standing_id(&parsed.contact_id, parsed.interaction_id, parsed.source.as_ref()).await?;
        let interaction_id = standing.to_string();
        Ok(Response::new(wire::RecordInteractionResponse { interaction_id, receipt: Some(receipt(done)) }))
    }

    async fn record_interactions(
        &self,
        request: Request<Streaming<wire::RecordInteractionRequest>>,
    ) -> Result<Response<Self::RecordInteractionsStream>, Status> {
        let circumstances = circumstances(request.metadata())?;
        Ok(Response::new(stream::record(self.clone(), circumstances, request.into_inner())))
    }

    async fn correct_interaction(
        &self,
        request: Request<wire::CorrectInteractionRequest>,
    ) -> Result<Response<wire::CorrectInteractionResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let contact_id = fields.required("contact_id", &message.contact_id, ContactId::parse);
        let interaction_id = fields.required("interaction_id", &message.interaction_id, InteractionId::parse);
        let summary = fields.optional("summary", &message.summary, FreeText::parse);
        let outcome = fields.optional("outcome", &message.outcome, Label::parse);
        let (contact_id, interaction_id, summary, outcome, call) =
            fields.finish((contact_id, interaction_id, summary, outcome, call))?;
        let command = Command::Correct(Correct {
            interaction_id,
            correction_id: CorrectionId::derived("request", request_id(message.header.as_ref())),
            summary: summary.map(Into::into),
            duration_seconds: message.duration_seconds,
            outcome,
        });
        let done = self.interaction(contact_id, command, call).await?;
        Ok(Response::new(wire::CorrectInteractionResponse { receipt: Some(receipt(done)) }))
    }

    async fn redact_interaction(
        &self,
        request: Request<wire::RedactInteractionRequest>,
    ) -> Result<Response<wire::RedactInteractionResponse>, Status> {
        let circumstances = circumstances(request.metadata())?;
        let message = request.into_inner();
        let mut fields = Fields::new();
        let call = fields.call(&circumstances, message.header.as_ref(), &message);
        let contact_id = fields.required("contact_id", &message.contact_id, ContactId::parse);
        let interaction_id = fields.required("interaction_id", &message.interaction_id, InteractionId::parse);
        let reason = fields.required("reason", &message.reason, Label::parse);
        let (contact_id, interaction_id, reason, call) =
            fields.finish((contact_id, interaction_id, reason, call))?;
        let done = self.interaction(contact_id, Command::Redact { interaction_id, reason }, call).await?;
        Ok(Response::new(wire::RedactInteractionResponse { receipt: Some(receipt(done)) }))
    }

    async fn get_timeline(
        &self,
        request: Request<wire::GetTimelineRequest>,
    ) -> Result<Response<wire::GetTimelineResponse>, Status> {
        let admitted = admitted(&request)?;
        Ok(Response::new(self.answer_timeline(&admitted, request.into_inner()).await?))
    }

    async fn watch_timeline(
        &self,
        request: Request<wire::WatchTimelineRequest>,
    ) -> Result<Response<Self::WatchTimelineStream>, Status> {
        let admitted = admitted(&request)?;
        let watch = watching::TimelineWatch::parse(self, admitted, request.get_ref())?;
        Ok(Response::new(self.watches.open(watch, &self.stopping).await?.boxed()))
    }
}

impl Services {
    /// The id that a recorded interaction has: its own, or that of the first record of the same thing.
    async fn standing_id(
        &self,
        contact_id: &ContactId,
        own: InteractionId,
        source: Option<&Source>,
    ) -> Result<InteractionId, Error> {
        let Some(source) = source else { return Ok(own) };
        Ok(self.application.interaction_of(contact_id, source).await?.unwrap_or(own))
    }

    async fn interaction(&self, contact: ContactId, command: Command, call: Call) -> Result<Receipt, Error> {
        let answers = self.application.interactions(contact, vec![(command, call)]).await;
        let mut answers = answers.into_iter();
        answers.next().unwrap_or(Err(rapport_application::Failure::ConcurrentUpdate)).map_err(Error::from)
    }
}
