//! The listener: the services of the protocol behind the same limits.

use std::sync::Arc;
use std::time::Duration;

use rapport_event_store::{EventStore, Positions};
use rapport_proto::kurrent::gossip::gossip_server::GossipServer;
use rapport_proto::kurrent::server_features::server_features_server::ServerFeaturesServer;
use rapport_proto::kurrent::streams::streams_server::StreamsServer;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tower::{BoxError, Layer, Service};

use crate::streams::Kurrent;

/// Largest message, both ways, in bytes: what KurrentDB's clients take, and room for a batch of the largest append.
pub const MESSAGE_BYTES_MAX: usize = 17 * 1024 * 1024;
/// Longest time from the first message of an append to its answer.
pub const APPEND_TIMEOUT: Duration = Duration::from_secs(10);
/// Appends that come in, of all connections together, in KiB.
pub const RECEIVING_KIB_MAX: usize = 256 * 1_024;
/// Subscriptions at a time, of all connections together.
pub const SUBSCRIPTIONS_MAX: usize = 1_000;
/// Calls at a time on one connection.
pub const STREAMS_PER_CONNECTION_MAX: u32 = 256;
/// Flow-control window of one call, in bytes.
const STREAM_WINDOW_BYTES: u32 = 1024 * 1024;
/// Flow-control window of one connection, in bytes.
const CONNECTION_WINDOW_BYTES: u32 = 8 * 1024 * 1024;
/// How often a silent connection is asked whether it lives.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);

/// Why the listener stopped, or did not start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The log is not one of ours.
    #[error("only a log of this server is offered over the KurrentDB protocol; ask the other one itself")]
    NotOurLog,
    /// The listener has no address.
    #[error("the listener of the KurrentDB protocol has no address")]
    Address(#[from] std::io::Error),
    /// The transport failed.
    #[error("the transport of the KurrentDB protocol failed")]
    Transport(#[from] tonic::transport::Error),
}

/// Serves the protocol until `stopping`; then no new call is taken, subscriptions end with UNAVAILABLE, and other
/// calls under way are finished. Every request goes through `layer`, which counts it.
///
/// # Errors
/// See [`ServerError`].
pub async fn serve<L>(
    listener: TcpListener,
    store: Arc<dyn EventStore>,
    layer: L,
    stopping: CancellationToken,
) -> Result<(), ServerError>
where
    L: Layer<Routes> + Clone,
    L::Service: Service<http::Request<Body>, Response = http::Response<Body>, Error: Into<BoxError> + Send>
        + Clone
        + Send
        + 'static,
    <L::Service as Service<http::Request<Body>>>::Future: Send,
{
    // Pages of the log backwards are made of its positions.
    if store.positions() != Positions::Dense {
        return Err(ServerError::NotOurLog);
    }
    let kurrent = Kurrent::new(store, listener.local_addr()?, stopping.clone());
    let streams = StreamsServer::new(kurrent.clone())
        .max_decoding_message_size(MESSAGE_BYTES_MAX)
        .max_encoding_message_size(MESSAGE_BYTES_MAX);
    let routes = Routes::new(streams)
        .add_service(ServerFeaturesServer::new(kurrent.clone()))
        .add_service(GossipServer::new(kurrent));
    // Small answers must not wait for the peer's acknowledgement of earlier ones.
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    Server::builder()
        .max_concurrent_streams(Some(STREAMS_PER_CONNECTION_MAX))
        .initial_stream_window_size(Some(STREAM_WINDOW_BYTES))
        .initial_connection_window_size(Some(CONNECTION_WINDOW_BYTES))
        .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
        .layer(layer)
        .add_routes(routes)
        .serve_with_incoming_shutdown(incoming, stopping.cancelled_owned())
        .await?;
    Ok(())
}
