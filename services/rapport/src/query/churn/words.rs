//! A churn report for people.

use std::fmt::Write as _;

use rapport_proto::v1::{GetChurnReportResponse, Money, RetentionPeriod};

use crate::output::{self, Table};
use crate::wire::Basis;

pub(super) fn report(report: &GetChurnReportResponse) -> String {
    let mut text =
        if report.periods.is_empty() { "No contracts.\n".to_owned() } else { periods(&report.periods) };
    if let Some(activity) = &report.activity {
        let gap = activity.median_gap_days.map_or_else(|| "-".to_owned(), |days| days.to_string());
        let _ = writeln!(
            text,
            "\nBuyers without a contract, to {}: {} customers, {} purchase days, {} bought again, {} at risk; \
             median gap {gap} days; {}",
            activity.to,
            activity.customers,
            activity.purchase_days,
            activity.repeat_customers,
            activity.at_risk,
            output::listed(&activity.value)
        );
    }
    text
}

fn periods(periods: &[RetentionPeriod]) -> String {
    let mut table = Table::new(vec![
        "month",
        "group",
        "cohort",
        "#start",
        "#start_mrr",
        "#churned",
        "#new",
        "#back",
        "#end",
        "#end_mrr",
        "#logo_churn_%",
        "#revenue_churn_%",
        "#grr_%",
        "#nrr_%",
    ]);
    for period in periods {
        let money =
            |units| output::listed(&[Money { minor_units: units, currency: period.currency.clone() }]);
        table.row(vec![
            period.month.clone(),
            period.segment_value.clone(),
            period.cohort.clone(),
            period.start_customers.to_string(),
            money(period.start_mrr),
            period.churned_customers.to_string(),
            period.new_customers.to_string(),
            period.reactivated_customers.to_string(),
            period.end_customers.to_string(),
            money(period.end_mrr),
            percent(period.logo_churn_basis_points),
            percent(period.gross_revenue_churn_basis_points),
            percent(period.grr_basis_points),
            percent(period.nrr_basis_points),
        ]);
    }
    table.lines()
}

fn percent(share: Option<i64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| Basis(share).to_string())
}
