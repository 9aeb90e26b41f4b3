//! A server of Rapport, through gRPC.

use std::time::Duration;

use futures::StreamExt as _;
use rapport_proto::v1::bulk_append_events_response::Outcome;
use rapport_proto::v1::history_service_client::HistoryServiceClient;
use rapport_proto::v1::{
    AppendEventsRequest, BulkAppendEventsResponse, CommandHeader, ExpectedStream, ListProjectionsRequest,
    NewEvent,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;

use super::{Expecting, Shape, Writer, stream_of};
use crate::bench::payload;
use crate::bench::process::Process;
use crate::client::{Actor, Client, Courier, connect};
use crate::error::Failure;
use crate::tls::ClientOptions;

/// Who appends.
const ACTOR: &str = "service:bench";
/// Requests that a stream has on their way.
const REQUESTS_ON_THEIR_WAY: usize = 16;
/// Longest wait for an answer.
const DEADLINE: Duration = Duration::from_secs(30);
/// Pause between two looks whether the read models have caught up.
const LOOK_INTERVAL: Duration = Duration::from_millis(10);
/// Bytes of an answer.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

type History = HistoryServiceClient<InterceptedService<Channel, Courier>>;

/// Connections to a server.
pub(in crate::bench) struct Gateway {
    connections: Vec<Client>,
}

struct Requests {
    expecting: Expecting,
    own: String,
    last: Option<u64>,
    data: String,
}

struct Unary {
    history: History,
    requests: Requests,
}

/// Keeps a stream full: a request is answered when the one that was sent so many requests before it is.
struct Bulk {
    history: History,
    requests: Requests,
    stream: Option<(mpsc::Sender<AppendEventsRequest>, Streaming<BulkAppendEventsResponse>)>,
    on_their_way: usize,
}

impl Gateway {
    /// Opens so many connections.
    ///
    /// # Errors
    /// When nobody answers.
    pub(in crate::bench) async fn connect(process: &Process, connections: usize) -> Result<Self, Failure> {
        let actor: Actor = ACTOR.parse().map_err(Failure::Usage)?;
        let mut opened = Vec::with_capacity(connections);
        for _ in 0..connections {
            opened.push(Client::new(
                connect(process.address(), &ClientOptions::default()).await?,
                &actor,
                DEADLINE,
            )?);
        }
        Ok(Self { connections: opened })
    }

    /// One of the connections.
    pub(in crate::bench) fn client(&self) -> Option<&Client> {
        self.connections.first()
    }

    /// All of them.
    pub(in crate::bench) fn clients(&self) -> &[Client] {
        &self.connections
    }

    /// Waits until every read model is where the log ends, and names them.
    ///
    /// # Errors
    /// When the server fails, or one of them waits for an operator.
    pub(in crate::bench) async fn caught_up(&self) -> Result<Vec<String>, Failure> {
        let Some(client) = self.client() else { return Ok(Vec::new()) };
        loop {
            let models =
                client.admin().list_projections(ListProjectionsRequest {}).await?.into_inner().projections;
            if let Some(parked) = models.iter().find(|model| model.parked_position > 0) {
                return Err(Failure::Local(format!("{} is parked: {}", parked.name, parked.parked_error)));
            }
            if models.iter().all(|model| model.position == model.head) {
                return Ok(models.into_iter().map(|model| model.name).collect());
            }
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    }

    /// Writers that make one call per request.
    ///
    /// # Errors
    /// None.
    pub(in crate::bench) fn unary(self, shape: &Shape) -> Result<Vec<Box<dyn Writer>>, Failure> {
        self.writers(shape, |history, requests| Box::new(Unary { history, requests }))
    }

    /// Writers with a stream each.
    pub(super) fn streams(self, shape: &Shape) -> Result<Vec<Box<dyn Writer>>, Failure> {
        if shape.expecting == Expecting::Exact {
            let why = "a stream has several requests on their way and knows no revision: --expect any";
            return Err(Failure::Usage(why.to_owned()));
        }
        self.writers(shape, |history, requests| {
            Box::new(Bulk { history, requests, stream: None, on_their_way: 0 })
        })
    }

    fn writers(
        self,
        shape: &Shape,
        writer: impl Fn(History, Requests) -> Box<dyn Writer>,
    ) -> Result<Vec<Box<dyn Writer>>, Failure> {
        let clients = self.connections.iter().cycle().take(shape.writers);
        let requests = || Requests {
            expecting: shape.expecting,
            own: payload::own_stream(),
            last: None,
            data: shape.data.clone(),
        };
        Ok(clients
            .map(|client| writer(client.history().max_decoding_message_size(ANSWER_BYTES_MAX), requests()))
            .collect())
    }
}

impl Requests {
    fn next(&self, events: usize) -> Result<AppendEventsRequest, Failure> {
        let (expected_revision, expected_stream) = match (self.expecting, self.last) {
            (Expecting::Any, _) => (None, ExpectedStream::Unspecified),
            (Expecting::Exact, None) => (None, ExpectedStream::Absent),
            (Expecting::Exact, last @ Some(_)) => (last, ExpectedStream::Unspecified),
        };
        let event = || NewEvent {
            event_type: payload::EVENT_TYPE.to_owned(),
            data: self.data.clone(),
            ..NewEvent::default()
        };
        Ok(AppendEventsRequest {
            header: Some(CommandHeader {
                request_id: format!("bench:{}", payload::fresh_id().simple()),
                expected_revision,
                ..CommandHeader::default()
            }),
            stream: stream_of(self.expecting, &self.own)?.into(),
            expected_stream: expected_stream.into(),
            events: (0..events).map(|_| event()).collect(),
            ..AppendEventsRequest::default()
        })
    }
}

#[tonic::async_trait]
impl Writer for Unary {
    async fn append(&mut self, events: usize) -> Result<(), Failure> {
        let answer = self.history.append_events(self.requests.next(events)?).await?.into_inner();
        self.requests.last = answer.receipt.unwrap_or_default().revision;
        Ok(())
    }
}

#[tonic::async_trait]
impl Writer for Bulk {
    async fn append(&mut self, events: usize) -> Result<(), Failure> {
        let (mut requests, mut answers) = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let (requests, queue) = mpsc::channel(REQUESTS_ON_THEIR_WAY);
                let answers = self.history.bulk_append_events(ReceiverStream::new(queue)).await?;
                (requests, answers.into_inner())
            }
        };
        send(&mut requests, self.requests.next(events)?).await?;
        self.on_their_way += 1;
        if self.on_their_way == REQUESTS_ON_THEIR_WAY {
            appended(answers.next().await)?;
            self.on_their_way -= 1;
        }
        self.stream = Some((requests, answers));
        Ok(())
    }
}

async fn send(
    requests: &mut mpsc::Sender<AppendEventsRequest>,
    request: AppendEventsRequest,
) -> Result<(), Failure> {
    requests.send(request).await.map_err(|_| Failure::Local("the server ended the stream".to_owned()))
}

fn appended(answer: Option<Result<BulkAppendEventsResponse, tonic::Status>>) -> Result<(), Failure> {
    match answer.transpose()?.and_then(|answer| answer.outcome) {
        Some(Outcome::Appended(_)) => Ok(()),
        Some(Outcome::Refused(refused)) => Err(Failure::Local(refused.message)),
        None => Err(Failure::Local("the server ended the stream".to_owned())),
    }
}
