//! A log as KurrentDB keeps it: positions with gaps, records of the server and of other programs between ours, and no
//! more idempotency than KurrentDB has.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use futures::Stream;
use rapport_domain::envelope::{NewEvent, StreamId};
use rapport_proto::kurrent as wire;
use rapport_proto::kurrent::server_features::SupportedMethods;
use rapport_proto::kurrent::server_features::server_features_server::{ServerFeatures, ServerFeaturesServer};
use rapport_proto::kurrent::streams::append_req::options::ExpectedStreamRevision;
use rapport_proto::kurrent::streams::append_req::{Content, ProposedMessage};
use rapport_proto::kurrent::streams::append_resp::{Result as Appended, Success, success};
use rapport_proto::kurrent::streams::read_req::options::{StreamOption, all_options, stream_options};
use rapport_proto::kurrent::streams::read_resp::read_event::RecordedEvent;
use rapport_proto::kurrent::streams::read_resp::{self, ReadEvent, StreamNotFound};
use rapport_proto::kurrent::streams::streams_server::{Streams, StreamsServer};
use rapport_proto::kurrent::streams::*;
use tokio::net::TcpListener;
use tokio_stream::StreamExt;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status, Streaming};
use uuid::Uuid;

/// The first position, and the distance between two.
const FIRST: u64 = 4_000;
const STEP: u64 = 137;
/// Microseconds of the first record; each comes a second later.
const BEGUN: i64 = 1_700_000_000_000_000;

/// A record to be put into the log.
#[derive(Debug, Clone)]
pub(crate) struct Put {
    pub(crate) stream: &'static str,
    pub(crate) event_type: &'static str,
    pub(crate) data: Vec<u8>,
    /// How far the prepare position lies before the commit position.
    pub(crate) apart: u64,
    /// Microseconds by which the writer's clock stands behind.
    pub(crate) late: i64,
}

impl Put {
    pub(crate) fn of(stream: &'static str, event_type: &'static str, data: &str) -> Self {
        Self { stream, event_type, data: data.as_bytes().to_vec(), apart: 0, late: 0 }
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct SharedLog {
    log: Arc<Mutex<Vec<RecordedEvent>>>,
    /// What another process writes just before the next read backwards.
    meanwhile: Arc<Mutex<Option<(StreamId, NewEvent)>>>,
}

impl SharedLog {
    /// Serves it; where.
    pub(crate) async fn serve(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = tonic::transport::Server::builder()
            .add_service(StreamsServer::new(self.clone()))
            .add_service(ServerFeaturesServer::new(self.clone()));
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        tokio::spawn(async move { router.serve_with_incoming(incoming).await.unwrap() });
        address
    }

    /// Adds a record; its position.
    pub(crate) fn put(&self, put: Put) -> u64 {
        let Put { stream, event_type, data, apart, late } = put;
        let position = self.push(stream, event_type, Uuid::now_v7(), String::new().into_bytes(), data, late);
        self.log.lock().unwrap().last_mut().unwrap().prepare_position = position - apart;
        position
    }

    /// Adds an event as Rapport writes it.
    pub(crate) fn write(&self, stream: &StreamId, event: NewEvent) -> u64 {
        let NewEvent { id, event_type, metadata, data } = event;
        self.push(stream.as_str(), &event_type, id.0, metadata.into_bytes(), data.into_bytes(), 0)
    }

    /// Has another process write an event just before somebody reads backwards the next time.
    pub(crate) fn write_before_the_next_read_backwards(&self, stream: StreamId, event: NewEvent) {
        *self.meanwhile.lock().unwrap() = Some((stream, event));
    }

    /// Takes a record away, as a scavenge does with those that nobody needs.
    pub(crate) fn scavenge(&self, index: usize) {
        self.log.lock().unwrap().remove(index);
    }

    fn push(
        &self,
        stream: &str,
        event_type: &str,
        id: Uuid,
        metadata: Vec<u8>,
        data: Vec<u8>,
        late: i64,
    ) -> u64 {
        let mut log = self.log.lock().unwrap();
        let position = log.last().map_or(FIRST, |last| last.commit_position + STEP);
        let number = i64::try_from(log.len()).unwrap();
        let revision = log.iter().filter(|event| name(event) == stream.as_bytes()).count() as u64;
        let ticks = (BEGUN + number * 1_000_000 - late) * 10;
        log.push(RecordedEvent {
            id: Some(wire::Uuid { value: Some(wire::uuid::Value::String(id.to_string())) }),
            stream_identifier: Some(wire::StreamIdentifier { stream_name: stream.as_bytes().to_vec() }),
            stream_revision: revision,
            prepare_position: position,
            commit_position: position,
            metadata: BTreeMap::from([
                ("type".to_owned(), event_type.to_owned()),
                ("content-type".to_owned(), "application/json".to_owned()),
                ("created".to_owned(), ticks.to_string()),
            ]),
            custom_metadata: metadata,
            data,
        });
        position
    }

    fn all(&self, from: all_options::AllOption, count: usize) -> Result<Vec<ReadResp>, Status> {
        let log = self.log.lock().unwrap();
        let first = match from {
            all_options::AllOption::Start(_) => 0,
            all_options::AllOption::End(_) => log.len(),
            all_options::AllOption::Position(at) => {
                // What was scavenged leaves its place behind; any other number is refused.
                if !at.commit_position.abs_diff(FIRST).is_multiple_of(STEP) {
                    return Err(Status::invalid_argument("Trying to read from an invalid position."));
                }
                log.partition_point(|event| event.commit_position < at.commit_position)
            }
        };
        Ok(log[first..].iter().take(count).map(answer).collect())
    }

    fn stream(&self, wanted: &[u8], from: stream_options::RevisionOption, backwards: bool) -> Vec<ReadResp> {
        let log = self.log.lock().unwrap();
        let mut events: Vec<_> = log.iter().filter(|event| name(event) == wanted).collect();
        if events.is_empty() {
            let stream_identifier = Some(wire::StreamIdentifier { stream_name: wanted.to_vec() });
            let content = read_resp::Content::StreamNotFound(StreamNotFound { stream_identifier });
            return vec![ReadResp { content: Some(content) }];
        }
        if let stream_options::RevisionOption::Revision(from) = from {
            events.retain(|event| {
                if backwards { event.stream_revision <= from } else { event.stream_revision >= from }
            });
        }
        if backwards {
            events.reverse();
        }
        events.into_iter().map(answer).collect()
    }
}

fn name(event: &RecordedEvent) -> &[u8] {
    event.stream_identifier.as_ref().map_or(&[], |identifier| &identifier.stream_name)
}

fn id(event: Option<wire::Uuid>) -> Uuid {
    match event.and_then(|id| id.value) {
        Some(wire::uuid::Value::String(text)) => text.parse().unwrap(),
        Some(wire::uuid::Value::Structured(bits)) => Uuid::from_u64_pair(
            bits.most_significant_bits.cast_unsigned(),
            bits.least_significant_bits.cast_unsigned(),
        ),
        None => Uuid::nil(),
    }
}

fn answer(event: &RecordedEvent) -> ReadResp {
    let event = ReadEvent { event: Some(event.clone()), link: None, position: None };
    ReadResp { content: Some(read_resp::Content::Event(event)) }
}

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl Streams for SharedLog {
    type ReadStream = Answers<ReadResp>;
    type BatchAppendStream = Answers<BatchAppendResp>;

    async fn read(&self, request: Request<ReadReq>) -> Result<Response<Self::ReadStream>, Status> {
        let options = request.into_inner().options.unwrap();
        let Some(read_req::options::CountOption::Count(count)) = options.count_option else {
            return Err(Status::invalid_argument("subscriptions are never asked for"));
        };
        let count = usize::try_from(count).unwrap();
        let backwards = options.read_direction == 1;
        let answers = match options.stream_option.unwrap() {
            StreamOption::All(all) => self.all(all.all_option.unwrap(), count)?,
            StreamOption::Stream(stream) => {
                let wanted = stream.stream_identifier.unwrap().stream_name;
                let meanwhile = self.meanwhile.lock().unwrap().take_if(|_| backwards);
                if let Some((stream, event)) = meanwhile {
                    self.write(&stream, event);
                }
                let mut answers = self.stream(&wanted, stream.revision_option.unwrap(), backwards);
                answers.truncate(count);
                answers
            }
        };
        Ok(Response::new(Box::pin(tokio_stream::iter(answers.into_iter().map(Ok)))))
    }

    /// Every append is one with an exact revision; that is all that is checked, and no id.
    async fn append(&self, request: Request<Streaming<AppendReq>>) -> Result<Response<AppendResp>, Status> {
        let mut messages = request.into_inner();
        let Some(Content::Options(options)) = messages.next().await.unwrap()?.content else {
            return Err(Status::invalid_argument("the options come first"));
        };
        let stream = String::from_utf8(options.stream_identifier.unwrap().stream_name).unwrap();
        let mut proposed: Vec<ProposedMessage> = Vec::new();
        while let Some(message) = messages.next().await {
            if let Some(Content::ProposedMessage(event)) = message?.content {
                proposed.push(event);
            }
        }
        let expected = match options.expected_stream_revision {
            Some(ExpectedStreamRevision::NoStream(_)) => 0,
            Some(ExpectedStreamRevision::Revision(last)) => last + 1,
            other => return Err(Status::invalid_argument(format!("{other:?} is never asked for"))),
        };
        let next =
            self.log.lock().unwrap().iter().filter(|event| name(event) == stream.as_bytes()).count() as u64;
        assert_eq!(expected, next, "the tests append at the end");
        let mut position = 0;
        for event in proposed {
            let event_type = event.metadata["type"].clone();
            position = self.push(&stream, &event_type, id(event.id), event.custom_metadata, event.data, 0);
            self.push("$stats", "$statsCollected", Uuid::now_v7(), Vec::new(), b"{}".to_vec(), 0);
        }
        let success = Success {
            current_revision_option: Some(success::CurrentRevisionOption::CurrentRevision(next)),
            position_option: Some(success::PositionOption::Position(append_resp::Position {
                commit_position: position,
                prepare_position: position,
            })),
        };
        Ok(Response::new(AppendResp { result: Some(Appended::Success(success)) }))
    }

    async fn delete(&self, _: Request<DeleteReq>) -> Result<Response<DeleteResp>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn tombstone(&self, _: Request<TombstoneReq>) -> Result<Response<TombstoneResp>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn batch_append(
        &self,
        _: Request<Streaming<BatchAppendReq>>,
    ) -> Result<Response<Self::BatchAppendStream>, Status> {
        Err(Status::unimplemented(""))
    }
}

#[tonic::async_trait]
impl ServerFeatures for SharedLog {
    async fn get_supported_methods(
        &self,
        _: Request<wire::Empty>,
    ) -> Result<Response<SupportedMethods>, Status> {
        Ok(Response::new(SupportedMethods {
            methods: Vec::new(),
            event_store_server_version: "24.10.0".to_owned(),
        }))
    }
}
