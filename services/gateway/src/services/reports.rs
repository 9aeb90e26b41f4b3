//! `ReportService`.

use rapport_domain::value::{Date, Key};
use rapport_projections::churn::{ActivityReport, AtRiskCustomer, ChurnQuery, RetentionPeriod};
use rapport_projections::month::Month;
use rapport_proto::v1 as wire;
use rapport_proto::v1::report_service_server::ReportService;
use tonic::{Request, Response, Status};

use super::Services;
use crate::error::Error;
use crate::parse::Fields;
use crate::wire::{money, text};

#[tonic::async_trait]
impl ReportService for Services {
    async fn get_churn_report(
        &self,
        request: Request<wire::GetChurnReportRequest>,
    ) -> Result<Response<wire::GetChurnReportResponse>, Status> {
        Ok(Response::new(self.answer_churn_report(request.into_inner()).await?))
    }

    async fn list_at_risk_customers(
        &self,
        request: Request<wire::ListAtRiskCustomersRequest>,
    ) -> Result<Response<wire::ListAtRiskCustomersResponse>, Status> {
        Ok(Response::new(self.answer_at_risk(request.into_inner()).await?))
    }
}

impl Services {
    async fn answer_churn_report(
        &self,
        message: wire::GetChurnReportRequest,
    ) -> Result<wire::GetChurnReportResponse, Error> {
        let mut fields = Fields::new();
        let from_month = fields.optional("from_month", &message.from_month, Month::parse);
        let to_month = fields.optional("to_month", &message.to_month, Month::parse);
        let segment = fields.optional("segment", &message.segment, Key::parse);
        let activity_to = fields.optional("activity_to", &message.activity_to, Date::parse);
        let (from_month, to_month, segment, activity_to) =
            fields.finish((from_month, to_month, segment, activity_to))?;
        let moment = self.moment(message.header.as_ref()).await?;
        let activity_to = activity_to.unwrap_or_else(|| moment.today.date());
        let by_cohort = message.by_cohort;
        let query = ChurnQuery { from_month, to_month, segment, activity_to, by_cohort };
        let answer = self.projections.churn().report(moment.freshness, query).await?;
        let report = wire::GetChurnReportResponse {
            periods: answer.value.periods.into_iter().map(period).collect(),
            activity: Some(activity(answer.value.activity)),
            ..wire::GetChurnReportResponse::default()
        };
        let question = wire::GetChurnReportRequest { activity_to: activity_to.to_string(), ..message };
        let certificate = Some(self.certificate(question, answer.position, &report).await?);
        let position = answer.position.0;
        Ok(wire::GetChurnReportResponse { position, as_of: moment.as_of(), certificate, ..report })
    }

    async fn answer_at_risk(
        &self,
        message: wire::ListAtRiskCustomersRequest,
    ) -> Result<wire::ListAtRiskCustomersResponse, Error> {
        let mut fields = Fields::new();
        let activity_to = fields.optional("activity_to", &message.activity_to, Date::parse);
        let page = fields.page(message.page.as_ref());
        let (activity_to, page) = fields.finish((activity_to, page))?;
        let moment = self.moment(message.header.as_ref()).await?;
        let activity_to = activity_to.unwrap_or_else(|| moment.today.date());
        // A token of the present is none of the past.
        let can_be_asked_again = page.token.is_empty() || moment.freshness.as_of.is_some();
        let answer = self.projections.churn().at_risk(moment.freshness, activity_to, page).await?;
        let customers = answer.value.items.into_iter().map(customer).collect();
        let listed = wire::ListAtRiskCustomersResponse { customers, ..Default::default() };
        let question = wire::ListAtRiskCustomersRequest { activity_to: activity_to.to_string(), ..message };
        let certificate = if can_be_asked_again {
            Some(self.certificate(question, answer.position, &listed).await?)
        } else {
            None
        };
        Ok(wire::ListAtRiskCustomersResponse {
            next_page_token: answer.value.next_page_token,
            position: answer.position.0,
            as_of: moment.as_of(),
            certificate,
            ..listed
        })
    }
}

fn period(period: RetentionPeriod) -> wire::RetentionPeriod {
    wire::RetentionPeriod {
        month: period.month.to_string(),
        segment_value: period.segment_value.unwrap_or_default(),
        currency: period.currency.to_string(),
        cohort: text(period.cohort.as_ref()),
        start_customers: period.start_customers,
        start_mrr: period.start_mrr,
        churned_customers: period.churned_customers,
        churned_mrr: period.churned_mrr,
        contraction_mrr: period.contraction_mrr,
        expansion_mrr: period.expansion_mrr,
        new_customers: period.new_customers,
        new_mrr: period.new_mrr,
        reactivated_customers: period.reactivated_customers,
        reactivated_mrr: period.reactivated_mrr,
        end_customers: period.end_customers,
        end_mrr: period.end_mrr,
        logo_churn_basis_points: period.logo_churn_basis_points,
        gross_revenue_churn_basis_points: period.gross_revenue_churn_basis_points,
        grr_basis_points: period.grr_basis_points,
        nrr_basis_points: period.nrr_basis_points,
    }
}

fn activity(report: ActivityReport) -> wire::ActivityReport {
    wire::ActivityReport {
        to: report.to.to_string(),
        customers: report.customers,
        purchase_days: report.purchase_days,
        repeat_customers: report.repeat_customers,
        at_risk: report.at_risk,
        value: report.value.into_iter().map(money).collect(),
        median_gap_days: report.median_gap_days,
    }
}

fn customer(customer: AtRiskCustomer) -> wire::AtRiskCustomer {
    wire::AtRiskCustomer {
        contact_id: customer.contact_id.to_string(),
        first_purchase_on: customer.first_purchase_on.to_string(),
        last_purchase_on: customer.last_purchase_on.to_string(),
        purchase_days: customer.purchase_days,
        median_gap_days: customer.median_gap_days,
        silent_days: customer.silent_days,
        overdue_days: customer.overdue_days,
        reason: customer.reason,
    }
}
