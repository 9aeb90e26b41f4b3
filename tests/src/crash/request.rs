//! What the writers ask of the server, and what each request must leave in the log.

use rapport_proto::v1 as wire;
use rapport_proto::v1::contact_service_client::ContactServiceClient;
use rapport_proto::v1::history_service_client::HistoryServiceClient;
use rapport_proto::v1::interaction_service_client::InteractionServiceClient;
use rapport_proto::v1::pipeline_service_client::PipelineServiceClient;
use tonic::Status;
use tonic::transport::Channel;
use tonic_types::StatusExt as _;

use super::history::Stored;

/// A request. Sent again, it is sent as it is.
#[derive(Debug, Clone)]
pub(super) enum Request {
    Publish(wire::PublishPipelineRequest),
    Register(wire::RegisterContactRequest),
    Record(wire::RecordInteractionRequest),
    Open(wire::OpenOpportunityRequest),
    Revise(wire::ReviseOpportunityAmountRequest),
    Win(wire::WinOpportunityRequest),
    Append(wire::AppendEventsRequest),
}

/// The answer to a request that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// Id of the thing that it made; empty where it made none.
    pub(super) id: String,
    /// Of the last event.
    pub(super) revision: Option<u64>,
    /// Of the last event.
    pub(super) position: u64,
}

/// What a request that was not applied was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failed {
    /// It is not in the log, for this reason.
    Refused(String),
    /// It may be in the log.
    Unknown(String),
}

/// Reasons that leave it open whether the events were written.
const OPEN_REASONS: [&str; 3] = ["OUTCOME_UNKNOWN", "DEADLINE_EXCEEDED", "INTERNAL"];

impl From<Status> for Failed {
    fn from(status: Status) -> Self {
        match status.get_details_error_info() {
            Some(info) if !OPEN_REASONS.contains(&info.reason.as_str()) => Self::Refused(info.reason),
            Some(info) => Self::Unknown(info.reason),
            // The transport said it, not the server.
            None => Self::Unknown(format!("{}: {}", status.code(), status.message())),
        }
    }
}

fn answer(id: String, receipt: Option<wire::Receipt>) -> Answer {
    let receipt = receipt.unwrap_or_default();
    Answer { id, revision: receipt.revision, position: receipt.position }
}

impl Request {
    /// Its request id.
    pub(super) fn id(&self) -> &str {
        let header = match self {
            Self::Publish(request) => &request.header,
            Self::Register(request) => &request.header,
            Self::Record(request) => &request.header,
            Self::Open(request) => &request.header,
            Self::Revise(request) => &request.header,
            Self::Win(request) => &request.header,
            Self::Append(request) => &request.header,
        };
        header.as_ref().map_or("", |header| &header.request_id)
    }

    /// How many events it leaves.
    pub(super) fn events(&self) -> usize {
        match self {
            Self::Append(request) => request.events.len(),
            Self::Publish(_)
            | Self::Register(_)
            | Self::Record(_)
            | Self::Open(_)
            | Self::Revise(_)
            | Self::Win(_) => 1,
        }
    }

    /// What must stand in the data of its events, opened.
    pub(super) fn is_told_by(&self, events: &[Stored]) -> bool {
        let says = |text: &str| events.iter().all(|event| event.data.contains(text));
        match self {
            Self::Publish(request) => says(&request.name),
            Self::Register(request) => says(&request.name),
            Self::Record(request) => {
                says(&request.summary)
                    && events.iter().all(|event| event.stream.ends_with(&request.contact_id))
            }
            Self::Open(request) => says(&request.title),
            Self::Revise(request) => {
                says(&request.amount.as_ref().map_or(0, |money| money.minor_units).to_string())
            }
            Self::Win(_) => events.iter().all(|event| event.event_type == "opportunity.won.v1"),
            Self::Append(request) => {
                events.iter().map(|e| &e.data).eq(request.events.iter().map(|e| &e.data))
            }
        }
    }

    /// Sends it and waits for the answer.
    pub(super) async fn send(&self, channel: &Channel) -> Result<Answer, Failed> {
        let channel = channel.clone();
        match self.clone() {
            Self::Publish(request) => {
                let sent = PipelineServiceClient::new(channel).publish_pipeline(request).await?.into_inner();
                Ok(answer(sent.pipeline_id, sent.receipt))
            }
            Self::Register(request) => {
                let sent = ContactServiceClient::new(channel).register_contact(request).await?.into_inner();
                Ok(answer(sent.contact_id, sent.receipt))
            }
            Self::Record(request) => {
                let sent =
                    InteractionServiceClient::new(channel).record_interaction(request).await?.into_inner();
                Ok(answer(sent.interaction_id, sent.receipt))
            }
            Self::Open(request) => {
                let sent = PipelineServiceClient::new(channel).open_opportunity(request).await?.into_inner();
                Ok(answer(sent.opportunity_id, sent.receipt))
            }
            Self::Revise(request) => {
                let sent = PipelineServiceClient::new(channel).revise_opportunity_amount(request).await?;
                Ok(answer(String::new(), sent.into_inner().receipt))
            }
            Self::Win(request) => {
                let sent = PipelineServiceClient::new(channel).win_opportunity(request).await?;
                Ok(answer(String::new(), sent.into_inner().receipt))
            }
            Self::Append(request) => {
                let sent = HistoryServiceClient::new(channel).append_events(request).await?;
                Ok(answer(String::new(), sent.into_inner().receipt))
            }
        }
    }
}
