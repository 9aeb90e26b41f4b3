//! `rapport what-if`: drafts, tried on the recorded past.

mod sla;

use crate::client::Client;
use crate::error::Failure;
use crate::output::Format;

/// What `rapport what-if` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Which cases would have breached, or not, had this policy judged them.
    Sla(sla::Options),
}

/// Tries it, and writes the difference.
///
/// # Errors
/// When the file makes no sense, the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    match command {
        Command::Sla(options) => sla::run(client, options, format).await,
    }
}
