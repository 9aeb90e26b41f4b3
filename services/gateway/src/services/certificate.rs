//! Certificates: what a report can be computed again from, and told equal by.

use prost::Message;
use rapport_domain::envelope::Position;
use rapport_domain::value::hex;
use rapport_proto::v1 as wire;
use rapport_proto::v1::query_header::AsOf;
use sha2::{Digest as _, Sha256};

use super::Services;
use crate::error::Error;
use crate::wire::timestamp;

/// A question that a report answers.
pub(super) trait Question: Message + Clone {
    /// The RPC that takes it.
    const RPC: &'static str;
    /// The read model that knows the answer.
    const PROJECTION: &'static str;

    /// What it says about the moment.
    fn header(&mut self) -> &mut Option<wire::QueryHeader>;
}

/// Declares the questions of reports.
macro_rules! questions {
    ($($request:ident = $rpc:literal, $projection:literal;)+) => {$(
        impl Question for wire::$request {
            const RPC: &'static str = $rpc;
            const PROJECTION: &'static str = $projection;

            fn header(&mut self) -> &mut Option<wire::QueryHeader> {
                &mut self.header
            }
        }
    )+};
}

questions! {
    GetChurnReportRequest = "rapport.v1.ReportService/GetChurnReport", "churn";
    ListAtRiskCustomersRequest = "rapport.v1.ReportService/ListAtRiskCustomers", "churn";
    GetPipelineViewRequest = "rapport.v1.PipelineService/GetPipelineView", "pipeline";
    GetStageConversionRequest = "rapport.v1.PipelineService/GetStageConversion", "deal_flow";
    GetStageDwellRequest = "rapport.v1.PipelineService/GetStageDwell", "deal_flow";
    GetWinLossRequest = "rapport.v1.PipelineService/GetWinLoss", "pipeline";
    GetSalesVelocityRequest = "rapport.v1.PipelineService/GetSalesVelocity", "pipeline";
    GetForecastAccuracyRequest = "rapport.v1.PipelineService/GetForecastAccuracy", "deal_flow";
    GetCaseReportRequest = "rapport.v1.CaseService/GetCaseReport", "cases";
    GetLeadReportRequest = "rapport.v1.LeadService/GetLeadReport", "leads";
}

impl Services {
    /// The certificate of a report. The question has everything filled in that was left to the server; the result is
    /// the answer without what says where it stands.
    pub(super) async fn certificate<Q: Question>(
        &self,
        mut question: Q,
        position: Position,
        result: &impl Message,
    ) -> Result<wire::ReportCertificate, Error> {
        *question.header() =
            Some(wire::QueryHeader { min_position: 0, as_of: Some(AsOf::AsOfPosition(position.0)) });
        let definition =
            self.projections.definitions().find(|definition| definition.projection == Q::PROJECTION);
        let (definition_hash, projector_version) =
            definition.map(|definition| (definition.sha256.clone(), definition.version)).unwrap_or_default();
        let recorded_at = match position {
            Position::START => None,
            position => self.application.recorded_at(position).await?,
        };
        Ok(wire::ReportCertificate {
            definition_hash,
            projection: Q::PROJECTION.to_owned(),
            projector_version,
            position: position.0,
            as_of: recorded_at.map(timestamp),
            result_sha256: hex(&Sha256::digest(result.encode_to_vec())),
            rpc: Q::RPC.to_owned(),
            question: question.encode_to_vec(),
        })
    }
}
