//! A server in this process, on a free port and in a directory of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Deref;
use std::path::PathBuf;
use std::time::Duration;

use rapport::serve::{CONNECTIONS_PER_ADDRESS, EventStoreKind, OperationsOptions, Options, Running, start};
use rapport::tls::ServerOptions;
use rapport::tokens::ProviderOptions;
use rapport_domain::envelope::ActorKind;
use rapport_proto::v1::GetHeadRequest;
use tempfile::TempDir;

use crate::Clients;

/// A server and its clients.
pub struct World {
    folder: TempDir,
    running: Option<Running>,
    clients: Clients,
}

impl Deref for World {
    type Target = Clients;

    fn deref(&self) -> &Clients {
        &self.clients
    }
}

impl World {
    /// A server on an empty directory.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (running, clients) = serve(options(&folder)).await;
        Self { folder, running: Some(running), clients }
    }

    /// A server on an empty directory that asks for API keys of a file.
    pub async fn start_with_api_keys(api_keys: PathBuf) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let options = Options { api_keys: Some(api_keys), ..options(&folder) };
        let (running, clients) = serve(options).await;
        Self { folder, running: Some(running), clients }
    }

    /// A server on an empty directory that believes its callers, and writes down what it opens for them.
    pub async fn start_with_access_record() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let options = Options { record_access: Some(true), ..options(&folder) };
        let (running, clients) = serve(options).await;
        Self { folder, running: Some(running), clients }
    }

    /// A server on an empty directory where approved erasures can be cancelled for some time.
    pub async fn start_with_erasure_window(erasure_window: Duration) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let options = Options { erasure_window, ..options(&folder) };
        let (running, clients) = serve(options).await;
        Self { folder, running: Some(running), clients }
    }

    /// Where the gateway listens.
    #[must_use]
    pub fn gateway(&self) -> SocketAddr {
        self.running.as_ref().expect("it runs").gateway
    }

    /// Where metrics are.
    #[must_use]
    pub fn operations(&self) -> SocketAddr {
        self.running.as_ref().expect("it runs").operations
    }

    /// The data directory.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// An empty directory, and what a server on it is started with.
    #[must_use]
    pub fn prepared() -> (TempDir, Options) {
        let folder = tempfile::tempdir().expect("a folder");
        let options = options(&folder);
        (folder, options)
    }

    /// The options that it was started with.
    #[must_use]
    pub fn options(&self) -> Options {
        options(&self.folder)
    }

    /// Position of the last event.
    pub async fn head(&self) -> u64 {
        let head = self.history().get_head(GetHeadRequest {}).await.expect("the log has a head");
        head.into_inner().position
    }

    /// Stops the server, keeps its directory.
    pub async fn stop(&mut self) {
        self.running.take().expect("it runs").stop().await.expect("it stops");
    }

    /// Starts the server on its directory again.
    pub async fn start_again(&mut self) {
        let (running, clients) = serve(options(&self.folder)).await;
        self.running = Some(running);
        self.clients = clients;
    }
}

async fn serve(options: Options) -> (Running, Clients) {
    let running = start(options).await.expect("it starts");
    let clients = Clients::connect(&running.gateway.to_string()).await;
    (running, clients)
}

fn options(folder: &TempDir) -> Options {
    let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Options {
        data_dir: folder.path().join("data"),
        listen: free,
        operations_listen: free,
        operations: OperationsOptions::default(),
        kurrent_listen: None,
        event_store: EventStoreKind::Embedded,
        keys_dir: None,
        root_key: None,
        log_key: None,
        log_origin: None,
        checkpoint_dir: None,
        witness_policy: None,
        ready_file: None,
        require_equal: false,
        api_keys: None,
        tokens: ProviderOptions::default(),
        policies: None,
        record_access: None,
        calls_per_second: None,
        erasure_window: Duration::ZERO,
        connections_per_address: CONNECTIONS_PER_ADDRESS,
        reflection: false,
        tls: ServerOptions::default(),
        insecure_dev: false,
        lag_max: 60,
        open_personal_to: vec![ActorKind::User, ActorKind::Service, ActorKind::Import],
    }
}
