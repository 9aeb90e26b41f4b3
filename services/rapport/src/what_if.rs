//! `rapport what-if`: drafts, tried on the recorded past.

mod routing;
mod scoring;
mod sla;

use std::path::PathBuf;

use indicatif::ProgressBar;
use rapport_domain::value::Instant;
use rapport_proto::v1::TrialProgress;
use tonic::Streaming;

use crate::client::{Client, ReadOptions};
use crate::error::Failure;
use crate::output::Format;
use crate::wire::parse_moment;

/// What is told of one by one, where nobody asks for more or less.
const LISTED_DEFAULT: usize = 20;

/// What `rapport what-if` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Which cases would have breached, or not, had this policy judged them.
    Sla(sla::Options),
    /// How leads would have been judged by this model, and what has become of them.
    Scoring(LeadOptions),
    /// Who would have got which leads by this policy.
    Routing(LeadOptions),
}

/// What `rapport what-if scoring` and `rapport what-if routing` take.
#[derive(Debug, clap::Args)]
pub struct LeadOptions {
    /// The draft, a TOML file as `scoring-model publish` or `routing-policy publish` takes it.
    file: PathBuf,
    /// Leads that came in at this time or later.
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    from: Instant,
    /// And before this one; how they are is told as of it.
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    to: Instant,
    /// How many of the leads that would be otherwise are told of, at most 1,000.
    #[arg(long, value_name = "N", default_value_t = LISTED_DEFAULT)]
    limit: usize,
    /// From which position on, or as of when.
    #[command(flatten)]
    read: ReadOptions,
}

/// A part of what is answered.
enum Told<D> {
    /// It is not at the end yet.
    Progress(TrialProgress),
    /// The end.
    Difference(D),
}

/// Tries it, and writes the difference.
///
/// # Errors
/// When the file makes no sense, the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    match command {
        Command::Sla(options) => sla::run(client, options, format).await,
        Command::Scoring(options) => scoring::run(client, options, format).await,
        Command::Routing(options) => routing::run(client, options, format).await,
    }
}

/// Shows how far a trial is, until it is at its end.
async fn difference<A, D>(
    mut trial: Streaming<A>,
    told: impl Fn(A) -> Option<Told<D>>,
) -> Result<D, Failure> {
    let bar = ProgressBar::new_spinner();
    while let Some(answer) = trial.message().await? {
        match told(answer) {
            Some(Told::Progress(progress)) => bar.set_message(format!("{} events", progress.events)),
            Some(Told::Difference(difference)) => {
                bar.finish_and_clear();
                return Ok(difference);
            }
            None => {}
        }
    }
    Err(Failure::Local("the gateway ended before the draft was tried".to_owned()))
}
