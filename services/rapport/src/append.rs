//! `rapport append`: facts of another service go into its own streams, one a line, over one stream, in order.
//!
//! Nothing is remembered between two runs: what a line is known by follows from its source, its number and its text,
//! or is the id that it carries. A second run adds nothing twice, and an interrupted one goes on where it stopped.

mod account;
mod line;
mod lines;
mod summary;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use rapport_domain::value::Key;

use self::account::Account;
use self::lines::Lines;
use self::summary::Summary;
use crate::client::{self, Client};
use crate::delivery::{in_order, stop_on_interrupt};
use crate::error::Failure;
use crate::import::Refusals;
use crate::output::{self, Format};

/// Who acts where nobody else is named: people may not add facts.
const ACTOR_DEFAULT: &str = "import:cli";

/// Longest name of a source, in characters.
const SOURCE_LENGTH_MAX: usize = 60;

/// What `rapport append` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Each line is a JSON object:
  stream       x_<name>-<id>
  type         x_<name>.<past_tense>.v<N>
  data         a JSON object; kept in clear, for ever: nothing personal
  expected     optional: \"any\", \"no_stream\", \"stream_exists\", or the revision of the stream's last event
  id           optional: a UUID; else the line is known by the source, its number and its text
  occurred_at  optional: RFC 3339, or a day; else now")]
pub struct Options {
    /// File with one event a line. Not given, or `-`: standard input.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// What the lines come from. The same line at the same place of the same source is in the log once.
    #[arg(long, value_name = "NAME", default_value = "append", value_parser = source)]
    pub source: Key,
    /// File that refused lines are listed in, as CSV: file, line, column, reason, message.
    #[arg(long, value_name = "FILE")]
    pub errors: Option<PathBuf>,
}

/// A source is a part of every request id, which has at most 100 characters.
fn source(text: &str) -> Result<Key, String> {
    let key = Key::parse(text).ok().filter(|key| key.as_str().len() <= SOURCE_LENGTH_MAX);
    key.ok_or_else(|| format!("expected 1 to {SOURCE_LENGTH_MAX} lower-case letters, digits and `_`"))
}

/// Appends lines, and writes what became of them.
///
/// # Errors
/// When the file cannot be read, the gateway cannot be reached, or some lines were refused.
pub async fn run(connection: &client::Options, options: &Options, format: Format) -> Result<(), Failure> {
    let mut lines = Lines::open(options.file.as_deref(), options.source.as_str())?;
    let client = Client::connect(connection, ACTOR_DEFAULT).await?;
    let stopped = stop_on_interrupt();
    let refusals = Refusals::new(options.errors.as_deref())?;
    let began = Instant::now();
    let account = Account::new(lines.name(), refusals, Arc::clone(&stopped));
    let carried = in_order(&client, lines.requests(&account), &account).await;
    let (appended, position, refused) = account.close()?;
    let interrupted = stopped.load(Ordering::Relaxed);
    let summary =
        Summary { lines: lines.count(), appended, refused, position, interrupted, took: began.elapsed() };
    match format {
        Format::Json => output::document(&summary.document())?,
        Format::Table => output::words(&summary.words())?,
    }
    carried?;
    lines.broken()?;
    if interrupted {
        return Err(Failure::Interrupted);
    }
    if refused > 0 { Err(Failure::RowsRefused { count: refused }) } else { Ok(()) }
}
