//! `rapport import`: a data set goes in through the gateway, as a mapping says.
//!
//! [`mapping`] is what a data set means, [`template`] and [`verb`] are its vocabulary, [`source`] reads the files,
//! [`plan`] makes commands of rows without any I/O of its own, and the rest sends them and keeps account. Nothing is
//! remembered between two runs: every request id and every id of a thing follows from the source's own keys, so a
//! second run applies nothing twice and an interrupted one goes on where it stopped.

mod account;
mod as_it_happened;
mod data_set;
pub mod mapping;
mod parcels;
pub mod plan;
pub mod preset;
mod refusals;
pub mod request_id;
mod run;
pub mod source;
mod summary;
pub mod template;
pub mod verb;

use std::path::PathBuf;

pub use as_it_happened::COMMANDS_MAX;
pub use data_set::DataSet;
pub use refusals::{Problem, Refusals};
pub use run::run;
pub use summary::Summary;

use crate::delivery::{LANES_DEFAULT, LANES_MAX};

/// What `rapport import` takes.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Presets: consents, maven-crm, cdnow, servicenow, servicenow-cases. Any other data set: --mapping FILE, see MAPPING.md."
)]
pub struct Options {
    /// Name of a preset (not with --mapping), then the data set: files (.csv, .txt, also .gz) or folders.
    #[arg(required = true, value_name = "PRESET|PATH")]
    pub words: Vec<PathBuf>,
    /// Mapping file that says what the data set means; instead of a preset.
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// Record each row at the time that it occurred at, in the order of time: history arrives as it happened, and views
    /// --as-of a time are those of that time. Into a log that holds nothing later. Rows without a time come first.
    #[arg(long)]
    pub at_occurred: bool,
    /// Read everything and report bad rows, but send nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// File that refused rows are listed in, as CSV: file, line, column, reason, message.
    #[arg(long, value_name = "FILE")]
    pub errors: Option<PathBuf>,
    /// Rows under way at the same time, where their order does not count.
    #[arg(long, value_name = "N", default_value_t = LANES_DEFAULT, value_parser = concurrency)]
    pub concurrency: usize,
}

fn concurrency(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=LANES_MAX).contains(number));
    number.ok_or_else(|| format!("expected 1 to {LANES_MAX}"))
}
