//! Connections as they come in: so many of one address, so many in all, and TLS settled in time.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::either::Either;
use tonic::transport::server::Connected;

use super::places::{Place, Places};
use crate::metrics::GatewayMetrics;

/// Longest time until a connection's TLS is settled.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections that are settled and not taken yet.
const CONNECTIONS_SETTLED_MAX: usize = 64;
/// Pause after the system could not hand over a connection: it is short of something.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How TLS is done at this moment: asked for each connection, so that a renewed certificate needs no restart.
pub type Tls = Arc<dyn Fn() -> Arc<ServerConfig> + Send + Sync>;

/// Where callers come in.
pub(crate) struct Door {
    pub(crate) tls: Option<Tls>,
    pub(crate) places: Places,
    pub(crate) metrics: GatewayMetrics,
}

/// Takes connections until nobody wants them any more.
pub(crate) fn incoming(listener: TcpListener, door: Door) -> ReceiverStream<io::Result<Connection>> {
    let (sender, receiver) = mpsc::channel(CONNECTIONS_SETTLED_MAX);
    tokio::spawn(take(listener, Arc::new(door), sender));
    ReceiverStream::new(receiver)
}

async fn take(listener: TcpListener, door: Arc<Door>, sender: mpsc::Sender<io::Result<Connection>>) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = sender.closed() => return,
        };
        match accepted {
            Ok((stream, peer)) => match door.places.take(peer.ip()) {
                Some(place) => {
                    tokio::spawn(Arc::clone(&door).hand_over(stream, place, sender.clone()));
                }
                None => door.metrics.connection_refused(),
            },
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

impl Door {
    async fn hand_over(
        self: Arc<Self>,
        stream: TcpStream,
        place: Place,
        sender: mpsc::Sender<io::Result<Connection>>,
    ) {
        match self.settle(stream).await {
            // Nobody wants it where the server has been told to stop.
            Ok(io) => drop(sender.send(Ok(Connection { io, _place: place })).await),
            Err(error) => tracing::debug!(%error, "a connection was not settled"),
        }
    }

    async fn settle(&self, stream: TcpStream) -> io::Result<Io> {
        // Small answers must not wait for the peer's acknowledgement of earlier ones.
        stream.set_nodelay(true)?;
        let Some(tls) = &self.tls else { return Ok(Either::Left(stream)) };
        let settling = TlsAcceptor::from(tls()).accept(stream);
        let settled = tokio::time::timeout(HANDSHAKE_TIMEOUT, settling).await;
        settled
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
            .map(|stream| Either::Right(Box::new(stream)))
    }
}

type Io = Either<TcpStream, Box<TlsStream<TcpStream>>>;

/// A connection, and its place until it ends.
pub(crate) struct Connection {
    io: Io,
    _place: Place,
}

/// Where somebody calls from is nobody's business behind this.
impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
