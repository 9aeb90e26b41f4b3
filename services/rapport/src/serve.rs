//! The server: every part put together, and taken apart again without losing anything.

mod keys;
mod parts;
mod ready;
mod running;

use std::net::SocketAddr;
use std::path::PathBuf;

use rapport_domain::envelope::ActorKind;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::Failure;

pub use running::{Running, start};

/// What `rapport serve` takes.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Folder of the log, the read models and the keys; made when it is not there.
    #[arg(long, env = "RAPPORT_DATA_DIR", default_value = "./rapport-data")]
    pub data_dir: PathBuf,
    /// Address of the gateway; port 0 takes a free one. Callers are not authenticated yet: keep it on loopback.
    #[arg(long, default_value = "127.0.0.1:7450")]
    pub listen: SocketAddr,
    /// Address of metrics and health; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:7451")]
    pub operations_listen: SocketAddr,
    /// Where events are kept.
    #[arg(long, value_enum, default_value_t = EventStoreKind::Embedded)]
    pub event_store: EventStoreKind,
    /// File of the root key, outside the data directory. Made on the first start. Default: the data directory's name
    /// with `.root-key` after it.
    #[arg(long, env = "RAPPORT_ROOT_KEY_FILE")]
    pub root_key: Option<PathBuf>,
    /// File to write the addresses to when the server is ready, one `name=HOST:PORT` a line.
    #[arg(long)]
    pub ready_file: Option<PathBuf>,
    /// Kinds of actors that personal data is opened for: user, service, analyst, auditor, import, system.
    #[arg(long, value_delimiter = ',', default_value = "user,service,auditor,import,system", value_parser = actor_kind)]
    pub open_personal_to: Vec<ActorKind>,
}

/// Where events are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum EventStoreKind {
    /// In the data directory.
    Embedded,
    /// In memory only: everything is gone when the process ends. The data directory is not used.
    Memory,
}

fn actor_kind(text: &str) -> Result<ActorKind, String> {
    let known = ActorKind::ALL.into_iter().find(|(_, name)| *name == text.trim());
    known.map(|(kind, _)| kind).ok_or_else(|| {
        let names: Vec<&str> = ActorKind::ALL.iter().map(|(_, name)| *name).collect();
        format!("expected one of {}", names.join(", "))
    })
}

/// Serves until the process is told to stop (SIGINT or SIGTERM), then finishes the calls under way.
///
/// # Errors
/// When a part cannot be started, or fails while it runs.
pub async fn run(options: Options) -> Result<(), Failure> {
    let mut told = ToldToStop::listen()?;
    let running = start(options).await?;
    tracing::info!(gateway = %running.gateway, operations = %running.operations, "ready");
    let outcome = tokio::select! {
        () = told.received() => Ok(()),
        failed = running.failed() => Err(failed),
    };
    tracing::info!("stopping");
    running.stop().await?;
    outcome
}

/// The signals that tell the process to stop. Listened for before anybody can know that the server is ready: a signal
/// that comes right then is not lost.
pub(crate) struct ToldToStop {
    terminate: Signal,
    interrupt: Signal,
}

impl ToldToStop {
    /// Listens from now on.
    ///
    /// # Errors
    /// When signals cannot be received.
    pub(crate) fn listen() -> Result<Self, Failure> {
        let of = |kind| {
            signal(kind).map_err(|error| Failure::Local(format!("signals cannot be received: {error}")))
        };
        Ok(Self { terminate: of(SignalKind::terminate())?, interrupt: of(SignalKind::interrupt())? })
    }

    /// Resolves when one came.
    pub(crate) async fn received(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
