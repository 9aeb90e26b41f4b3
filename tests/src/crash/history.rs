//! The log as a reader of the server sees it.

use rapport_proto::v1 as wire;
use rapport_proto::v1::history_service_client::HistoryServiceClient;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tonic::Status;
use tonic::transport::Channel;

/// An event as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) position: u64,
    pub(super) stream: String,
    pub(super) revision: u64,
    pub(super) event_id: String,
    pub(super) event_type: String,
    pub(super) recorded_at: Option<(i64, i32)>,
    pub(super) metadata: String,
    pub(super) data: String,
}

impl Stored {
    fn of(event: wire::HistoryEvent) -> Self {
        Self {
            position: event.position,
            stream: event.stream,
            revision: event.revision,
            event_id: event.event_id,
            event_type: event.event_type,
            recorded_at: event.recorded_at.map(|at| (at.seconds, at.nanos)),
            metadata: event.metadata,
            data: event.data,
        }
    }

    fn note(&self, name: &str) -> Option<String> {
        let metadata: Value = serde_json::from_str(&self.metadata).ok()?;
        metadata.get(name).and_then(Value::as_str).map(str::to_owned)
    }

    /// The request that it came of.
    pub(super) fn request_id(&self) -> String {
        self.note("request_id").unwrap_or_default()
    }

    /// Whether its data, as stored, has the hash that was written beside it.
    pub(super) fn is_whole(&self) -> bool {
        let hash: String =
            Sha256::digest(self.data.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        self.note("payload_sha256") == Some(hash)
    }
}

/// Every event.
///
/// # Errors
/// What the server says.
pub(super) async fn read(channel: &Channel, open_personal: bool) -> Result<Vec<Stored>, Status> {
    let request = wire::ReadHistoryRequest { open_personal, ..Default::default() };
    let mut events = HistoryServiceClient::new(channel.clone()).read_history(request).await?.into_inner();
    let mut stored = Vec::new();
    while let Some(event) = events.message().await? {
        stored.push(Stored::of(event));
    }
    Ok(stored)
}

/// Follows the log from a position on until the server is gone; hands over what was seen.
pub(super) async fn follow(channel: Channel, after: u64) -> Vec<Stored> {
    let from = Some(wire::read_history_request::From::FromPosition(after + 1));
    let request = wire::ReadHistoryRequest { from, follow: true, ..Default::default() };
    let mut seen = Vec::new();
    let Ok(events) = HistoryServiceClient::new(channel).read_history(request).await else { return seen };
    let mut events = events.into_inner();
    while let Ok(Some(event)) = events.message().await {
        seen.push(Stored::of(event));
    }
    seen
}
