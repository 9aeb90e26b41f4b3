//! Cases for people.

use std::fmt::Write as _;

use rapport_proto::v1::{
    Case, CaseEntry, CaseGroup, CasePriority, CaseStatus, CaseTimes, DuePromise, GetCaseReportResponse,
    SlaTarget,
};

use crate::output::{self, Table};
use crate::wire::{Basis, Span, rfc3339, word_of};

pub(super) fn queue(cases: &[Case]) -> String {
    let mut table = Table::new(vec![
        "case",
        "opened_at",
        "priority",
        "status",
        "group",
        "assignee",
        "resolution_due_at",
        "title",
    ]);
    for case in cases {
        table.row(vec![
            case.case_id.clone(),
            rfc3339(case.opened_at.as_ref()),
            word_of::<CasePriority>(case.priority),
            word_of::<CaseStatus>(case.status),
            case.group.clone(),
            case.assignee.clone(),
            rfc3339(case.resolution_due_at.as_ref()),
            case.title.clone(),
        ]);
    }
    table.lines()
}

pub(super) fn due(promises: &[DuePromise]) -> String {
    let mut table = Table::new(vec!["due_at", "target", "case", "priority", "group", "assignee", "title"]);
    for promise in promises {
        let case = promise.case.clone().unwrap_or_default();
        table.row(vec![
            rfc3339(promise.due_at.as_ref()),
            word_of::<SlaTarget>(promise.target),
            case.case_id,
            word_of::<CasePriority>(case.priority),
            case.group,
            case.assignee,
            case.title,
        ]);
    }
    table.lines()
}

pub(super) fn card(case: &Case) -> String {
    let breached: Vec<String> = case.breached.iter().map(|target| word_of::<SlaTarget>(*target)).collect();
    let policy = format!(
        "{}, version {}, calendar version {}",
        case.sla_policy_id, case.sla_policy_version, case.calendar_version
    );
    let facts = [
        ("case", case.case_id.clone()),
        ("title", case.title.clone()),
        ("contact", case.contact_id.clone()),
        ("priority", word_of::<CasePriority>(case.priority)),
        ("status", word_of::<CaseStatus>(case.status)),
        ("group", case.group.clone()),
        ("assignee", case.assignee.clone()),
        ("product", case.product.clone()),
        ("split from", case.split_from.clone()),
        ("merged into", case.merged_into.clone()),
        ("level", if case.level == 0 { String::new() } else { case.level.to_string() }),
        ("judged by", if case.sla_policy_id.is_empty() { String::new() } else { policy }),
        ("first answer due", rfc3339(case.first_response_due_at.as_ref())),
        ("next answer due", rfc3339(case.next_response_due_at.as_ref())),
        ("solution due", rfc3339(case.resolution_due_at.as_ref())),
        ("clock stopped", rfc3339(case.clock_stopped_at.as_ref())),
        ("too late", breached.join(", ")),
        ("opened", rfc3339(case.opened_at.as_ref())),
        ("first answered", rfc3339(case.first_responded_at.as_ref())),
        ("resolved", rfc3339(case.resolved_at.as_ref())),
        ("resolution", case.resolution.clone()),
        ("bugs", case.bugs.join(", ")),
        ("rated", if case.rating == 0 { String::new() } else { rated(case) }),
    ];
    let told: Vec<(&str, String)> = facts.into_iter().filter(|(_, fact)| !fact.is_empty()).collect();
    output::facts(&told)
}

/// How the customer found it.
fn rated(case: &Case) -> String {
    let open = if case.low_rated { ", and nobody has looked at it" } else { "" };
    format!("{} of 5{open}", case.rating)
}

pub(super) fn entries(entries: &[CaseEntry]) -> String {
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

pub(super) fn report(report: &GetCaseReportResponse) -> String {
    let mut text = String::new();
    let resolved = report.resolved.clone().unwrap_or_default();
    let _ = writeln!(
        text,
        "{} cases, {} not solved; {} resolved, {} % reopened, {} % too late; {} rated, {} % satisfied",
        report.cases,
        report.backlog,
        resolved.resolved,
        share(resolved.reopen_rate_basis_points),
        share(resolved.breach_rate_basis_points),
        resolved.rated,
        share(resolved.satisfaction_basis_points),
    );
    let by = [("priority", &report.by_priority), ("group", &report.by_group), ("month", &report.by_month)];
    for (name, groups) in by {
        if !groups.is_empty() {
            text.push('\n');
            text.push_str(&table(name, groups));
        }
    }
    text
}

fn table(name: &'static str, groups: &[CaseGroup]) -> String {
    let mut table = Table::new(vec![
        name,
        "#resolved",
        "#reopened_%",
        "#too_late_%",
        "#satisfied_%",
        "#mean_days",
        "#p50_days",
        "#p90_days",
        "#first_answer_p50_days",
    ]);
    for group in groups {
        let resolution = group.resolution.unwrap_or_default();
        let CaseTimes { p50_seconds: first_answer, .. } = group.first_response.unwrap_or_default();
        table.row(vec![
            if group.key.is_empty() { "(none)".to_owned() } else { group.key.clone() },
            group.resolved.to_string(),
            share(group.reopen_rate_basis_points),
            share(group.breach_rate_basis_points),
            share(group.satisfaction_basis_points),
            days(resolution.mean_seconds),
            days(resolution.p50_seconds),
            days(resolution.p90_seconds),
            days(first_answer),
        ]);
    }
    table.lines()
}

fn share(basis_points: Option<u32>) -> String {
    basis_points.map_or_else(|| "-".to_owned(), |share| Basis(share.into()).to_string())
}

fn days(seconds: Option<i64>) -> String {
    seconds.map_or_else(|| "-".to_owned(), |seconds| Span(seconds).to_string())
}
