//! What can be sent as a stream.

use rapport_proto::v1::record_interactions_response::Outcome as Recording;
use rapport_proto::v1::{
    AppendEventsRequest, BulkAppendEventsResponse, CommandHeader, Receipt, RecordInteractionRequest,
    RecordInteractionsResponse, bulk_append_events_response::Outcome as Appending,
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

use crate::client::Client;
use crate::error::Refusal;

/// A request of which many go over one stream, each with an answer of its own, in their order.
pub trait Streamed: prost::Message + Clone + 'static {
    /// What comes back for each.
    type Answer: Send + 'static;

    /// What it carries like every command.
    fn header(&self) -> Option<&CommandHeader>;

    /// Opens a stream.
    fn open(
        client: &Client,
        requests: ReceiverStream<Self>,
    ) -> impl Future<Output = Result<Streaming<Self::Answer>, Status>>;

    /// Sends it once, alone.
    fn send(&self, client: &Client) -> impl Future<Output = Result<Receipt, Status>>;

    /// The request id that was answered, and what was said; `None` when it was nothing.
    fn read(answer: Self::Answer) -> (String, Option<Result<Receipt, Refusal>>);
}

impl Streamed for RecordInteractionRequest {
    type Answer = RecordInteractionsResponse;

    fn header(&self) -> Option<&CommandHeader> {
        self.header.as_ref()
    }

    async fn open(
        client: &Client,
        requests: ReceiverStream<Self>,
    ) -> Result<Streaming<Self::Answer>, Status> {
        Ok(client.interaction_stream().record_interactions(requests).await?.into_inner())
    }

    async fn send(&self, client: &Client) -> Result<Receipt, Status> {
        let recorded = client.interactions().record_interaction(self.clone()).await?.into_inner();
        Ok(recorded.receipt.unwrap_or_default())
    }

    fn read(answer: Self::Answer) -> (String, Option<Result<Receipt, Refusal>>) {
        let outcome = answer.outcome.map(|outcome| match outcome {
            Recording::Recorded(recorded) => Ok(recorded.receipt.unwrap_or_default()),
            Recording::Refused(refused) => Err(refused.into()),
        });
        (answer.request_id, outcome)
    }
}

impl Streamed for AppendEventsRequest {
    type Answer = BulkAppendEventsResponse;

    fn header(&self) -> Option<&CommandHeader> {
        self.header.as_ref()
    }

    async fn open(
        client: &Client,
        requests: ReceiverStream<Self>,
    ) -> Result<Streaming<Self::Answer>, Status> {
        Ok(client.history().bulk_append_events(requests).await?.into_inner())
    }

    async fn send(&self, client: &Client) -> Result<Receipt, Status> {
        let appended = client.journal().append_events(self.clone()).await?.into_inner();
        Ok(appended.receipt.unwrap_or_default())
    }

    fn read(answer: Self::Answer) -> (String, Option<Result<Receipt, Refusal>>) {
        let outcome = answer.outcome.map(|outcome| match outcome {
            Appending::Appended(appended) => Ok(appended.receipt.unwrap_or_default()),
            Appending::Refused(refused) => Err(refused.into()),
        });
        (answer.request_id, outcome)
    }
}
