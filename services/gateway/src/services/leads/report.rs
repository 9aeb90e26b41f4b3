//! What becomes of leads, and how soon.

use rapport_domain::lead::Source;
use rapport_projections::leads::{LeadGroup, LeadReport, LeadReportQuery, Reached};
use rapport_projections::month::Month;
use rapport_proto::v1 as wire;

use super::answers::named;
use crate::error::Error;
use crate::parse::Fields;
use crate::services::Services;
use crate::wire::Known as _;

impl Services {
    pub(super) async fn answer_lead_report(
        &self,
        message: wire::GetLeadReportRequest,
    ) -> Result<wire::GetLeadReportResponse, Error> {
        let mut fields = Fields::new();
        let from_month = fields.optional("from_month", &message.from_month, Month::parse);
        let to_month = fields.optional("to_month", &message.to_month, Month::parse);
        let source = named::<wire::LeadSource>(&mut fields, "source", message.source);
        let (from_month, to_month, source) = fields.finish((from_month, to_month, source))?;
        let query = LeadReportQuery { from_month, to_month, source };
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = self.projections.leads().report(moment.freshness, query).await?;
        let report = report(answer.value);
        let certificate = Some(self.certificate(message, answer.position, &report).await?);
        let position = answer.position.0;
        Ok(wire::GetLeadReportResponse { position, as_of: moment.as_of(), certificate, ..report })
    }
}

fn report(report: LeadReport) -> wire::GetLeadReportResponse {
    let by_source = report.by_source.into_iter();
    wire::GetLeadReportResponse {
        all: Some(group(None, report.all)),
        by_source: by_source.map(|(source, leads)| group(Some(source), leads)).collect(),
        ..wire::GetLeadReportResponse::default()
    }
}

fn group(source: Option<Source>, group: LeadGroup) -> wire::LeadGroup {
    wire::LeadGroup {
        source: source.map_or(0, wire::LeadSource::number),
        steps: group.steps.into_iter().map(reached).collect(),
    }
}

fn reached(reached: Reached) -> wire::LeadStepReached {
    wire::LeadStepReached {
        step: wire::LeadStep::number(reached.step),
        leads: reached.leads,
        rate_basis_points: reached.rate_basis_points,
        mean_seconds: reached.times.mean_seconds,
        p50_seconds: reached.times.p50_seconds,
        p90_seconds: reached.times.p90_seconds,
    }
}
