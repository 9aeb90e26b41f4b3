//! The log as tiles (c2sp.org/tlog-tiles): for auditors and witnesses who fetch, and ask for nothing.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rapport_transparency::tile::Tile;

use crate::services::Services;

/// A checkpoint is replaced by the next one.
const SOON_OLD: &str = "no-cache";
/// A tile never changes.
const NEVER_OLD: &str = "public, max-age=31536000, immutable";

pub(super) fn routes(services: Services) -> Router {
    Router::new()
        .route("/checkpoint", get(checkpoint))
        .route("/tile/{*address}", get(tile))
        .with_state(services)
}

async fn checkpoint(State(services): State<Services>) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, SOON_OLD)];
    (kind, services.checkpoint()).into_response()
}

async fn tile(State(services): State<Services>, Path(address): Path<String>) -> Response {
    let Some(tile) = Tile::parse(&address) else { return StatusCode::NOT_FOUND.into_response() };
    match services.tile(tile).await {
        Ok(Some(bytes)) => {
            let kind =
                [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, NEVER_OLD)];
            (kind, bytes).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::warn!(%error, address, "a tile cannot be served");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}
