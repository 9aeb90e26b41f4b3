//! `rapport report`: reports that are computed again.

mod certificate;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use prost::Message;
use rapport_proto::v1::{
    GetCaseReportRequest, GetChurnReportRequest, GetForecastAccuracyRequest, GetLeadReportRequest,
    GetPipelineViewRequest, GetSalesVelocityRequest, GetStageConversionRequest, GetStageDwellRequest,
    GetWinLossRequest, ListAtRiskCustomersRequest, ReportCertificate,
};
use serde_json::{Value, json};

pub use self::certificate::{Certificate, certificate, certified};

use crate::client::Client;
use crate::error::Failure;
use crate::output::{self, Format};

/// Largest certificate, or report with one, that is read, in bytes.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What `rapport report` does.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Asks a report's question again, as of its position, and says whether the result is the same: if not, it ends with
    /// exit code 8.
    Rerun {
        /// The certificate, or a report that carries one, as --json wrote it; - for standard input.
        #[arg(value_name = "CERTIFICATE")]
        file: PathBuf,
    },
}

/// Does it.
///
/// # Errors
/// [`Failure::ReportDiffers`]; when there is no certificate, the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    let Command::Rerun { file } = command;
    let certified = Certificate::find(&read(&file)?)?;
    let computed = rerun(client, &certified).await?;
    let equal = certified.result_sha256 == computed.result_sha256;
    let same_definition = certified.definition_hash == computed.definition_hash;
    match format {
        Format::Json => output::document(&json!({
            "equal": equal,
            "same_definition": same_definition,
            "certified": certificate(Some(&certified)),
            "computed": certificate(Some(&computed)),
        }))?,
        Format::Table => output::words(&words(&certified, &computed, equal, same_definition))?,
    }
    if equal { Ok(()) } else { Err(Failure::ReportDiffers) }
}

fn read(file: &Path) -> Result<Value, Failure> {
    let unreadable = |error: std::io::Error| Failure::Usage(format!("{}: {error}", file.display()));
    let mut text = String::new();
    if file.as_os_str() == "-" {
        std::io::stdin().take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
    } else {
        let opened = std::fs::File::open(file).map_err(unreadable)?;
        opened.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
    }
    serde_json::from_str(&text).map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))
}

/// Asks again, and returns the certificate of the new answer.
async fn rerun(client: &Client, certified: &ReportCertificate) -> Result<ReportCertificate, Failure> {
    let computed = match certified.rpc.as_str() {
        "rapport.v1.ReportService/GetChurnReport" => {
            let question: GetChurnReportRequest = question(certified)?;
            client.reports().get_churn_report(question).await?.into_inner().certificate
        }
        "rapport.v1.ReportService/ListAtRiskCustomers" => {
            let question: ListAtRiskCustomersRequest = question(certified)?;
            client.reports().list_at_risk_customers(question).await?.into_inner().certificate
        }
        "rapport.v1.PipelineService/GetPipelineView" => {
            let question: GetPipelineViewRequest = question(certified)?;
            client.pipelines().get_pipeline_view(question).await?.into_inner().certificate
        }
        "rapport.v1.PipelineService/GetStageConversion" => {
            let question: GetStageConversionRequest = question(certified)?;
            client.pipelines().get_stage_conversion(question).await?.into_inner().certificate
        }
        "rapport.v1.PipelineService/GetStageDwell" => {
            let question: GetStageDwellRequest = question(certified)?;
            client.pipelines().get_stage_dwell(question).await?.into_inner().certificate
        }
        "rapport.v1.PipelineService/GetWinLoss" => {
            let question: GetWinLossRequest = question(certified)?;
            client.pipelines().get_win_loss(question).await?.into_inner().certificate
        }
        "rapport.v1.PipelineService/GetSalesVelocity" => {
            let question: GetSalesVelocityRequest = question(certified)?;
            client.pipelines().get_sales_velocity(question).await?.into_inner().certificate
        }
        "rapport.v1.PipelineService/GetForecastAccuracy" => {
            let question: GetForecastAccuracyRequest = question(certified)?;
            client.pipelines().get_forecast_accuracy(question).await?.into_inner().certificate
        }
        "rapport.v1.CaseService/GetCaseReport" => {
            let question: GetCaseReportRequest = question(certified)?;
            client.cases().get_case_report(question).await?.into_inner().certificate
        }
        "rapport.v1.LeadService/GetLeadReport" => {
            let question: GetLeadReportRequest = question(certified)?;
            client.leads().get_lead_report(question).await?.into_inner().certificate
        }
        other => {
            let why =
                format!("the certificate is of {other}, which this version of rapport cannot ask again");
            return Err(Failure::Usage(why));
        }
    };
    computed
        .ok_or_else(|| Failure::Local("the gateway gives no certificates; it is older than this".to_owned()))
}

fn question<Q: Message + Default>(certified: &ReportCertificate) -> Result<Q, Failure> {
    Q::decode(certified.question.as_slice())
        .map_err(|_| Failure::Usage("the certificate's question cannot be read: it was changed".to_owned()))
}

fn words(
    certified: &ReportCertificate,
    computed: &ReportCertificate,
    equal: bool,
    same_definition: bool,
) -> String {
    let verdict = if equal { "equal" } else { "NOT equal" };
    let position = certified.position;
    let mut text = format!("{verdict}: {} as of position {position}\n", certified.rpc);
    if !equal {
        text.push_str(&format!(
            "certified {}\ncomputed  {}\n",
            certified.result_sha256, computed.result_sha256
        ));
    }
    if !same_definition {
        text.push_str(&format!(
            "the read model {} is defined differently now: version {} ({}), then version {} ({})\n",
            computed.projection,
            computed.projector_version,
            computed.definition_hash,
            certified.projector_version,
            certified.definition_hash,
        ));
    }
    text
}
