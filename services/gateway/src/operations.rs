//! The operations port: metrics and liveness over HTTP, for the machines that watch.

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;

/// Answers `/metrics` (OpenMetrics text) and `/livez` until `stop` resolves.
///
/// # Errors
/// When the listener fails.
pub async fn serve_operations(
    listener: TcpListener,
    registry: Arc<Registry>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let metrics = move || {
        let registry = Arc::clone(&registry);
        async move { render(&registry) }
    };
    let routes = Router::new().route("/metrics", get(metrics)).route("/livez", get(|| async { "ok\n" }));
    axum::serve(listener, routes).with_graceful_shutdown(stop).await
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
