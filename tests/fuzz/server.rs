//! A server that is called with bytes, as whoever reaches it can: by the path of an RPC, with whatever message.

use std::time::Duration;

use prost::Message as _;
use prost::bytes::{Buf as _, BufMut as _};
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor, Value};
use rapport::serve::{self, EventStoreKind, Running};
use rapport_tests::{Clients, World, company};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

/// How long a call may wait for what never comes: a position of tomorrow, the next message of a watch.
const PATIENCE: Duration = Duration::from_millis(200);

/// A server in memory with a small company's customers.
pub(super) struct Server {
    runtime: Runtime,
    channel: Channel,
    running: Running,
    /// Ids of its contacts.
    pub(super) contacts: Vec<String>,
    /// Position of its last event.
    pub(super) position: u64,
    _folder: TempDir,
}

impl Server {
    pub(super) fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let (folder, options) = World::prepared();
        let options = serve::Options { event_store: EventStoreKind::Memory, ..options };
        let (running, channel, (contacts, position)) = runtime.block_on(async {
            let running = serve::start(options).await.unwrap();
            let made = company::populate(&Clients::connect(&running.gateway.to_string()).await).await;
            let endpoint = Endpoint::from_shared(format!("http://{}", running.gateway)).unwrap();
            (running, endpoint.connect().await.unwrap(), made)
        });
        Self { runtime, channel, running, contacts, position, _folder: folder }
    }

    /// The first message of the answer; nothing where there is none, or none soon.
    pub(super) fn call(&self, path: &str, bytes: &[u8]) -> Result<Option<Vec<u8>>, Status> {
        self.runtime.block_on(async {
            tokio::time::timeout(PATIENCE, self.first(path, bytes)).await.unwrap_or(Ok(None))
        })
    }

    /// The same with messages, for as long as it takes.
    pub(super) fn ask(
        &self,
        rpc: &MethodDescriptor,
        message: &DynamicMessage,
    ) -> Result<DynamicMessage, Status> {
        let answer = self.runtime.block_on(self.first(&path(rpc), &message.encode_to_vec()))?;
        Ok(DynamicMessage::decode(rpc.output(), answer.unwrap_or_default().as_slice()).unwrap())
    }

    async fn first(&self, path: &str, bytes: &[u8]) -> Result<Option<Vec<u8>>, Status> {
        let mut client = tonic::client::Grpc::new(self.channel.clone());
        client.ready().await.unwrap();
        let path: PathAndQuery = path.parse().unwrap();
        let answer = client.server_streaming(Request::new(bytes.to_vec()), path, Raw).await?;
        answer.into_inner().message().await
    }

    /// Read models that an event stopped.
    pub(super) fn parked(&self) -> Vec<String> {
        let rpc = rpcs().into_iter().find(|rpc| rpc.name() == "ListProjections").unwrap();
        let listed = self.ask(&rpc, &DynamicMessage::new(rpc.input())).unwrap();
        let projections = listed.get_field_by_name("projections").unwrap();
        let listed = projections.as_list().unwrap().iter().filter_map(Value::as_message);
        let errors = listed.filter_map(|projection| projection.get_field_by_name("parked_error"));
        errors
            .filter_map(|error| error.as_str().map(str::to_owned))
            .filter(|error| !error.is_empty())
            .collect()
    }

    pub(super) fn stop(self) {
        self.runtime.block_on(self.running.stop()).unwrap();
    }
}

/// Every RPC of the contract.
pub(super) fn rpcs() -> Vec<MethodDescriptor> {
    let pool = DescriptorPool::decode(rapport_proto::FILE_DESCRIPTOR_SET).unwrap();
    let services = pool.services().filter(|service| service.package_name() == "rapport.v1");
    services.flat_map(|service| service.methods().collect::<Vec<_>>()).collect()
}

/// What an RPC is called by.
pub(super) fn path(rpc: &MethodDescriptor) -> String {
    format!("/{}/{}", rpc.parent_service().full_name(), rpc.name())
}

/// Messages as they are.
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining()).to_vec()))
    }
}
