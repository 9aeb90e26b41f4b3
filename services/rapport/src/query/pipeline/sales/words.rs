//! Reports on sales for people.

use rapport_proto::v1::{
    GetForecastAccuracyResponse, GetSalesVelocityResponse, GetStageConversionResponse, GetStageDwellResponse,
    GetWinLossResponse, Money,
};

use crate::output::{self, Table};
use crate::query::pipeline::words::{days, percent, summary};
use crate::wire::{Basis, rfc3339};

/// One row for each pair of stages; a stage that leads nowhere has a row of its own.
pub(super) fn conversion(report: &GetStageConversionResponse) -> String {
    let mut table = Table::new(vec!["stage", "#deals", "#entries", "#back_%", "reached", "#deals", "#%"]);
    for from in &report.stages {
        let entered = || {
            let back = share(from.reentry_rate_basis_points);
            vec![from.stage.clone(), from.opportunities.to_string(), from.entries.to_string(), back]
        };
        if from.reached.is_empty() {
            table.row([entered(), vec!["-".to_owned(); 3]].concat());
        }
        for to in &from.reached {
            let rate = share(to.conversion_rate_basis_points);
            table.row([entered(), vec![to.stage.clone(), to.opportunities.to_string(), rate]].concat());
        }
    }
    table.lines()
}

pub(super) fn dwell(report: &GetStageDwellResponse) -> String {
    let mut table = Table::new(vec!["stage", "owner", "#visits", "#median_days", "#p90_days"]);
    for dwell in &report.stages {
        table.row(vec![
            dwell.stage.clone(),
            if dwell.owner.is_empty() { "-".to_owned() } else { dwell.owner.clone() },
            dwell.visits.to_string(),
            days(dwell.median_seconds),
            days(dwell.p90_seconds),
        ]);
    }
    table.lines()
}

pub(super) fn win_loss(report: &GetWinLossResponse) -> String {
    let mut text = String::new();
    if let Some(closed) = report.total.as_ref().and_then(|total| total.closed.as_ref()) {
        text.push_str(&format!("{}\n", summary(closed)));
    }
    if let Some(cohort) = &report.cohort {
        text.push_str(&format!(
            "Of {} opened: {} won ({} %), {} lost, {} open ({} %)\n",
            cohort.opportunities,
            cohort.won,
            share(cohort.win_rate_basis_points),
            cohort.lost,
            cohort.open,
            share(cohort.open_share_basis_points),
        ));
    }
    if report.groups.is_empty() {
        return text;
    }
    let columns = vec!["group", "#won", "#lost", "#won_amount", "#lost_amount", "#win_%", "#win_%_by_value"];
    let mut table = Table::new(columns);
    for group in &report.groups {
        let closed = group.closed.clone().unwrap_or_default();
        let rates = group.value_win_rates.iter();
        let rates: Vec<String> =
            rates.map(|rate| format!("{} {}", Basis(rate.basis_points), rate.currency)).collect();
        table.row(vec![
            if group.key.is_empty() { "(none)".to_owned() } else { group.key.clone() },
            closed.won.to_string(),
            closed.lost.to_string(),
            output::listed(&closed.won_amount),
            output::listed(&closed.lost_amount),
            percent(&closed),
            if rates.is_empty() { "-".to_owned() } else { rates.join(", ") },
        ]);
    }
    format!("{text}\n{}", table.lines())
}

pub(super) fn velocity(report: &GetSalesVelocityResponse) -> String {
    let mut text = format!(
        "{} open; {} won, {} lost; win rate {} %; median cycle {} days\n",
        report.open,
        report.won,
        report.lost,
        share(report.win_rate_basis_points),
        days(report.median_cycle_seconds),
    );
    for of in &report.amounts {
        text.push_str(&format!(
            "{} won, {} each: {} a day\n",
            amount(of.won_amount.as_ref()),
            amount(of.average_won_amount.as_ref()),
            amount(of.amount_per_day.as_ref()),
        ));
    }
    text
}

pub(super) fn accuracy(report: &GetForecastAccuracyResponse) -> String {
    let mut table = Table::new(vec![
        "currency",
        "#forecast",
        "#forecast_amount",
        "#won",
        "#won_amount",
        "#of_forecast",
        "#of_forecast_amount",
        "#won_%",
        "#error_%",
    ]);
    for accuracy in &report.currencies {
        table.row(vec![
            accuracy.currency.clone(),
            accuracy.forecast.to_string(),
            amount(accuracy.forecast_amount.as_ref()),
            accuracy.won.to_string(),
            amount(accuracy.won_amount.as_ref()),
            accuracy.forecast_won.to_string(),
            amount(accuracy.forecast_won_amount.as_ref()),
            share(accuracy.won_share_basis_points),
            share(accuracy.error_basis_points),
        ]);
    }
    let taken = rfc3339(report.forecast_at.as_ref());
    format!("Forecast as known at {taken}.\n\n{}", table.lines())
}

fn share(basis_points: Option<i64>) -> String {
    basis_points.map_or_else(|| "-".to_owned(), |share| Basis(share).to_string())
}

fn amount(money: Option<&Money>) -> String {
    money.map_or_else(|| "-".to_owned(), |money| output::listed(std::slice::from_ref(money)))
}
