//! `rapport pipeline`: stages, open deals, what was won and lost, what is at risk, and reports on how deals flow.

mod at_risk;
mod deal;
mod document;
mod publish;
mod sales;
mod words;

pub use deal::show;

use rapport_domain::value::Instant;
use rapport_proto::v1::{GetPipelineViewRequest, WatchPipelineViewRequest, WatchPipelineViewResponse};
use serde_json::{Value, json};

use super::patience::ask;
use super::watch::{Watching, follow};
use crate::client::{Client, ReadOptions, Standing};
use crate::error::Failure;
use crate::output::{self, Format};
use crate::report::certified;
use crate::wire::{parse_moment, timestamp};

/// What `rapport pipeline` takes.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Options {
    /// Something else than the view.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Which pipeline; may be left out when there is one only.
    #[arg(default_value = "", hide_default_value = true)]
    pub pipeline_id: String,
    /// First month of closed deals, YYYY-MM.
    #[arg(long, value_name = "MONTH", default_value = "", hide_default_value = true)]
    pub from_month: String,
    /// Last month of closed deals, YYYY-MM.
    #[arg(long, value_name = "MONTH", default_value = "", hide_default_value = true)]
    pub to_month: String,
    /// Only deals of this owner.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub owner: String,
    /// Only deals of this team.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub team: String,
    /// A currency, such as EUR, to say in one sum each what the deals are worth: by the rates that were said with their amounts.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub currency: String,
    /// What was true then, by business time (RFC 3339, or a day), however late it was recorded.
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    pub valid_at: Option<Instant>,
    /// The moment that ages are measured at (RFC 3339, or a day). Left out: --valid-at, else --as-of, else now.
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    pub aged_at: Option<Instant>,
    /// From which position on.
    #[command(flatten)]
    pub read: ReadOptions,
    /// Whether to go on with changes.
    #[command(flatten)]
    pub watching: Watching,
}

/// What else there is about pipelines.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Put a version of a pipeline in force. The same again changes nothing.
    Publish(publish::Options),
    /// Deals that stall or slip: too long in their stage, no next step, a close date that passed or is put off.
    AtRisk(at_risk::Options),
    /// How many of the deals that entered a stage in a period ever entered which other ones.
    Conversion(sales::ConversionOptions),
    /// How long deals stay in each stage, of the visits that ended in a period.
    Dwell(sales::DwellOptions),
    /// What was won and lost in a period, and what has become of the deals that were opened in it.
    WinLoss(sales::WinLossOptions),
    /// How much money is won in a day: open deals, win rate, mean amount won and sales cycle.
    Velocity(sales::VelocityOptions),
    /// What was forecast for a period, as it was known at a moment, against what was won in it.
    Accuracy(sales::AccuracyOptions),
}

/// Reads and writes it.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, options: Options, format: Format) -> Result<(), Failure> {
    match options.command {
        Some(Command::Publish(options)) => return publish::run(client, options, format).await,
        Some(Command::AtRisk(options)) => return at_risk::run(client, options, format).await,
        Some(Command::Conversion(options)) => return sales::conversion(client, options, format).await,
        Some(Command::Dwell(options)) => return sales::dwell(client, options, format).await,
        Some(Command::WinLoss(options)) => return sales::win_loss(client, options, format).await,
        Some(Command::Velocity(options)) => return sales::velocity(client, options, format).await,
        Some(Command::Accuracy(options)) => return sales::accuracy(client, options, format).await,
        None => {}
    }
    let request = GetPipelineViewRequest {
        header: options.read.header(),
        pipeline_id: options.pipeline_id.clone(),
        closed_from_month: options.from_month,
        closed_to_month: options.to_month,
        owner: options.owner,
        team: options.team,
        aged_at: options.aged_at.map(timestamp),
        valid_at: options.valid_at.map(timestamp),
        currency: options.currency,
    };
    if options.watching.watch {
        let request =
            WatchPipelineViewRequest { view: Some(request), resume_token: options.watching.token() };
        let messages = client.pipeline_stream().watch_pipeline_view(request).await?.into_inner();
        return follow(messages, format, watched, |message| {
            message.view.as_ref().map(words::view).unwrap_or_default() + "\n"
        })
        .await;
    }
    let view = ask(|| {
        let (mut service, request) = (client.pipelines(), request.clone());
        async move { service.get_pipeline_view(request).await }
    })
    .await?;
    match format {
        Format::Json => {
            let document = Standing::from(&view).beside(document::view(&view));
            output::document(&certified(document, view.certificate.as_ref()))
        }
        Format::Table => {
            let heading = options.read.heading(Standing::from(&view));
            output::words(&format!("{heading}{}", words::view(&view)))
        }
    }
}

fn watched(message: &WatchPipelineViewResponse) -> Value {
    json!({ "view": message.view.as_ref().map(document::view), "token": message.token })
}
