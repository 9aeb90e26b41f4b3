//! A server on a free port, and a client of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use rapport_event_store::{EmbeddedOptions, EmbeddedStore, EventStore, MemoryStore};
use rapport_kurrent_gateway::serve;
use rapport_proto::kurrent::gossip::gossip_client::GossipClient;
use rapport_proto::kurrent::server_features::server_features_client::ServerFeaturesClient;
use rapport_proto::kurrent::streams::append_req::options::ExpectedStreamRevision;
use rapport_proto::kurrent::streams::append_req::{self, ProposedMessage};
use rapport_proto::kurrent::streams::read_req::options::{
    AllOptions, CountOption, FilterOption, StreamOption, StreamOptions, UuidOption, all_options,
    stream_options, uuid_option,
};
use rapport_proto::kurrent::streams::read_req::{self, Options};
use rapport_proto::kurrent::streams::read_resp::Content;
use rapport_proto::kurrent::streams::read_resp::read_event::RecordedEvent;
use rapport_proto::kurrent::streams::streams_client::StreamsClient;
use rapport_proto::kurrent::streams::{AppendReq, AppendResp, ReadReq, append_resp};
use rapport_proto::kurrent::{Empty, StreamIdentifier, Uuid as WireUuid, uuid::Value};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};
use tonic::{Status, Streaming};
use tower::layer::util::Identity;
use uuid::Uuid;

pub(crate) const NOTHING: Empty = Empty {};
/// More than any answer has.
const MESSAGE_BYTES_MAX: usize = 32 * 1024 * 1024;

pub(crate) struct World {
    pub(crate) store: Arc<dyn EventStore>,
    pub(crate) port: u16,
    pub(crate) stopping: CancellationToken,
    channel: Channel,
    _folder: Option<TempDir>,
}

impl World {
    /// Both logs of our own: what holds for one holds for the other.
    pub(crate) async fn both() -> [Self; 2] {
        [Self::in_memory().await, Self::on_disk().await]
    }

    pub(crate) async fn in_memory() -> Self {
        Self::over(Arc::new(MemoryStore::new()), None).await
    }

    async fn on_disk() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::open(folder.path(), EmbeddedOptions::default()).unwrap();
        Self::over(Arc::new(store), Some(folder)).await
    }

    pub(crate) async fn over(store: Arc<dyn EventStore>, folder: Option<TempDir>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stopping = CancellationToken::new();
        tokio::spawn(serve(listener, Arc::clone(&store), Identity::new(), stopping.clone()));
        let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
        let channel = endpoint.tcp_nodelay(true).connect().await.unwrap();
        Self { store, port: address.port(), stopping, channel, _folder: folder }
    }

    /// A connection of its own.
    pub(crate) async fn connect(&self) -> Channel {
        let endpoint = Endpoint::from_shared(format!("http://127.0.0.1:{}", self.port)).unwrap();
        endpoint.tcp_nodelay(true).connect().await.unwrap()
    }

    pub(crate) fn streams(&self) -> StreamsClient<Channel> {
        StreamsClient::new(self.channel.clone())
            .max_encoding_message_size(MESSAGE_BYTES_MAX)
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
    }

    pub(crate) fn features(&self) -> ServerFeaturesClient<Channel> {
        ServerFeaturesClient::new(self.channel.clone())
    }

    pub(crate) fn gossip(&self) -> GossipClient<Channel> {
        GossipClient::new(self.channel.clone())
    }

    /// Appends events that were proposed.
    pub(crate) async fn append(
        &self,
        stream: &str,
        expected: ExpectedStreamRevision,
        proposed: Vec<ProposedMessage>,
    ) -> Result<append_resp::Result, Status> {
        let options = append_req::Options {
            stream_identifier: Some(identifier(stream)),
            expected_stream_revision: Some(expected),
        };
        let first = AppendReq { content: Some(append_req::Content::Options(options)) };
        let events = proposed
            .into_iter()
            .map(|event| AppendReq { content: Some(append_req::Content::ProposedMessage(event)) });
        let messages: Vec<AppendReq> = std::iter::once(first).chain(events).collect();
        let answer = self.streams().append(tokio_stream::iter(messages)).await?;
        let AppendResp { result } = answer.into_inner();
        Ok(result.unwrap())
    }

    /// `count` events at the end of a stream, one append each: `{"n":0}`, `{"n":1}` and so on, of type `thing.done.v1`.
    pub(crate) async fn fill(&self, stream: &str, count: u64) {
        for n in 0..count {
            let any = ExpectedStreamRevision::Any(NOTHING);
            let event = proposal(Uuid::now_v7(), "thing.done.v1", &format!(r#"{{"n":{n}}}"#));
            let result = self.append(stream, any, vec![event]).await.unwrap();
            assert!(matches!(result, append_resp::Result::Success(_)));
        }
    }

    pub(crate) async fn read(
        &self,
        options: Options,
    ) -> Result<Streaming<rapport_proto::kurrent::streams::ReadResp>, Status> {
        let answer = self.streams().read(ReadReq { options: Some(options) }).await?;
        Ok(answer.into_inner())
    }

    /// Everything that a read answers, to its end.
    pub(crate) async fn contents(&self, options: Options) -> Result<Vec<Content>, Status> {
        let mut answers = self.read(options).await?;
        let mut contents = Vec::new();
        while let Some(answer) = answers.message().await? {
            contents.push(answer.content.unwrap());
        }
        Ok(contents)
    }

    /// Positions of the events that a read answers.
    pub(crate) async fn positions(&self, options: Options) -> Vec<u64> {
        self.events(options).await.iter().map(|event| event.commit_position).collect()
    }

    pub(crate) async fn events(&self, options: Options) -> Vec<RecordedEvent> {
        self.contents(options).await.unwrap().into_iter().filter_map(event).collect()
    }
}

pub(crate) fn event(content: Content) -> Option<RecordedEvent> {
    match content {
        Content::Event(read) => read.event,
        _ => None,
    }
}

pub(crate) fn identifier(stream: &str) -> StreamIdentifier {
    StreamIdentifier { stream_name: stream.as_bytes().to_vec() }
}

pub(crate) fn text_id(id: Uuid) -> WireUuid {
    WireUuid { value: Some(Value::String(id.to_string())) }
}

pub(crate) fn properties(event_type: &str) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("type".to_owned(), event_type.to_owned()),
        ("content-type".to_owned(), "application/json".to_owned()),
    ])
}

pub(crate) fn proposal(id: Uuid, event_type: &str, data: &str) -> ProposedMessage {
    ProposedMessage {
        id: Some(text_id(id)),
        metadata: properties(event_type),
        custom_metadata: Vec::new(),
        data: data.as_bytes().to_vec(),
    }
}

fn options(source: StreamOption, forwards: bool) -> Options {
    Options {
        stream_option: Some(source),
        read_direction: i32::from(!forwards),
        resolve_links: true,
        count_option: Some(CountOption::Count(u64::MAX)),
        filter_option: Some(FilterOption::NoFilter(NOTHING)),
        uuid_option: Some(UuidOption { content: Some(uuid_option::Content::String(NOTHING)) }),
        control_option: None,
    }
}

/// A read of a stream, to its end.
pub(crate) fn of_stream(stream: &str, from: stream_options::RevisionOption, forwards: bool) -> Options {
    let source = StreamOptions { stream_identifier: Some(identifier(stream)), revision_option: Some(from) };
    options(StreamOption::Stream(source), forwards)
}

/// A read of the log, to its end.
pub(crate) fn of_all(from: all_options::AllOption, forwards: bool) -> Options {
    options(StreamOption::All(AllOptions { all_option: Some(from) }), forwards)
}

pub(crate) fn at(position: u64) -> all_options::AllOption {
    all_options::AllOption::Position(read_req::options::Position {
        commit_position: position,
        prepare_position: position,
    })
}
