//! Reports on sales, as they travel.

use rapport_projections::deal_flow::{ForecastAccuracy, StageConversion, StageDwell, StageReached};
use rapport_projections::pipeline::{
    Cohort, SalesVelocity, ValueWinRate, VelocityAmount, WinLoss, WinLossGroup,
};
use rapport_proto::v1 as wire;

use crate::services::pipelines::views::closed;
use crate::wire::{money, text};

pub(super) fn conversion(from: StageConversion) -> wire::StageConversion {
    let reached = |to: StageReached| wire::StageReached {
        stage: to.stage.to_string(),
        opportunities: to.opportunities,
        conversion_rate_basis_points: to.conversion_rate_basis_points,
    };
    wire::StageConversion {
        stage: from.stage.to_string(),
        opportunities: from.opportunities,
        entries: from.entries,
        reentered: from.reentered,
        reentry_rate_basis_points: from.reentry_rate_basis_points,
        reached: from.reached.into_iter().map(reached).collect(),
    }
}

pub(super) fn dwell(dwell: StageDwell) -> wire::StageDwell {
    let StageDwell { stage, owner, visits, median_seconds, p90_seconds } = dwell;
    let (stage, owner) = (stage.to_string(), text(owner.as_ref()));
    wire::StageDwell { stage, owner, visits, median_seconds, p90_seconds }
}

pub(super) fn win_loss(report: WinLoss) -> wire::GetWinLossResponse {
    wire::GetWinLossResponse {
        total: Some(group(report.total)),
        groups: report.groups.into_iter().map(group).collect(),
        cohort: Some(cohort(report.cohort)),
        ..wire::GetWinLossResponse::default()
    }
}

fn group(group: WinLossGroup) -> wire::WinLossGroup {
    let rate = |rate: ValueWinRate| wire::ValueWinRate {
        currency: rate.currency.to_string(),
        basis_points: rate.basis_points,
    };
    wire::WinLossGroup {
        key: group.key,
        closed: Some(closed(group.closed)),
        value_win_rates: group.value_win_rates.into_iter().map(rate).collect(),
    }
}

const fn cohort(cohort: Cohort) -> wire::SalesCohort {
    wire::SalesCohort {
        opportunities: cohort.opportunities,
        won: cohort.won,
        lost: cohort.lost,
        open: cohort.open,
        win_rate_basis_points: cohort.win_rate_basis_points,
        open_share_basis_points: cohort.open_share_basis_points,
    }
}

pub(super) fn velocity(velocity: SalesVelocity) -> wire::GetSalesVelocityResponse {
    let amount = |amount: VelocityAmount| wire::VelocityAmount {
        won_amount: Some(money(amount.won_amount)),
        average_won_amount: Some(money(amount.average_won_amount)),
        amount_per_day: amount.amount_per_day.map(money),
    };
    wire::GetSalesVelocityResponse {
        open: velocity.open,
        won: velocity.won,
        lost: velocity.lost,
        win_rate_basis_points: velocity.win_rate_basis_points,
        median_cycle_seconds: velocity.median_cycle_seconds,
        amounts: velocity.amounts.into_iter().map(amount).collect(),
        ..wire::GetSalesVelocityResponse::default()
    }
}

pub(super) fn accuracy(accuracy: ForecastAccuracy) -> wire::ForecastAccuracy {
    wire::ForecastAccuracy {
        currency: accuracy.currency.to_string(),
        forecast: accuracy.forecast,
        forecast_amount: Some(money(accuracy.forecast_amount)),
        won: accuracy.won,
        won_amount: Some(money(accuracy.won_amount)),
        forecast_won: accuracy.forecast_won,
        forecast_won_amount: Some(money(accuracy.forecast_won_amount)),
        won_share_basis_points: accuracy.won_share_basis_points,
        error_basis_points: accuracy.error_basis_points,
    }
}
