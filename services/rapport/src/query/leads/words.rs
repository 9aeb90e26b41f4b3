//! Leads for people.

use rapport_proto::v1::lead_field_value::Value;
use rapport_proto::v1::{
    GetLeadReportResponse, Lead, LeadEntry, LeadGroup, LeadRating, LeadSource, LeadStatus, LeadStep,
    LeadStepReached,
};

use crate::output::{self, Table};
use crate::wire::{Basis, Span, rfc3339, word_of};

/// Seconds of a day; from then on days are told.
const DAY: i64 = 86_400;

/// Times that are told, of those that are told of how soon.
const TIMED: [LeadStep; 5] =
    [LeadStep::Assigned, LeadStep::Contacted, LeadStep::Qualified, LeadStep::Converted, LeadStep::Won];

pub(super) fn queue(leads: &[Lead]) -> String {
    let mut table = Table::new(vec![
        "lead",
        "captured_at",
        "source",
        "status",
        "owner",
        "queue",
        "rating",
        "#points",
        "respond_by",
    ]);
    for lead in leads {
        let score = lead.score.clone().unwrap_or_default();
        table.row(vec![
            lead.lead_id.clone(),
            rfc3339(lead.captured_at.as_ref()),
            word_of::<LeadSource>(lead.source),
            word_of::<LeadStatus>(lead.status),
            lead.owner.clone(),
            lead.queue.clone(),
            word_of::<LeadRating>(score.rating),
            lead.score.as_ref().map_or_else(String::new, |_| points(score.fit, score.engagement)),
            rfc3339(lead.respond_by.as_ref()),
        ]);
    }
    table.lines()
}

fn points(fit: i32, engagement: i32) -> String {
    fit.saturating_add(engagement).to_string()
}

pub(super) fn card(lead: &Lead) -> String {
    let score = lead.score.as_ref().map_or_else(String::new, |score| {
        let rating = word_of::<LeadRating>(score.rating);
        format!("{}, {rating}: fit {}, engagement {}", score.grade, score.fit, score.engagement)
    });
    let judged_by = lead.score.as_ref().map_or_else(String::new, |score| {
        format!("{}, version {}", score.scoring_model_id, score.scoring_model_version)
    });
    let facts = [
        ("lead", lead.lead_id.clone()),
        ("contact", lead.contact_id.clone()),
        ("source", word_of::<LeadSource>(lead.source)),
        ("campaign", lead.campaign.clone()),
        ("status", word_of::<LeadStatus>(lead.status)),
        ("owner", lead.owner.clone()),
        ("queue", lead.queue.clone()),
        ("respond by", rfc3339(lead.respond_by.as_ref())),
        ("score", score),
        ("judged by", judged_by),
        ("fields", fields(lead)),
        ("came in", rfc3339(lead.captured_at.as_ref())),
        (
            "came in again",
            if lead.captured_again == 0 { String::new() } else { lead.captured_again.to_string() },
        ),
        ("assigned", rfc3339(lead.assigned_at.as_ref())),
        ("contacted", rfc3339(lead.contacted_at.as_ref())),
        ("qualified", rfc3339(lead.qualified_at.as_ref())),
        ("laid to rest", rfc3339(lead.recycled_at.as_ref())),
        ("rests until", lead.until.clone()),
        ("disqualified", rfc3339(lead.disqualified_at.as_ref())),
        ("reason", lead.reason.clone()),
        ("converted", rfc3339(lead.converted_at.as_ref())),
        ("account", lead.account_id.clone()),
        ("deal", lead.opportunity_id.clone()),
        ("won", rfc3339(lead.won_at.as_ref())),
        ("lost", rfc3339(lead.lost_at.as_ref())),
    ];
    let told: Vec<(&str, String)> = facts.into_iter().filter(|(_, fact)| !fact.is_empty()).collect();
    output::facts(&told)
}

fn fields(lead: &Lead) -> String {
    let told = lead.fields.iter().map(|(key, field)| match &field.value {
        Some(Value::Text(text) | Value::Date(text)) => format!("{key} {text}"),
        Some(Value::Number(number)) => format!("{key} {number}"),
        Some(Value::Flag(flag)) => format!("{key} {flag}"),
        None => key.clone(),
    });
    told.collect::<Vec<_>>().join(", ")
}

pub(super) fn entries(entries: &[LeadEntry]) -> String {
    let mut table = Table::new(vec!["#position", "occurred_at", "actor", "what", "interaction"]);
    for entry in entries {
        let actor = entry.actor.clone().unwrap_or_default();
        table.row(vec![
            entry.position.to_string(),
            rfc3339(entry.occurred_at.as_ref()),
            format!("{}:{}", actor.kind, actor.id),
            entry.description.clone(),
            entry.interaction_id.clone(),
        ]);
    }
    table.lines()
}

/// The groups of a report, everything first.
fn groups(report: &GetLeadReportResponse) -> impl Iterator<Item = (String, &LeadGroup)> {
    let all = report.all.iter().map(|group| ("all".to_owned(), group));
    all.chain(report.by_source.iter().map(|group| (word_of::<LeadSource>(group.source), group)))
}

pub(super) fn funnel(report: &GetLeadReportResponse) -> String {
    let mut table = Table::new(vec!["source", "step", "#leads", "#of_captured_%"]);
    for (source, group) in groups(report) {
        for reached in &group.steps {
            let share =
                reached.rate_basis_points.map_or_else(String::new, |rate| Basis(rate.into()).to_string());
            table.row(vec![
                source.clone(),
                word_of::<LeadStep>(reached.step),
                reached.leads.to_string(),
                share,
            ]);
        }
    }
    table.lines()
}

pub(super) fn speed(report: &GetLeadReportResponse) -> String {
    let mut table = Table::new(vec!["source", "step", "#leads", "#mean", "#p50", "#p90"]);
    let told = |seconds: Option<i64>| seconds.map_or_else(String::new, span);
    for (source, group) in groups(report) {
        let is_timed = |reached: &&LeadStepReached| TIMED.iter().any(|step| i32::from(*step) == reached.step);
        for reached in group.steps.iter().filter(is_timed) {
            table.row(vec![
                source.clone(),
                word_of::<LeadStep>(reached.step),
                reached.leads.to_string(),
                told(reached.mean_seconds),
                told(reached.p50_seconds),
                told(reached.p90_seconds),
            ]);
        }
    }
    table.lines()
}

/// Within a day hours, minutes and seconds; then days.
fn span(seconds: i64) -> String {
    if seconds < DAY {
        format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
    } else {
        format!("{} d", Span(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_took_a_day_is_told_in_days() {
        assert_eq!(span(7), "0:00:07");
        assert_eq!(span(86_399), "23:59:59");
        assert_eq!(span(129_600), "1.50 d");
    }
}
