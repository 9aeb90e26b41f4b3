//! A log of ours behind a socket, and stores that reach it there.

use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use rapport_event_store::conformance::Subject;
use rapport_event_store::{EmbeddedOptions, EmbeddedStore, EventStore, MemoryStore};
use rapport_kurrent_gateway::serve;
use rapport_kurrentdb::KurrentStore;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::layer::util::Identity;

/// A log of ours, served.
pub(crate) struct Served {
    address: SocketAddr,
    stopping: CancellationToken,
    _folder: Option<TempDir>,
}

impl Served {
    pub(crate) async fn in_memory() -> Self {
        Self::over(Arc::new(MemoryStore::new()), None).await
    }

    pub(crate) async fn on_disk() -> Self {
        let folder = TempDir::new().unwrap();
        let store = EmbeddedStore::open(folder.path(), EmbeddedOptions::default()).unwrap();
        Self::over(Arc::new(store), Some(folder)).await
    }

    async fn over(log: Arc<dyn EventStore>, folder: Option<TempDir>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stopping = CancellationToken::new();
        tokio::spawn(serve(listener, log, Identity::new(), stopping.clone()));
        Self { address, stopping, _folder: folder }
    }

    /// A store that reaches it, with a directory of its own.
    pub(crate) async fn replica(&self) -> Replica {
        let directory = TempDir::new().unwrap();
        let connection = format!("esdb://{}?tls=false", self.address);
        let store = connect(&connection, &directory).await;
        Replica { connection, directory, store }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stopping.cancel();
    }
}

/// One process's view of the log.
pub(crate) struct Replica {
    connection: String,
    directory: TempDir,
    store: Arc<KurrentStore>,
}

async fn connect(connection: &str, directory: &TempDir) -> Arc<KurrentStore> {
    Arc::new(KurrentStore::connect(&connection.parse().unwrap(), directory.path()).await.unwrap())
}

#[async_trait]
impl Subject for Replica {
    fn store(&self) -> Arc<dyn EventStore> {
        Arc::clone(&self.store) as Arc<dyn EventStore>
    }

    async fn reopen(&mut self) {
        self.store.close();
        self.store = connect(&self.connection, &self.directory).await;
    }
}
