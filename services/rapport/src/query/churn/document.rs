//! A churn report as JSON.

use rapport_proto::v1::{ActivityReport, GetChurnReportResponse, RetentionPeriod};
use serde_json::{Value, json};

use crate::output::{self, money_in};

pub(super) fn report(report: &GetChurnReportResponse) -> Value {
    json!({
        "periods": report.periods.iter().map(period).collect::<Value>(),
        "activity": report.activity.as_ref().map(activity),
    })
}

fn period(period: &RetentionPeriod) -> Value {
    let currency = &period.currency;
    let mut value = json!({
        "month": period.month,
        "segment_value": output::text(&period.segment_value),
        "currency": currency,
        "cohort": output::text(&period.cohort),
        "start_customers": period.start_customers,
        "start_mrr": money_in(currency, period.start_mrr),
        "churned_customers": period.churned_customers,
        "churned_mrr": money_in(currency, period.churned_mrr),
        "contraction_mrr": money_in(currency, period.contraction_mrr),
        "expansion_mrr": money_in(currency, period.expansion_mrr),
        "new_customers": period.new_customers,
        "new_mrr": money_in(currency, period.new_mrr),
        "reactivated_customers": period.reactivated_customers,
        "reactivated_mrr": money_in(currency, period.reactivated_mrr),
        "end_customers": period.end_customers,
        "end_mrr": money_in(currency, period.end_mrr),
    });
    output::basis(&mut value, "logo_churn", period.logo_churn_basis_points);
    output::basis(&mut value, "gross_revenue_churn", period.gross_revenue_churn_basis_points);
    output::basis(&mut value, "grr", period.grr_basis_points);
    output::basis(&mut value, "nrr", period.nrr_basis_points);
    value
}

fn activity(activity: &ActivityReport) -> Value {
    json!({
        "to": activity.to,
        "customers": activity.customers,
        "purchase_days": activity.purchase_days,
        "repeat_customers": activity.repeat_customers,
        "at_risk": activity.at_risk,
        "value": output::currencies(&activity.value),
        "median_gap_days": activity.median_gap_days,
    })
}
