//! Reports on sales as JSON.

use rapport_proto::v1::{
    ForecastAccuracy, GetForecastAccuracyResponse, GetSalesVelocityResponse, GetStageConversionResponse,
    GetStageDwellResponse, GetWinLossResponse, SalesCohort, StageConversion, StageDwell, StageReached,
    VelocityAmount, WinLossGroup,
};
use serde_json::{Value, json};

use crate::output;
use crate::query::pipeline::document::closed;

pub(super) fn conversion(report: &GetStageConversionResponse) -> Value {
    json!({ "stages": report.stages.iter().map(stage).collect::<Value>() })
}

fn stage(from: &StageConversion) -> Value {
    let mut value = json!({
        "stage": from.stage,
        "opportunities": from.opportunities,
        "entries": from.entries,
        "reentered": from.reentered,
        "reached": from.reached.iter().map(reached).collect::<Value>(),
    });
    output::basis(&mut value, "reentry_rate", from.reentry_rate_basis_points);
    value
}

fn reached(to: &StageReached) -> Value {
    let mut value = json!({ "stage": to.stage, "opportunities": to.opportunities });
    output::basis(&mut value, "conversion_rate", to.conversion_rate_basis_points);
    value
}

pub(super) fn dwell(report: &GetStageDwellResponse) -> Value {
    json!({ "stages": report.stages.iter().map(stay).collect::<Value>() })
}

fn stay(dwell: &StageDwell) -> Value {
    let mut value =
        json!({ "stage": dwell.stage, "owner": output::text(&dwell.owner), "visits": dwell.visits });
    output::span(&mut value, "median", dwell.median_seconds);
    output::span(&mut value, "p90", dwell.p90_seconds);
    value
}

pub(super) fn win_loss(report: &GetWinLossResponse) -> Value {
    json!({
        "total": report.total.as_ref().map(group),
        "groups": report.groups.iter().map(group).collect::<Value>(),
        "cohort": report.cohort.as_ref().map(cohort),
    })
}

fn group(group: &WinLossGroup) -> Value {
    let mut value = group.closed.as_ref().map_or_else(|| json!({}), closed);
    let rates = group.value_win_rates.iter().map(|rate| {
        let mut value = json!({ "currency": rate.currency });
        output::basis(&mut value, "win_rate", Some(rate.basis_points));
        value
    });
    value["key"] = output::text(&group.key);
    value["by_value"] = rates.collect();
    value
}

fn cohort(cohort: &SalesCohort) -> Value {
    let mut value = json!({
        "opportunities": cohort.opportunities,
        "won": cohort.won,
        "lost": cohort.lost,
        "open": cohort.open,
    });
    output::basis(&mut value, "win_rate", cohort.win_rate_basis_points);
    output::basis(&mut value, "open_share", cohort.open_share_basis_points);
    value
}

pub(super) fn velocity(report: &GetSalesVelocityResponse) -> Value {
    let mut value = json!({
        "open": report.open,
        "won": report.won,
        "lost": report.lost,
        "amounts": report.amounts.iter().map(amount).collect::<Value>(),
    });
    output::basis(&mut value, "win_rate", report.win_rate_basis_points);
    output::span(&mut value, "median_cycle", report.median_cycle_seconds);
    value
}

fn amount(amount: &VelocityAmount) -> Value {
    json!({
        "won_amount": amount.won_amount.as_ref().map(output::money),
        "average_won_amount": amount.average_won_amount.as_ref().map(output::money),
        "amount_per_day": amount.amount_per_day.as_ref().map(output::money),
    })
}

pub(super) fn accuracy(report: &GetForecastAccuracyResponse) -> Value {
    json!({
        "forecast_at": output::instant(report.forecast_at.as_ref()),
        "forecast_position": report.forecast_position,
        "currencies": report.currencies.iter().map(compared).collect::<Value>(),
    })
}

fn compared(accuracy: &ForecastAccuracy) -> Value {
    let mut value = json!({
        "currency": accuracy.currency,
        "forecast": accuracy.forecast,
        "forecast_amount": accuracy.forecast_amount.as_ref().map(output::money),
        "won": accuracy.won,
        "won_amount": accuracy.won_amount.as_ref().map(output::money),
        "forecast_won": accuracy.forecast_won,
        "forecast_won_amount": accuracy.forecast_won_amount.as_ref().map(output::money),
    });
    output::basis(&mut value, "won_share", accuracy.won_share_basis_points);
    output::basis(&mut value, "error", accuracy.error_basis_points);
    value
}
