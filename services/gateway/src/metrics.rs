//! What the gateway counts: requests and their latency, by RPC and code.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use futures::future::BoxFuture;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use tower::{Layer, Service};

use crate::contract::rpcs_of;

/// Most RPC names that are counted; more than the contract has. Any other path counts as `other`.
const RPCS_MAX: usize = 500;

/// Labels of a request; both are bounded: RPC names by the contract, codes by gRPC.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    rpc: String,
    code: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RpcLabel {
    rpc: String,
}

/// The gateway's metrics.
#[derive(Clone)]
pub struct GatewayMetrics {
    requests: Family<RequestLabels, Counter>,
    duration: Family<RpcLabel, Histogram, fn() -> Histogram>,
    connections_refused: Counter,
    known: Arc<std::collections::BTreeSet<String>>,
}

impl GatewayMetrics {
    /// Metrics for the RPCs of the contract.
    #[must_use]
    pub fn new() -> Self {
        Self {
            requests: Family::default(),
            duration: Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.000_1, 2.0, 18))),
            connections_refused: Counter::default(),
            known: Arc::new(rpc_paths()),
        }
    }

    /// Adds them to a registry.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "rapport_gateway_requests",
            "Requests that were answered, by RPC and gRPC code",
            self.requests.clone(),
        );
        registry.register(
            "rapport_gateway_request_duration_seconds",
            "Time to the first byte of the answer, by RPC",
            self.duration.clone(),
        );
        registry.register(
            "rapport_gateway_connections_refused",
            "Connections that were closed at once, because there were as many as there may be, in all or of their address",
            self.connections_refused.clone(),
        );
    }

    pub(crate) fn connection_refused(&self) {
        self.connections_refused.inc();
    }

    fn observe(&self, rpc: &str, code: &str, began: Instant) {
        let rpc = if self.known.contains(rpc) { rpc } else { "other" };
        let labels = RequestLabels { rpc: rpc.to_owned(), code: code.to_owned() };
        self.requests.get_or_create(&labels).inc();
        let label = RpcLabel { rpc: rpc.to_owned() };
        self.duration.get_or_create(&label).observe(began.elapsed().as_secs_f64());
    }
}

impl Default for GatewayMetrics {
    fn default() -> Self {
        Self::new()
    }
}

/// Every path of the contract, and of KurrentDB's protocol.
fn rpc_paths() -> std::collections::BTreeSet<String> {
    let sets = [rapport_proto::FILE_DESCRIPTOR_SET, rapport_proto::KURRENT_DESCRIPTOR_SET];
    sets.into_iter().flat_map(rpcs_of).map(|rpc| rpc.to_string()).take(RPCS_MAX).collect()
}

impl<S> Layer<S> for GatewayMetrics {
    type Service = Measured<S>;

    fn layer(&self, inner: S) -> Measured<S> {
        Measured { inner, metrics: self.clone() }
    }
}

/// A service whose requests are counted.
#[derive(Clone)]
pub struct Measured<S> {
    inner: S,
    metrics: GatewayMetrics,
}

impl<S, B, R> Service<http::Request<B>> for Measured<S>
where
    S: Service<http::Request<B>, Response = http::Response<R>>,
    S::Future: Send + 'static,
    S::Error: 'static,
    R: 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let began = Instant::now();
        let rpc = request.uri().path().to_owned();
        let metrics = self.metrics.clone();
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = answer.await;
            let code = answer.as_ref().map_or("error", |response| grpc_code(response));
            metrics.observe(&rpc, code, began);
            answer
        })
    }
}

/// The gRPC code of an answer that failed at once; a code that comes in the trailers of a stream counts as 0.
fn grpc_code<R>(response: &http::Response<R>) -> &str {
    response
        .headers()
        .get("grpc-status")
        .and_then(|code| code.to_str().ok())
        .filter(|code| code.len() <= 2)
        .unwrap_or("0")
}
