//! UmaDB, another event store with gRPC and fsync, with its own server and its own client.

#[cfg(feature = "umadb")]
mod umadb;

use std::path::PathBuf;

#[cfg(feature = "umadb")]
pub(super) use umadb::{start, writers};

use crate::error::Failure;

/// Who may be measured beside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(in crate::bench) enum Peer {
    /// UmaDB 0.7.8.
    Umadb,
}

/// What the peer's server process takes.
#[derive(Debug, Clone, clap::Args)]
pub struct ServerOptions {
    /// File of its events.
    #[arg(long)]
    db_path: PathBuf,
    /// Where it listens.
    #[arg(long)]
    listen: String,
}

/// Serves the peer until the process is killed.
///
/// # Errors
/// When it was not built in, or cannot be started.
pub(in crate::bench) async fn serve(options: ServerOptions) -> Result<(), Failure> {
    #[cfg(feature = "umadb")]
    return umadb::serve(options).await;
    #[cfg(not(feature = "umadb"))]
    {
        let _ = options;
        Err(absent())
    }
}

/// Whether it was built in.
///
/// # Errors
/// When it was not, with how to.
pub(in crate::bench) fn present() -> Result<(), Failure> {
    if cfg!(feature = "umadb") { Ok(()) } else { Err(absent()) }
}

fn absent() -> Failure {
    Failure::Usage(
        "this build has no UmaDB to compare with; build one with `cargo build --release --features umadb` (needs protoc)"
            .to_owned(),
    )
}

#[cfg(not(feature = "umadb"))]
pub(super) async fn start(_folder: &std::path::Path) -> Result<super::Process, Failure> {
    Err(absent())
}

#[cfg(not(feature = "umadb"))]
pub(super) async fn writers(
    _process: &super::Process,
    _shape: &super::Shape,
) -> Result<Vec<Box<dyn super::Writer>>, Failure> {
    Err(absent())
}
