//! The peer itself.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use tokio::sync::oneshot;
use umadb_client::{AsyncUmaDbClient, UmaDbClient};
use umadb_dcb::{DcbAppendCondition, DcbEvent, DcbEventStoreAsync as _, DcbQuery, DcbQueryItem};
use umadb_server::{ServerOptions as UmaOptions, StorageOptions, start_server_with_options};

use super::ServerOptions;
use crate::bench::payload;
use crate::bench::process::Process;
use crate::bench::target::{Expecting, Shape, Writer, stream_of};
use crate::error::Failure;

struct UmaWriter {
    client: Arc<AsyncUmaDbClient>,
    expecting: Expecting,
    own: String,
    last: Option<u64>,
    data: String,
}

/// Serves it as its own program does by default.
pub(super) async fn serve(options: ServerOptions) -> Result<(), Failure> {
    let (_never, stop) = oneshot::channel();
    let storage = StorageOptions::default().db_path(&options.db_path);
    let options = UmaOptions { listen_addr: options.listen, tls: None, api_key: None, storage };
    start_server_with_options(options, stop).await.map_err(failed)
}

/// Starts its server in a process of its own.
pub(in crate::bench::target) async fn start(folder: &Path) -> Result<Process, Failure> {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    let address = free.map_err(|error| Failure::Local(error.to_string()))?.to_string();
    Process::peer(&folder.join("uma.db"), &address).await
}

/// Writers over as many connections as ours have.
pub(in crate::bench::target) async fn writers(
    process: &Process,
    shape: &Shape,
) -> Result<Vec<Box<dyn Writer>>, Failure> {
    let mut clients = Vec::with_capacity(shape.connections);
    for _ in 0..shape.connections {
        let client = UmaDbClient::new(format!("http://{}", process.address())).connect_async().await;
        clients.push(Arc::new(client.map_err(failed)?));
    }
    let clients = clients.into_iter().cycle().take(shape.writers);
    Ok(clients
        .map(|client| {
            Box::new(UmaWriter {
                client,
                expecting: shape.expecting,
                own: payload::own_stream(),
                last: None,
                data: shape.data.clone(),
            }) as Box<dyn Writer>
        })
        .collect())
}

#[tonic::async_trait]
impl Writer for UmaWriter {
    async fn append(&mut self, events: usize) -> Result<(), Failure> {
        let stream = String::from(stream_of(self.expecting, &self.own)?);
        let event = || DcbEvent {
            event_type: payload::EVENT_TYPE.to_owned(),
            tags: vec![stream.clone()],
            data: self.data.clone().into_bytes(),
            uuid: Some(payload::fresh_id()),
            ..DcbEvent::default()
        };
        let events = (0..events).map(|_| event()).collect();
        let condition = (self.expecting == Expecting::Exact).then(|| DcbAppendCondition {
            fail_if_events_match: DcbQuery {
                items: vec![DcbQueryItem { types: Vec::new(), tags: vec![stream.clone()] }],
            },
            after: self.last,
        });
        self.last = Some(self.client.append(events, condition, None).await.map_err(failed)?);
        Ok(())
    }
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::Local(format!("umadb: {error}"))
}
