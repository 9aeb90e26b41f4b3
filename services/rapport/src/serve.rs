//! The server: every part put together, and taken apart again without losing anything.

mod binding;
mod checkpointer;
mod keys;
mod log;
mod operations;
mod parts;
mod proving;
mod reactors;
mod ready;
mod running;
mod signing;
mod undone;
mod window;
mod witnesses;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use rapport_domain::envelope::ActorKind;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::error::Failure;
use crate::tls::ServerOptions;
use crate::tokens::ProviderOptions;

pub(crate) use keys::open_vault;
pub use log::EventStoreKind;
pub(crate) use log::EventStoreParser;
pub use operations::OperationsOptions;
pub use running::{Running, start};
pub(crate) use undone::{House, repeat_erasures};

/// The options by which callers prove who they are; several may be given.
const PROOF: &str = "proof";

/// Connections of one network address, where nothing else is said.
pub const CONNECTIONS_PER_ADDRESS: NonZeroU32 = NonZeroU32::new(256).unwrap();

/// What `rapport serve` takes.
#[derive(Debug, Clone, clap::Args)]
#[command(group(clap::ArgGroup::new(PROOF).args(["api_keys", "oidc_issuer"]).multiple(true)))]
pub struct Options {
    /// Folder of the log, the read models and the keys; made when it is not there.
    #[arg(long, env = "RAPPORT_DATA_DIR", default_value = "./rapport-data")]
    pub data_dir: PathBuf,
    /// Address of the gateway; port 0 takes a free one. Beyond loopback it needs --api-keys or --oidc-issuer, else whoever
    /// reaches it can say to be anybody, and --tls-cert, else whoever listens reads the keys and tokens.
    #[arg(long, default_value = "127.0.0.1:7450")]
    pub listen: SocketAddr,
    /// Address of metrics and health; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:7451")]
    pub operations_listen: SocketAddr,
    /// The operations port.
    #[command(flatten)]
    pub operations: OperationsOptions,
    /// Address to offer the log at over the KurrentDB protocol; port 0 takes a free one. Whoever reaches it reads and
    /// writes everything: keep it on loopback. Not offered unless it is given.
    #[arg(long)]
    pub kurrent_listen: Option<SocketAddr>,
    /// Where events are kept: `embedded` in the data directory, `memory` until the process ends, or in KurrentDB at
    /// `esdb://USER:PASSWORD@HOST:PORT`. `file:PATH` reads this from a file: a password stands better there.
    #[arg(long, env = "RAPPORT_EVENT_STORE", hide_env_values = true, default_value = "embedded", value_parser = EventStoreParser)]
    pub event_store: EventStoreKind,
    /// Folder of the contacts' keys, where it is not the data directory: servers of one machine that follow one log share
    /// it, and the root key. Needed where events are in KurrentDB. Not on a network file system. Made when it is not
    /// there.
    #[arg(long, value_name = "FOLDER")]
    pub keys_dir: Option<PathBuf>,
    /// File of the root key, outside the folders of data and keys. Made on the first start. Default: the name of the
    /// folder of the keys with `.root-key` after it.
    #[arg(long, env = "RAPPORT_ROOT_KEY_FILE")]
    pub root_key: Option<PathBuf>,
    /// File of the API keys that callers need, see `rapport api-key`. Read again whenever it changes.
    #[arg(long, value_name = "FILE", env = "RAPPORT_API_KEYS")]
    pub api_keys: Option<PathBuf>,
    /// Identity provider.
    #[command(flatten)]
    pub tokens: ProviderOptions,
    /// Folder of the policies that say which role may what: `rapport.cedarschema` and files that end with `.cedar`.
    /// Default: those that are built in, see `rapport policy list`. Read again on SIGHUP.
    #[arg(long, value_name = "FOLDER", env = "RAPPORT_POLICIES", requires = PROOF)]
    pub policies: Option<PathBuf>,
    /// Write down whose personal data is opened for whom, before it leaves: `rapport access`. Default: where callers
    /// prove who they are it is written down, else it is not.
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub record_access: Option<bool>,
    /// Calls a second that each caller may make, and as many at once after a pause; a stream is one call. Left out: as many
    /// as it can.
    #[arg(long, value_name = "CALLS", requires = PROOF)]
    pub calls_per_second: Option<NonZeroU32>,
    /// Most connections of one network address, and of one /64 of IPv6; more are closed at once. Raise it where a proxy stands
    /// in front, for which all callers have one address.
    #[arg(long, value_name = "CONNECTIONS", default_value_t = CONNECTIONS_PER_ADDRESS)]
    pub connections_per_address: NonZeroU32,
    /// Tell the contract to whoever is let in (gRPC reflection), for tools such as grpcurl. With --insecure-dev it is told
    /// anyway.
    #[arg(long)]
    pub reflection: bool,
    /// TLS.
    #[command(flatten)]
    pub tls: ServerOptions,
    /// Listen beyond loopback without API keys or tokens, and believe every caller. For trials only.
    #[arg(long, conflicts_with = PROOF)]
    pub insecure_dev: bool,
    /// Time in which an approved erasure can still be cancelled: `72h`, `30m`, `3d`; `0` for none. Nothing personal of the
    /// subject is shown meanwhile; when it closes the keys are destroyed, with no caller.
    #[arg(long, value_name = "TIME", default_value = window::DEFAULT, value_parser = window::parse)]
    pub erasure_window: Duration,
    /// File of the key that signs checkpoints of the log, outside the folders of data and keys; what was signed last is kept
    /// beside it. Made on the first start. Default: the name of the folder of the keys with `.log-key` after it.
    #[arg(long, value_name = "FILE", env = "RAPPORT_LOG_KEY_FILE")]
    pub log_key: Option<PathBuf>,
    /// Name of the log in its checkpoints, best an address that is yours: crm.example.com/log. Said when its key is made,
    /// and kept. Default: `rapport.local/` and 16 digits.
    #[arg(long, value_name = "NAME", value_parser = origin)]
    pub log_origin: Option<String>,
    /// Folder to copy checkpoints to, one a minute at most: keep it where nobody of this machine can change it.
    #[arg(long, value_name = "FOLDER")]
    pub checkpoint_dir: Option<PathBuf>,
    /// File that names witnesses and a quorum of them (c2sp.org/tlog-policy), each witness with its address: checkpoints are
    /// sent to them, and go out with their cosignatures.
    #[arg(long, value_name = "FILE")]
    pub witness_policy: Option<PathBuf>,
    /// File to write the addresses to when the server is ready, one `name=HOST:PORT` a line.
    #[arg(long)]
    pub ready_file: Option<PathBuf>,
    /// Switch to a read model whose definition changed only where it says the same as the older one; else keep both, and
    /// let the older one serve, until `rapport projections switch` or `discard`.
    #[arg(long)]
    pub require_equal: bool,
    /// Seconds that an event may wait for a read model until `/readyz/reads` says that this server is behind.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub lag_max: u64,
    /// Kinds of actors that personal data is opened for: user, service, analyst, auditor, import, system.
    #[arg(long, value_delimiter = ',', default_value = "user,service,auditor,import,system", value_parser = actor_kind)]
    pub open_personal_to: Vec<ActorKind>,
}

impl Options {
    /// Whether callers have to prove who they are.
    pub(crate) const fn asks_for_proof(&self) -> bool {
        self.api_keys.is_some() || self.tokens.oidc_issuer.is_some()
    }

    /// Refuses options that do not go together, before anything is opened.
    fn assert_consistent(&self) -> Result<(), Failure> {
        let elsewhere = match self.event_store {
            EventStoreKind::Embedded | EventStoreKind::Memory => false,
            EventStoreKind::Kurrent(_) => true,
        };
        if elsewhere && self.kurrent_listen.is_some() {
            return Err(Failure::Usage(
                "--kurrent-listen offers a log of this server; with --event-store esdb://... ask KurrentDB itself"
                    .to_owned(),
            ));
        }
        if !self.asks_for_proof() && !self.insecure_dev && !self.listen.ip().is_loopback() {
            return Err(Failure::Usage(
                "--listen beyond loopback needs --api-keys, see `rapport api-key create`, or --oidc-issuer; or --insecure-dev, and every caller is believed"
                    .to_owned(),
            ));
        }
        if elsewhere && self.keys_dir.is_none() {
            return Err(Failure::Usage(
                "--event-store esdb://... needs --keys-dir: whoever follows the log has to share the keys that it is written with"
                    .to_owned(),
            ));
        }
        if self.asks_for_proof() && !self.tls.is_private() && !self.listen.ip().is_loopback() {
            return Err(Failure::Usage(
                "--listen beyond loopback needs --tls-cert and --tls-key, or API keys and tokens travel in clear; or --tls-at-proxy, where a proxy in front does TLS"
                    .to_owned(),
            ));
        }
        Ok(())
    }
}

fn origin(text: &str) -> Result<String, String> {
    rapport_transparency::note::checked_name(text).map(str::to_owned).map_err(|error| error.to_string())
}

fn actor_kind(text: &str) -> Result<ActorKind, String> {
    let known = ActorKind::ALL.into_iter().find(|(_, name)| *name == text.trim());
    known.map(|(kind, _)| kind).ok_or_else(|| {
        let names: Vec<&str> = ActorKind::ALL.iter().map(|(_, name)| *name).collect();
        format!("expected one of {}", names.join(", "))
    })
}

/// Serves until the process is told to stop (SIGINT or SIGTERM), then finishes the calls under way. Reads policies again when
/// it is told to (SIGHUP).
///
/// # Errors
/// When a part cannot be started, or fails while it runs.
pub async fn run(options: Options) -> Result<(), Failure> {
    let mut told = ToldToStop::listen()?;
    let mut told_to_reload = listen(SignalKind::hangup())?;
    let Some(running) = start_unless_told(options, &mut told).await? else { return Ok(()) };
    if let Some(kurrent) = running.kurrent {
        tracing::info!(%kurrent, "the log is offered over the KurrentDB protocol; whoever reaches it writes everything");
    }
    tracing::info!(gateway = %running.gateway, operations = %running.operations, "ready");
    let outcome = loop {
        tokio::select! {
            () = told.received() => break Ok(()),
            failed = running.failed() => break Err(failed),
            _ = told_to_reload.recv() => reload(&running),
        }
    };
    tracing::info!("stopping");
    running.stop().await?;
    outcome
}

fn reload(running: &Running) {
    if let Err(error) = running.reload() {
        tracing::error!(%error, "policies and keys were not read again; those in force stay");
    }
}

fn listen(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::Local(format!("signals cannot be received: {error}")))
}

/// Starts a server, unless the process is told to stop before it is ready: then what was opened is closed again.
///
/// # Errors
/// When a part cannot be started.
pub(crate) async fn start_unless_told(
    options: Options,
    told: &mut ToldToStop,
) -> Result<Option<Running>, Failure> {
    let stopping = CancellationToken::new();
    let mut starting = std::pin::pin!(running::start_until(options, stopping.clone()));
    tokio::select! {
        started = &mut starting => return started.map(Some),
        () = told.received() => {}
    }
    tracing::info!("told to stop before the server was ready");
    stopping.cancel();
    match starting.await {
        Ok(running) => running.stop().await.map(|()| None),
        Err(Failure::Interrupted) => Ok(None),
        Err(failure) => Err(failure),
    }
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
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    /// Resolves when one came.
    pub(crate) async fn received(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn options(arguments: &[&str]) -> Options {
        Line::parse_from([&["serve"], arguments].concat()).options
    }

    #[tokio::test]
    async fn options_that_do_not_go_together_are_refused_before_anything_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("data");
        let data =
            ["--data-dir", data_dir.to_str().unwrap(), "--event-store", "esdb://127.0.0.1:1?tls=false"];
        let cases: [(&[&str], &str); 2] = [
            (&["--keys-dir", "keys", "--kurrent-listen", "127.0.0.1:0"], "--kurrent-listen"),
            (&[], "--keys-dir"),
        ];
        for (more, named) in cases {
            let refused = start(options(&[&data, more].concat())).await.err().unwrap();
            assert!(matches!(&refused, Failure::Usage(said) if said.contains(named)), "{refused}");
        }
        assert!(!data_dir.exists());
    }

    #[test]
    fn a_log_of_this_server_needs_no_folder_of_keys_and_may_be_offered() {
        assert!(options(&["--kurrent-listen", "127.0.0.1:0"]).assert_consistent().is_ok());
        assert!(options(&["--event-store", "memory"]).assert_consistent().is_ok());
    }
}
