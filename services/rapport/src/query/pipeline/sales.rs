//! `rapport pipeline conversion`, `dwell`, `win-loss`, `velocity` and `accuracy`: reports on sales in a period.

mod document;
mod words;

use rapport_domain::value::Instant;
use rapport_proto::v1::{
    ForecastCategory, GetForecastAccuracyRequest, GetSalesVelocityRequest, GetStageConversionRequest,
    GetStageDwellRequest, GetWinLossRequest, ReportCertificate, SalesScope, WinLossGrouping,
};
use serde_json::Value;

use crate::client::{Client, ReadOptions, Standing};
use crate::error::Failure;
use crate::output::{self, Format};
use crate::query::patience::ask;
use crate::report::certified;
use crate::wire::{parse_moment, parse_word, timestamp};

/// Which deals a report is about, in which period, and as of when.
#[derive(Debug, clap::Args)]
struct Scope {
    /// Of which pipeline; may be left out when there is one only.
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    pipeline: String,
    /// The beginning of the period (RFC 3339, or a day).
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    from: Instant,
    /// Its end, which is no part of it.
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    to: Instant,
    /// Only deals of this owner.
    #[arg(long, default_value = "", hide_default_value = true)]
    owner: String,
    /// Only deals of this team.
    #[arg(long, default_value = "", hide_default_value = true)]
    team: String,
    /// From which position on, or as of when.
    #[command(flatten)]
    read: ReadOptions,
}

/// What `rapport pipeline conversion` takes.
#[derive(Debug, clap::Args)]
pub struct ConversionOptions {
    /// Deals that entered a stage in the period.
    #[command(flatten)]
    scope: Scope,
}

/// What `rapport pipeline dwell` takes.
#[derive(Debug, clap::Args)]
pub struct DwellOptions {
    /// Visits to stages that ended in the period.
    #[command(flatten)]
    scope: Scope,
    /// A row for each owner: whoever had the deal last while it was there.
    #[arg(long)]
    by_owner: bool,
}

/// What `rapport pipeline win-loss` takes.
#[derive(Debug, clap::Args)]
pub struct WinLossOptions {
    /// Deals closed in the period, and those opened in it.
    #[command(flatten)]
    scope: Scope,
    /// By what to group: reason, competitor, owner or team.
    #[arg(long, value_name = "WORD", value_parser = parse_word::<WinLossGrouping>)]
    by: Option<WinLossGrouping>,
    /// Instead: by the values of this field.
    #[arg(long, value_name = "KEY", default_value = "", hide_default_value = true, conflicts_with = "by")]
    by_segment: String,
}

/// What `rapport pipeline velocity` takes.
#[derive(Debug, clap::Args)]
pub struct VelocityOptions {
    /// Deals closed in the period, and those that are open.
    #[command(flatten)]
    scope: Scope,
}

/// What `rapport pipeline accuracy` takes.
#[derive(Debug, clap::Args)]
pub struct AccuracyOptions {
    /// The period that was forecast.
    #[command(flatten)]
    scope: Scope,
    /// The moment at which the forecast is taken, as it was known then. Left out: the beginning of the period.
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    forecast_at: Option<Instant>,
    /// How sure the deals were. Left out: commit.
    #[arg(long, value_parser = parse_word::<ForecastCategory>)]
    category: Option<ForecastCategory>,
}

impl Scope {
    fn message(self) -> SalesScope {
        SalesScope {
            pipeline_id: self.pipeline,
            from: Some(timestamp(self.from)),
            to: Some(timestamp(self.to)),
            owner: self.owner,
            team: self.team,
        }
    }
}

pub(super) async fn conversion(
    client: &Client,
    options: ConversionOptions,
    format: Format,
) -> Result<(), Failure> {
    let read = options.scope.read;
    let scope = Some(options.scope.message());
    let request = GetStageConversionRequest { header: read.header(), scope };
    let report = ask(|| {
        let (mut service, request) = (client.pipelines(), request.clone());
        async move { service.get_stage_conversion(request).await }
    })
    .await?;
    let told = Told { standing: Standing::from(&report), read, certificate: report.certificate.as_ref() };
    told.write(format, document::conversion(&report), &words::conversion(&report))
}

pub(super) async fn dwell(client: &Client, options: DwellOptions, format: Format) -> Result<(), Failure> {
    let DwellOptions { scope, by_owner } = options;
    let read = scope.read;
    let request = GetStageDwellRequest { header: read.header(), scope: Some(scope.message()), by_owner };
    let report = ask(|| {
        let (mut service, request) = (client.pipelines(), request.clone());
        async move { service.get_stage_dwell(request).await }
    })
    .await?;
    let told = Told { standing: Standing::from(&report), read, certificate: report.certificate.as_ref() };
    told.write(format, document::dwell(&report), &words::dwell(&report))
}

pub(super) async fn win_loss(
    client: &Client,
    options: WinLossOptions,
    format: Format,
) -> Result<(), Failure> {
    let WinLossOptions { scope, by, by_segment: segment } = options;
    let read = scope.read;
    let by = if segment.is_empty() { by.unwrap_or_default() } else { WinLossGrouping::Segment };
    let (header, scope, group_by) = (read.header(), Some(scope.message()), by.into());
    let request = GetWinLossRequest { header, scope, group_by, segment };
    let report = ask(|| {
        let (mut service, request) = (client.pipelines(), request.clone());
        async move { service.get_win_loss(request).await }
    })
    .await?;
    let told = Told { standing: Standing::from(&report), read, certificate: report.certificate.as_ref() };
    told.write(format, document::win_loss(&report), &words::win_loss(&report))
}

pub(super) async fn velocity(
    client: &Client,
    options: VelocityOptions,
    format: Format,
) -> Result<(), Failure> {
    let read = options.scope.read;
    let scope = Some(options.scope.message());
    let request = GetSalesVelocityRequest { header: read.header(), scope };
    let report = ask(|| {
        let (mut service, request) = (client.pipelines(), request.clone());
        async move { service.get_sales_velocity(request).await }
    })
    .await?;
    let told = Told { standing: Standing::from(&report), read, certificate: report.certificate.as_ref() };
    told.write(format, document::velocity(&report), &words::velocity(&report))
}

pub(super) async fn accuracy(
    client: &Client,
    options: AccuracyOptions,
    format: Format,
) -> Result<(), Failure> {
    let AccuracyOptions { scope, forecast_at, category } = options;
    let read = scope.read;
    let request = GetForecastAccuracyRequest {
        header: read.header(),
        scope: Some(scope.message()),
        forecast_at: forecast_at.map(timestamp),
        category: category.unwrap_or_default().into(),
    };
    let report = ask(|| {
        let (mut service, request) = (client.pipelines(), request.clone());
        async move { service.get_forecast_accuracy(request).await }
    })
    .await?;
    let told = Told { standing: Standing::from(&report), read, certificate: report.certificate.as_ref() };
    told.write(format, document::accuracy(&report), &words::accuracy(&report))
}

/// What an answer stands for, and what it can be computed again from.
struct Told<'a> {
    standing: Standing,
    read: ReadOptions,
    certificate: Option<&'a ReportCertificate>,
}

impl Told<'_> {
    fn write(&self, format: Format, document: Value, words: &str) -> Result<(), Failure> {
        match format {
            Format::Json => output::document(&certified(self.standing.beside(document), self.certificate)),
            Format::Table => output::words(&format!("{}{words}", self.read.heading(self.standing))),
        }
    }
}
