//! How a gateway is called: one connection, and on every call who acts and until when an answer is waited for.

mod actor;
mod reading;
mod services;

use std::path::PathBuf;
use std::time::Duration;

use tonic::transport::Channel;

pub use actor::Actor;
pub(crate) use actor::Courier;
use actor::Identity;
pub use reading::{ReadOptions, Standing};

use crate::error::Failure;
use crate::tls::ClientOptions;

/// Longest wait for a connection.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Quiet time after which the other side is asked whether it is still there.
pub const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(20);
/// Longest wait for its answer.
pub const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// Largest answer that is taken, in bytes: a page of the largest entries, with room.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Where a gateway is and who calls; part of every client command.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Gateway")]
pub struct Options {
    /// Address of the gateway; https://HOST:PORT where it does TLS.
    #[arg(
        long,
        env = "RAPPORT_ADDR",
        default_value = "127.0.0.1:7450",
        value_name = "HOST:PORT",
        global = true
    )]
    pub addr: String,
    /// Who acts: user, service, analyst, auditor, import or system, and an id. [default: user:cli; import and append: import:cli]
    #[arg(long, env = "RAPPORT_ACTOR", value_name = "KIND:ID", global = true)]
    pub actor: Option<Actor>,
    /// API key, where the gateway asks for one; who calls is whom it was given to.
    #[arg(long, env = "RAPPORT_API_KEY", hide_env_values = true, value_name = "KEY", global = true)]
    pub api_key: Option<String>,
    /// File of an access token, where the gateway takes those of an identity provider; its owner's only. Read again whenever
    /// it changes.
    #[arg(long, env = "RAPPORT_TOKEN_FILE", value_name = "FILE", global = true, conflicts_with = "api_key")]
    pub token_file: Option<PathBuf>,
    /// What the answer is needed for, such as the number of a case: some roles see personal data only with one.
    #[arg(long = "for-purpose", env = "RAPPORT_PURPOSE", value_name = "TEXT", global = true)]
    pub purpose: Option<String>,
    /// TLS.
    #[command(flatten)]
    pub tls: ClientOptions,
    /// Seconds until an answer is given up.
    #[arg(long, default_value_t = 10, value_name = "SECONDS", global = true, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub deadline: u64,
}

/// A connection to a gateway.
#[derive(Debug, Clone)]
pub struct Client {
    channel: Channel,
    identity: Identity,
    deadline: Duration,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// When the address makes no sense, or nobody answers there.
    pub async fn connect(options: &Options, default_actor: &str) -> Result<Self, Failure> {
        let proof = match (&options.api_key, &options.token_file) {
            (Some(api_key), _) => Some(Identity::proved(api_key)?),
            (None, Some(file)) => Some(Identity::proved_by_file(file)?),
            (None, None) => None,
        };
        let identity = match (proof, &options.actor) {
            (Some(proof), Some(actor)) => proof.with_actor(actor)?,
            (Some(proof), None) => proof,
            (None, Some(actor)) => Identity::declared(actor)?,
            (None, None) => Identity::declared(&default_actor.parse().map_err(Failure::Usage)?)?,
        };
        let identity = match &options.purpose {
            Some(purpose) => identity.with_purpose(purpose)?,
            None => identity,
        };
        let channel = connect(&options.addr, &options.tls).await?;
        Ok(Self { channel, identity, deadline: Duration::from_secs(options.deadline) })
    }

    /// Calls over a connection that is there.
    ///
    /// # Errors
    /// When the actor's id cannot travel.
    pub fn new(channel: Channel, actor: &Actor, deadline: Duration) -> Result<Self, Failure> {
        Ok(Self { channel, identity: Identity::declared(actor)?, deadline })
    }
}

/// Opens a connection to an address.
///
/// # Errors
/// When the address makes no sense, a file of TLS cannot be used, or nobody answers there.
pub async fn connect(addr: &str, tls: &ClientOptions) -> Result<Channel, Failure> {
    let endpoint = tls
        .endpoint(addr)?
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEP_ALIVE_INTERVAL)
        .keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
        .http2_adaptive_window(true);
    endpoint
        .connect()
        .await
        .map_err(|error| Failure::Unreachable { addr: addr.to_owned(), cause: root_cause(&error) })
}

pub(crate) fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
