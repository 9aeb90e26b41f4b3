//! How soon cases are solved, and how often too late.

use rapport_domain::value::Reference;
use rapport_projections::cases::{CaseGroup, CaseReport, CaseReportQuery, CaseTimes};
use rapport_projections::month::Month;
use rapport_proto::v1 as wire;

use super::answers::priority;
use crate::error::Error;
use crate::parse::Fields;
use crate::services::Services;

impl Services {
    pub(super) async fn answer_case_report(
        &self,
        message: wire::GetCaseReportRequest,
    ) -> Result<wire::GetCaseReportResponse, Error> {
        let mut fields = Fields::new();
        let from_month = fields.optional("from_month", &message.from_month, Month::parse);
        let to_month = fields.optional("to_month", &message.to_month, Month::parse);
        let group = fields.optional("group", &message.group, Reference::parse);
        let priority = priority(&mut fields, "priority", message.priority);
        let (from_month, to_month, group, priority) =
            fields.finish((from_month, to_month, group, priority))?;
        let query = CaseReportQuery { from_month, to_month, group, priority };
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = self.projections.cases().report(moment.freshness, query).await?;
        let report = report(answer.value);
        let certificate = Some(self.certificate(message, answer.position, &report).await?);
        let position = answer.position.0;
        Ok(wire::GetCaseReportResponse { position, as_of: moment.as_of(), certificate, ..report })
    }
}

fn report(report: CaseReport) -> wire::GetCaseReportResponse {
    let backlog = |(key, cases)| wire::CaseBacklog { key, cases };
    let by_priority = report.by_priority.into_iter();
    let backlog_by_priority = report.backlog_by.priority.into_iter();
    wire::GetCaseReportResponse {
        cases: report.cases,
        backlog: report.backlog,
        resolved: Some(group(String::new(), report.resolved)),
        by_priority: by_priority
            .map(|(priority, cases)| group(priority.as_str().to_owned(), cases))
            .collect(),
        by_group: report.by_group.into_iter().map(|(name, cases)| group(name, cases)).collect(),
        by_month: report.by_month.into_iter().map(|(month, cases)| group(month.to_string(), cases)).collect(),
        backlog_by_group: report.backlog_by.group.into_iter().map(backlog).collect(),
        backlog_by_priority: backlog_by_priority
            .map(|(priority, cases)| backlog((priority.as_str().to_owned(), cases)))
            .collect(),
        ..wire::GetCaseReportResponse::default()
    }
}

fn group(key: String, group: CaseGroup) -> wire::CaseGroup {
    wire::CaseGroup {
        key,
        resolved: group.resolved,
        reopened: group.reopened,
        reopen_rate_basis_points: group.reopen_rate_basis_points,
        breached: group.breached,
        breach_rate_basis_points: group.breach_rate_basis_points,
        resolution: Some(times(group.resolution)),
        first_response: Some(times(group.first_response)),
        rated: group.rated,
        satisfaction_basis_points: group.satisfaction_basis_points,
    }
}

const fn times(times: CaseTimes) -> wire::CaseTimes {
    wire::CaseTimes {
        count: times.count,
        mean_seconds: times.mean_seconds,
        p50_seconds: times.p50_seconds,
        p90_seconds: times.p90_seconds,
    }
}
