//! The operations port: metrics, liveness and the tiles of the log over HTTP, for the machines that watch.

mod door;
mod reads;
mod tiles;

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::get;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use crate::metrics::GatewayMetrics;
use crate::services::Services;

use door::{Doorway, assert_token};

pub use door::{OperationsListening, OperationsToken};
pub use reads::ReadModels;

/// Why the server is not ready to be written to; `None` while it is.
pub type Trouble = Arc<dyn Fn() -> Option<&'static str> + Send + Sync>;

/// What the operations port tells of.
pub struct Operations {
    /// What is measured.
    pub registry: Arc<Registry>,
    /// Whether it takes commands.
    pub trouble: Trouble,
    /// Whether its read models keep up.
    pub read_models: ReadModels,
    /// Who knows the log.
    pub services: Services,
    /// Where connections that are refused are counted.
    pub metrics: GatewayMetrics,
}

/// Answers `/metrics` (OpenMetrics text), `/livez`, `/readyz` and `/readyz/reads` until `stop` resolves. `/livez` tells that
/// the process answers, `/readyz` also that it takes commands, `/readyz/reads` that its read models keep up with the log:
/// 503 with the reason where that is not so. `/checkpoint` and `/tile/` are the log as c2sp.org/tlog-tiles says. Where there
/// is a token, those and `/metrics` want it.
///
/// # Errors
/// When the listener fails.
pub async fn serve_operations(
    listening: OperationsListening,
    operations: Operations,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let Operations { registry, trouble, read_models, services, metrics } = operations;
    let measured = move || {
        let registry = Arc::clone(&registry);
        async move { render(&registry) }
    };
    let ready = move || {
        let trouble = trouble();
        async move { readiness(trouble) }
    };
    let reads = move || {
        let read_models = read_models.clone();
        async move { read_models.report().await }
    };
    let telling = Router::new().route("/metrics", get(measured)).merge(tiles::routes(services));
    let telling = match listening.token.clone() {
        Some(token) => telling.route_layer(from_fn_with_state(token, assert_token)),
        None => telling,
    };
    let routes = Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/readyz/reads", get(reads))
        .merge(telling);
    let doorway = Doorway::open(listening, metrics)?;
    axum::serve(doorway, routes).with_graceful_shutdown(stop).await
}

fn readiness(trouble: Option<&'static str>) -> (StatusCode, String) {
    match trouble {
        None => (StatusCode::OK, "ok\n".to_owned()),
        Some(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")),
    }
}

fn render(registry: &Registry) -> axum::response::Response {
    let mut text = String::new();
    match encode(&mut text, registry) {
        Ok(()) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_cannot_be_written_to_is_not_ready_and_says_why() {
        assert_eq!(readiness(None), (StatusCode::OK, "ok\n".to_owned()));
        let refused = readiness(Some("the disk failed"));
        assert_eq!(refused, (StatusCode::SERVICE_UNAVAILABLE, "the disk failed\n".to_owned()));
    }
}
