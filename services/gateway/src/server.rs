//! The gRPC server: every service behind the same limits.

mod incoming;
mod places;

use std::num::NonZeroU32;
use std::time::Duration;

use rapport_proto::FILE_DESCRIPTOR_SET;
use rapport_proto::v1::access_service_server::AccessServiceServer;
use rapport_proto::v1::admin_service_server::AdminServiceServer;
use rapport_proto::v1::audit_service_server::AuditServiceServer;
use rapport_proto::v1::case_service_server::CaseServiceServer;
use rapport_proto::v1::consent_service_server::ConsentServiceServer;
use rapport_proto::v1::contact_service_server::ContactServiceServer;
use rapport_proto::v1::history_service_server::HistoryServiceServer;
use rapport_proto::v1::interaction_service_server::InteractionServiceServer;
use rapport_proto::v1::lead_rules_service_server::LeadRulesServiceServer;
use rapport_proto::v1::lead_service_server::LeadServiceServer;
use rapport_proto::v1::notice_service_server::NoticeServiceServer;
use rapport_proto::v1::pipeline_service_server::PipelineServiceServer;
use rapport_proto::v1::quote_service_server::QuoteServiceServer;
use rapport_proto::v1::report_service_server::ReportServiceServer;
use rapport_proto::v1::service_level_service_server::ServiceLevelServiceServer;
use rapport_proto::v1::subject_request_service_server::SubjectRequestServiceServer;
use rapport_proto::v1::subscription_service_server::SubscriptionServiceServer;
use rapport_proto::v1::task_service_server::TaskServiceServer;
use rapport_proto::v1::what_if_service_server::WhatIfServiceServer;
use tokio::net::TcpListener;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic_web::GrpcWebLayer;

use crate::access::{Access, Admission};
use crate::guard::Guard;
use crate::metrics::GatewayMetrics;
use crate::services::Services;

pub(crate) use incoming::{Connection, Door, incoming};
pub(crate) use places::Places;

pub use incoming::Tls;
pub use places::CONNECTIONS_MAX;

/// Largest request message, in bytes.
pub const REQUEST_BYTES_MAX: usize = 256 * 1024;
/// Largest message to the history, in bytes. An append in the log is never smaller than its request: what the log adds
/// to each event is more than the message does.
pub const APPEND_REQUEST_BYTES_MAX: usize = rapport_application::APPEND_BYTES_MAX;
/// Largest answer message, in bytes: a page of the largest entries, with room. Many clients take 4 MiB unless they
/// are told otherwise; they ask for smaller pages.
pub const RESPONSE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Longest time to the first byte of an answer.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Most streams of one connection at a time.
pub const STREAMS_PER_CONNECTION_MAX: u32 = 256;
/// Flow-control window of one stream, in bytes.
const STREAM_WINDOW_BYTES: u32 = 1024 * 1024;
/// Flow-control window of one connection, in bytes.
const CONNECTION_WINDOW_BYTES: u32 = 8 * 1024 * 1024;
/// How often a silent connection is asked whether it lives.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);

/// Why the server stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The descriptors do not fit the reflection service: a fault of ours.
    #[error("the contract's descriptors cannot be served")]
    Descriptors(#[from] tonic_reflection::server::Error),
    /// The transport failed.
    #[error("the gRPC transport failed")]
    Transport(#[from] tonic::transport::Error),
}

/// Where and how a gateway listens.
pub struct Listening {
    /// Where.
    pub listener: TcpListener,
    /// How TLS is done, if it is.
    pub tls: Option<Tls>,
    /// Most connections of one network address.
    pub connections_per_address: NonZeroU32,
    /// Whether the contract is told to whoever is let in.
    pub reflection: bool,
}

/// Serves gRPC and gRPC-web until `stop` resolves; then no new call is taken, and those under way are finished.
///
/// # Errors
/// See [`ServerError`].
pub async fn serve(
    listening: Listening,
    services: Services,
    access: Access,
    metrics: GatewayMetrics,
    stop: impl Future<Output = ()>,
) -> Result<(), ServerError> {
    let Listening { listener, tls, connections_per_address, reflection } = listening;
    let door = Door { tls, places: Places::new(connections_per_address), metrics: metrics.clone() };
    Server::builder()
        .accept_http1(true)
        .max_concurrent_streams(Some(STREAMS_PER_CONNECTION_MAX))
        .initial_stream_window_size(Some(STREAM_WINDOW_BYTES))
        .initial_connection_window_size(Some(CONNECTION_WINDOW_BYTES))
        .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
        .layer(metrics)
        .layer(GrpcWebLayer::new())
        .layer(Guard { timeout: REQUEST_TIMEOUT })
        .layer(Admission { access, record: services.record.clone() })
        .add_routes(routes(services, reflection).await?)
        .serve_with_incoming_shutdown(incoming(listener, door), stop)
        .await?;
    Ok(())
}

/// Every service, health, and the contract's own description where it is told.
async fn routes(services: Services, reflection: bool) -> Result<Routes, ServerError> {
    macro_rules! limited {
        ($($server:ident takes $request_bytes_max:expr),+ $(,)?) => {{
            let (reporter, health) = tonic_health::server::health_reporter();
            let mut routes = Routes::new(health);
            $(
                reporter.set_serving::<$server<Services>>().await;
                let server = $server::new(services.clone())
                    .max_decoding_message_size($request_bytes_max)
                    .max_encoding_message_size(RESPONSE_BYTES_MAX);
                routes = routes.add_service(server);
            )+
            routes
        }};
    }
    let routes = limited!(
        ContactServiceServer takes REQUEST_BYTES_MAX,
        InteractionServiceServer takes REQUEST_BYTES_MAX,
        PipelineServiceServer takes REQUEST_BYTES_MAX,
        SubscriptionServiceServer takes REQUEST_BYTES_MAX,
        ConsentServiceServer takes REQUEST_BYTES_MAX,
        NoticeServiceServer takes REQUEST_BYTES_MAX,
        SubjectRequestServiceServer takes REQUEST_BYTES_MAX,
        ReportServiceServer takes REQUEST_BYTES_MAX,
        HistoryServiceServer takes APPEND_REQUEST_BYTES_MAX,
        AdminServiceServer takes REQUEST_BYTES_MAX,
        AuditServiceServer takes REQUEST_BYTES_MAX,
        AccessServiceServer takes REQUEST_BYTES_MAX,
        CaseServiceServer takes REQUEST_BYTES_MAX,
        LeadServiceServer takes REQUEST_BYTES_MAX,
        LeadRulesServiceServer takes REQUEST_BYTES_MAX,
        TaskServiceServer takes REQUEST_BYTES_MAX,
        QuoteServiceServer takes REQUEST_BYTES_MAX,
        ServiceLevelServiceServer takes REQUEST_BYTES_MAX,
        WhatIfServiceServer takes REQUEST_BYTES_MAX,
    );
    if !reflection {
        return Ok(routes);
    }
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
        .build_v1()?;
    Ok(routes.add_service(reflection))
}
