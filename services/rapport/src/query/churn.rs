//! `rapport churn`: who stays and who leaves.

mod at_risk;
mod document;
mod words;

use rapport_proto::v1::GetChurnReportRequest;

use super::pages::Extent;
use super::patience::ask;
use crate::client::{Client, ReadOptions, Standing};
use crate::error::Failure;
use crate::output::{self, Format};
use crate::report::certified;

/// What `rapport churn` takes.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// First month, YYYY-MM.
    #[arg(long, value_name = "MONTH", default_value = "", hide_default_value = true)]
    pub from_month: String,
    /// Last month, YYYY-MM.
    #[arg(long, value_name = "MONTH", default_value = "", hide_default_value = true)]
    pub to_month: String,
    /// Field of the contracts to group by.
    #[arg(long, value_name = "FIELD", default_value = "", hide_default_value = true)]
    pub segment: String,
    /// Split each month by the month of a customer's first contract.
    #[arg(long)]
    pub by_cohort: bool,
    /// Activity counts to the end of this day, YYYY-MM-DD. Left out: today, or the day of --as-of.
    #[arg(long, value_name = "DAY", default_value = "", hide_default_value = true)]
    pub activity_to: String,
    /// Instead: the buyers that are overdue by their own rhythm, the most overdue first.
    #[arg(long, conflicts_with_all = ["from_month", "to_month", "segment", "by_cohort"])]
    pub at_risk: bool,
    /// How many of them.
    #[command(flatten)]
    pub extent: Extent,
    /// From which position on.
    #[command(flatten)]
    pub read: ReadOptions,
}

/// Reads and writes it.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, options: Options, format: Format) -> Result<(), Failure> {
    if options.at_risk {
        return at_risk::run(client, options, format).await;
    }
    let request = GetChurnReportRequest {
        header: options.read.header(),
        from_month: options.from_month,
        to_month: options.to_month,
        segment: options.segment,
        activity_to: options.activity_to,
        by_cohort: options.by_cohort,
    };
    let report = ask(|| {
        let (mut service, request) = (client.reports(), request.clone());
        async move { service.get_churn_report(request).await }
    })
    .await?;
    match format {
        Format::Json => {
            let document = Standing::from(&report).beside(document::report(&report));
            output::document(&certified(document, report.certificate.as_ref()))
        }
        Format::Table => {
            let heading = options.read.heading(Standing::from(&report));
            output::words(&format!("{heading}{}", words::report(&report)))
        }
    }
}
