//! What is watched: written as it comes, until Ctrl-C.

use std::io::Write as _;

use serde_json::Value;
use tonic::Streaming;

use crate::error::Failure;
use crate::output::{self, Format};

/// Whether to watch, and from where on.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Watching {
    /// Go on with every change as it comes, until Ctrl-C; with --json, one document a line.
    #[arg(long)]
    pub watch: bool,
    /// Go on behind this token of an earlier --watch, as its JSON has it.
    #[arg(long, value_name = "TOKEN", requires = "watch")]
    pub resume: Option<String>,
}

impl Watching {
    /// The token to go on behind; empty: from the beginning.
    #[must_use]
    pub fn token(&self) -> String {
        self.resume.clone().unwrap_or_default()
    }
}

/// Writes messages as they come, until there are no more, or nobody reads them.
///
/// # Errors
/// When the gateway ends the watch, or standard output cannot be written.
pub async fn follow<M>(
    mut messages: Streaming<M>,
    format: Format,
    document: impl Fn(&M) -> Value,
    words: impl Fn(&M) -> String,
) -> Result<(), Failure> {
    while let Some(message) = messages.message().await? {
        let mut out = output::stdout();
        match format {
            Format::Json => {
                serde_json::to_writer(&mut out, &output::sorted(document(&message)))
                    .map_err(std::io::Error::from)?;
                out.write_all(b"\n")?;
            }
            Format::Table => out.write_all(words(&message).as_bytes())?,
        }
        out.flush()?;
    }
    Ok(())
}
