//! A log of ours, served behind whims, on a port that stays the same over restarts.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use rapport_event_store::{EventStore, MemoryStore};
use rapport_kurrent_gateway::serve;
use rapport_kurrentdb::{ConnectError, KurrentStore};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::whims::Whims;

pub(crate) struct Server {
    pub(crate) log: Arc<MemoryStore>,
    pub(crate) whims: Whims,
    pub(crate) address: SocketAddr,
    stopping: CancellationToken,
    task: Option<tokio::task::JoinHandle<()>>,
    /// Keeps the address while the server is down, so that no other test's server gets it.
    place: Option<TcpSocket>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut server = Self {
            log: Arc::new(MemoryStore::new()),
            whims: Whims::default(),
            address,
            stopping: CancellationToken::new(),
            task: None,
            place: None,
        };
        server.serve(listener);
        server
    }

    fn serve(&mut self, listener: TcpListener) {
        self.stopping = CancellationToken::new();
        let log = Arc::clone(&self.log) as Arc<dyn EventStore>;
        let serving = serve(listener, log, self.whims.clone(), self.stopping.clone());
        self.task = Some(tokio::spawn(async move { serving.await.unwrap() }));
    }

    /// Ends it the hard way: every connection is gone.
    pub(crate) async fn kill(&mut self) {
        let task = self.task.take().unwrap();
        self.stopping.cancel();
        task.await.unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(self.address).unwrap();
        self.place = Some(socket);
    }

    /// Starts it again where it was.
    pub(crate) async fn restart(&mut self) {
        let socket = self.place.take().unwrap();
        self.serve(socket.listen(64).unwrap());
    }

    pub(crate) fn connection(&self) -> String {
        format!("esdb://{}?tls=false", self.address)
    }

    pub(crate) async fn connect(&self) -> Replica {
        Replica::to(&self.connection()).await
    }
}

/// A store with a directory of its own.
pub(crate) struct Replica {
    pub(crate) store: Arc<KurrentStore>,
    pub(crate) directory: TempDir,
}

impl Replica {
    pub(crate) async fn to(connection: &str) -> Self {
        let directory = TempDir::new().unwrap();
        let store = Arc::new(connect(connection, directory.path()).await.unwrap());
        Self { store, directory }
    }
}

pub(crate) async fn connect(connection: &str, directory: &Path) -> Result<KurrentStore, ConnectError> {
    KurrentStore::connect(&connection.parse().unwrap(), directory).await
}

/// Passes everything on to a server, until it is told to cut all connections; those that come later are passed on again.
pub(crate) async fn wire(to: SocketAddr) -> (SocketAddr, CancellationToken) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let cut = CancellationToken::new();
    let told = cut.clone();
    tokio::spawn(async move {
        while let Ok((mut here, _)) = listener.accept().await {
            // Only the connections of before are cut.
            let told = if told.is_cancelled() { CancellationToken::new() } else { told.clone() };
            tokio::spawn(async move {
                let mut there = TcpStream::connect(to).await.unwrap();
                tokio::select! {
                    () = told.cancelled() => {}
                    _ = tokio::io::copy_bidirectional(&mut here, &mut there) => {}
                }
            });
        }
    });
    (address, cut)
}
