//! Who gets in: connections within their number, over TLS where it is done, and whoever has the token.

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::serve::Listener;
use futures::StreamExt as _;
use tokio::net::TcpListener;
use tokio_stream::wrappers::ReceiverStream;

use crate::metrics::GatewayMetrics;
use crate::server::{Connection, Door, Places, Tls, incoming};

/// What stands before the token.
const SCHEME: &str = "Bearer ";

/// Whether a token is the one that opens the operations port, as it is now.
pub type OperationsToken = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// Where and how the operations port listens.
pub struct OperationsListening {
    /// Where.
    pub listener: TcpListener,
    /// How TLS is done, if it is.
    pub tls: Option<Tls>,
    /// Most connections of one network address.
    pub connections_per_address: NonZeroU32,
    /// What callers need for more than to hear how it is; nothing, if there is none.
    pub token: Option<OperationsToken>,
}

/// Connections that were let in.
pub(super) struct Doorway {
    address: SocketAddr,
    connections: ReceiverStream<io::Result<Connection>>,
}

impl Doorway {
    pub(super) fn open(listening: OperationsListening, metrics: GatewayMetrics) -> io::Result<Self> {
        let OperationsListening { listener, tls, connections_per_address, token: _ } = listening;
        let address = listener.local_addr()?;
        let door = Door { tls, places: Places::new(connections_per_address), metrics };
        Ok(Self { address, connections: incoming(listener, door) })
    }
}

impl Listener for Doorway {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            match self.connections.next().await {
                Some(Ok(connection)) => return (connection, self.address),
                Some(Err(error)) => tracing::debug!(%error, "a connection was not settled"),
                None => std::future::pending().await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// Lets nobody further without the token.
pub(super) async fn assert_token(
    State(token): State<OperationsToken>,
    request: Request,
    next: Next,
) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given.and_then(|value| value.strip_prefix(SCHEME)).is_some_and(|given| token(given)) {
        return next.run(request).await;
    }
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response()
}
