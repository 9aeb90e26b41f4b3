//! A pipeline view for people.

use std::fmt::Write as _;

use rapport_proto::v1::{
    ClosedGroup, ClosedView, ConvertedView, ForecastCategory, GetPipelineViewResponse, StageType,
};

use crate::output::{self, Table};
use crate::wire::{Basis, Span, word_of};

pub(super) fn view(view: &GetPipelineViewResponse) -> String {
    let mut text = String::new();
    // As of a moment of the past, there may have been none yet.
    let Some(pipeline) = &view.pipeline else { return "No pipeline yet.\n".to_owned() };
    let name = output::plain(&pipeline.name);
    let _ = writeln!(text, "{name}, version {} ({})\n", pipeline.version, pipeline.pipeline_id);
    text.push_str(&stages(view));
    let _ = writeln!(
        text,
        "\n{} opportunities, {} open: {}, weighted {}",
        view.opportunities,
        view.open,
        output::listed(&view.open_amount),
        output::listed(&view.weighted_amount)
    );
    text.push_str(&forecast(view));
    if let Some(closed) = &view.closed {
        let _ = writeln!(text, "{}", summary(closed));
    }
    if let Some(view) = &view.converted {
        text.push_str(&converted(view));
    }
    for (name, groups) in [("month", &view.by_month), ("team", &view.by_team), ("owner", &view.by_owner)] {
        text.push_str(&closed_groups(name, groups));
    }
    text
}

fn stages(view: &GetPipelineViewResponse) -> String {
    let mut table =
        Table::new(vec!["stage", "type", "#%", "#deals", "#amount", "#weighted", "#mean_days", "#stalled"]);
    for view in &view.stages {
        let stage = view.stage.clone().unwrap_or_default();
        table.row(vec![
            stage.name,
            word_of::<StageType>(stage.r#type),
            stage.probability_percent.to_string(),
            view.count.to_string(),
            output::listed(&view.amount),
            output::listed(&view.weighted_amount),
            days(view.mean_age_seconds),
            view.stalled.to_string(),
        ]);
    }
    table.lines()
}

/// One line: what is committed, likely and possible.
fn forecast(view: &GetPipelineViewResponse) -> String {
    let groups = view.forecast.iter().map(|group| {
        let category = word_of::<ForecastCategory>(group.category);
        format!("{category} {} ({})", output::listed(&group.amount), group.count)
    });
    let groups: Vec<String> = groups.collect();
    if groups.is_empty() { String::new() } else { format!("Forecast: {}\n", groups.join("; ")) }
}

/// One line: what the deals are worth in the currency that was asked for; and one of those that it does not hold.
fn converted(view: &ConvertedView) -> String {
    let currency = &view.currency;
    let mut text = format!(
        "In {currency}: open {}, weighted {}, won {}, lost {}\n",
        output::listed(view.open_amount.as_slice()),
        output::listed(view.weighted_amount.as_slice()),
        output::listed(view.won_amount.as_slice()),
        output::listed(view.lost_amount.as_slice())
    );
    let left = view.unconverted.clone().unwrap_or_default();
    let left = [
        (left.open, "open", left.open_amount),
        (left.won, "won", left.won_amount),
        (left.lost, "lost", left.lost_amount),
    ];
    let left = left.into_iter().filter(|(count, _, _)| *count > 0);
    let left = left.map(|(count, status, amount)| format!("{count} {status}: {}", output::listed(&amount)));
    let left: Vec<String> = left.collect();
    if !left.is_empty() {
        let _ = writeln!(text, "Without a rate to {currency}, and not in it: {}", left.join("; "));
    }
    text
}

pub(super) fn summary(closed: &ClosedView) -> String {
    format!(
        "{} won: {}; {} lost; win rate {} %; mean cycle {} days",
        closed.won,
        output::listed(&closed.won_amount),
        closed.lost,
        percent(closed),
        days(closed.mean_cycle_seconds)
    )
}

fn closed_groups(name: &'static str, groups: &[ClosedGroup]) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let mut table = Table::new(vec![name, "#won", "#lost", "#won_amount", "#win_%", "#mean_cycle_days"]);
    for group in groups {
        let closed = group.closed.clone().unwrap_or_default();
        table.row(vec![
            if group.key.is_empty() { "(none)".to_owned() } else { group.key.clone() },
            closed.won.to_string(),
            closed.lost.to_string(),
            output::listed(&closed.won_amount),
            percent(&closed),
            days(closed.mean_cycle_seconds),
        ]);
    }
    format!("\n{}", table.lines())
}

pub(super) fn percent(closed: &ClosedView) -> String {
    closed.win_rate_basis_points.map_or_else(|| "-".to_owned(), |share| Basis(share.into()).to_string())
}

pub(super) fn days(seconds: Option<i64>) -> String {
    seconds.map_or_else(|| "-".to_owned(), |seconds| Span(seconds).to_string())
}
