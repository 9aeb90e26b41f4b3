//! A server in this process, on a free port and in a directory of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use rapport::serve::{EventStoreKind, Options, Running, start};
use rapport_domain::envelope::ActorKind;
use rapport_proto::v1::admin_service_client::AdminServiceClient;
use rapport_proto::v1::consent_service_client::ConsentServiceClient;
use rapport_proto::v1::contact_service_client::ContactServiceClient;
use rapport_proto::v1::history_service_client::HistoryServiceClient;
use rapport_proto::v1::interaction_service_client::InteractionServiceClient;
use rapport_proto::v1::pipeline_service_client::PipelineServiceClient;
use rapport_proto::v1::report_service_client::ReportServiceClient;
use rapport_proto::v1::subscription_service_client::SubscriptionServiceClient;
use tempfile::TempDir;
use tonic::transport::{Channel, Endpoint};

/// A server and a connection to it.
pub struct World {
    folder: TempDir,
    running: Option<Running>,
    channel: Channel,
}

macro_rules! clients {
    ($($name:ident: $client:ident;)+) => {$(
        /// A client of the service.
        #[must_use]
        pub fn $name(&self) -> $client<Channel> { $client::new(self.channel.clone()) }
    )+};
}

impl World {
    /// A server on an empty directory.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (running, channel) = serve(options(&folder)).await;
        Self { folder, running: Some(running), channel }
    }

    clients! {
        contacts: ContactServiceClient;
        interactions: InteractionServiceClient;
        pipelines: PipelineServiceClient;
        subscriptions: SubscriptionServiceClient;
        consents: ConsentServiceClient;
        reports: ReportServiceClient;
        history: HistoryServiceClient;
        admin: AdminServiceClient;
    }

    /// The connection.
    #[must_use]
    pub fn channel(&self) -> Channel {
        self.channel.clone()
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

    /// The options that it was started with.
    #[must_use]
    pub fn options(&self) -> Options {
        options(&self.folder)
    }

    /// Stops the server, keeps its directory.
    pub async fn stop(&mut self) {
        self.running.take().expect("it runs").stop().await.expect("it stops");
    }

    /// Starts the server on its directory again.
    pub async fn start_again(&mut self) {
        let (running, channel) = serve(options(&self.folder)).await;
        self.running = Some(running);
        self.channel = channel;
    }
}

async fn serve(options: Options) -> (Running, Channel) {
    let running = start(options).await.expect("it starts");
    let endpoint = Endpoint::from_shared(format!("http://{}", running.gateway)).expect("an address");
    let channel = endpoint.tcp_nodelay(true).connect().await.expect("it answers");
    (running, channel)
}

fn options(folder: &TempDir) -> Options {
    let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Options {
        data_dir: folder.path().join("data"),
        listen: free,
        operations_listen: free,
        event_store: EventStoreKind::Embedded,
        root_key: None,
        ready_file: None,
        open_personal_to: vec![ActorKind::User, ActorKind::Service, ActorKind::Import],
    }
}
