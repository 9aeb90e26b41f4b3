//! The commands and their arguments.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::{Exit, Failure};
use crate::serve;

/// x
#[derive(Debug, Parser)]
#[command(name = "rapport", version, about, long_about = None)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve.
    Serve(serve::Options),
}

/// Runs what the arguments say.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = tokio::runtime::Runtime::new().map_err(|e| Failure::Local(e.to_string())).and_then(|rt| {
        rt.block_on(async {
            match cli.command {
                Command::Serve(options) => serve::run(options).await,
            }
        })
    });
    match outcome {
        Ok(()) => Exit::Done.into(),
        Err(failure) => {
            eprint!("{}", failure.report());
            failure.exit().into()
        }
    }
}
