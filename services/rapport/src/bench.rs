//! How fast this machine appends and reads, and what other work on the same machine costs beside it.
//!
//! Every figure is measured in one run with everything that it is compared with, turn by turn, because machines differ
//! and neighbours come and go: read the ratios, not the absolutes. A server is always a process of its own. The data is
//! made up. Where to look: `target` for what is measured, `load` for how.

mod append;
mod cell;
mod consent;
mod customers;
mod disk;
mod fill;
mod folder;
mod furnished;
mod gateway;
mod latency;
mod leads;
mod load;
mod machine;
mod options;
mod pace;
mod payload;
mod process;
mod project;
mod query;
mod read;
mod spread;
mod target;
mod volume;

use crate::error::Failure;
use crate::output::Format;
use crate::serve::ToldToStop;

/// What is measured.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Command {
    /// Appends: writers x events per request, in process and through gRPC.
    Append(append::Options),
    /// Reads through the port: the whole log, and streams.
    Read(read::Options),
    /// Read models folded from the first event on, all of them and each alone, beside plain tables.
    Project(project::Options),
    /// Questions through gRPC at two sizes of the history, beside plain tables; and how soon an append is seen.
    Query(query::Options),
    /// Whether contacts may be addressed, one by one and for a campaign, beside a lookup in plain tables.
    Consent(consent::Options),
    /// How soon a lead that comes in is owned by somebody, while others come in.
    Leads(leads::Options),
    /// Appends through gRPC beside a call that does nothing.
    Gateway(gateway::Options),
    /// The server of another event store, for `--peer`.
    #[command(hide = true)]
    PeerServer(target::peer::ServerOptions),
}

/// Measures.
///
/// # Errors
/// When the folder cannot be used, a server cannot be started, or an append or read fails.
pub async fn run(command: Command, format: Format) -> Result<(), Failure> {
    // Whoever stops it finds neither servers nor their data left behind.
    let mut told = ToldToStop::listen()?;
    tokio::select! {
        measured = measure(command, format) => measured,
        () = told.received() => Err(Failure::Local("stopped before anything was measured to its end".to_owned())),
    }
}

async fn measure(command: Command, format: Format) -> Result<(), Failure> {
    match command {
        Command::Append(options) => append::run(options, format).await,
        Command::Read(options) => read::run(options, format).await,
        Command::Gateway(options) => gateway::run(options, format).await,
        Command::Project(options) => project::run(options, format).await,
        Command::Consent(options) => consent::run(options, format).await,
        Command::Leads(options) => leads::run(options, format).await,
        Command::Query(options) => query::run(options, format).await,
        Command::PeerServer(options) => target::peer::serve(options).await,
    }
}
