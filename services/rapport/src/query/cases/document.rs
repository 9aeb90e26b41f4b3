//! Cases as JSON.

use rapport_proto::v1::{
    Case, CaseBacklog, CaseEntry, CaseGroup, CaseKind, CasePriority, CaseStatus, CaseTimes, DuePromise,
    GetCaseReportResponse, InteractionChannel, SlaTarget,
};
use serde_json::{Value, json};

use crate::output;
use crate::wire::word_of;

pub(super) fn case(case: &Case) -> Value {
    json!({
        "case_id": case.case_id,
        "contact_id": output::text(&case.contact_id),
        "channel": word_of::<InteractionChannel>(case.channel),
        "title": case.title,
        "kind": word_of::<CaseKind>(case.kind),
        "priority": word_of::<CasePriority>(case.priority),
        "status": word_of::<CaseStatus>(case.status),
        "group": output::text(&case.group),
        "assignee": output::text(&case.assignee),
        "product": output::text(&case.product),
        "source_system": output::text(&case.source_system),
        "external_ref": output::text(&case.external_ref),
        "split_from": output::text(&case.split_from),
        "merged_into": output::text(&case.merged_into),
        "level": case.level,
        "sla_policy_id": output::text(&case.sla_policy_id),
        "sla_policy_version": case.sla_policy_version,
        "calendar_version": case.calendar_version,
        "first_response_due_at": output::instant(case.first_response_due_at.as_ref()),
        "next_response_due_at": output::instant(case.next_response_due_at.as_ref()),
        "resolution_due_at": output::instant(case.resolution_due_at.as_ref()),
        "clock_stopped_at": output::instant(case.clock_stopped_at.as_ref()),
        "breached": case.breached.iter().map(|target| word_of::<SlaTarget>(*target)).collect::<Value>(),
        "opened_at": output::instant(case.opened_at.as_ref()),
        "first_responded_at": output::instant(case.first_responded_at.as_ref()),
        "resolved_at": output::instant(case.resolved_at.as_ref()),
        "resolution": output::text(&case.resolution),
        "reopened": case.reopened,
        "bugs": case.bugs,
        "segments": case.segments,
        "rating": (case.rating > 0).then_some(case.rating),
        "low_rated": case.low_rated,
        "revision": case.revision,
    })
}

pub(super) fn entry(entry: &CaseEntry) -> Value {
    json!({
        "position": entry.position,
        "event_type": entry.event_type,
        "occurred_at": output::instant(entry.occurred_at.as_ref()),
        "actor": output::actor(entry.actor.as_ref()),
        "description": entry.description,
        "interaction_id": output::text(&entry.interaction_id),
    })
}

pub(super) fn promise(promise: &DuePromise) -> Value {
    json!({
        "target": word_of::<SlaTarget>(promise.target),
        "due_at": output::instant(promise.due_at.as_ref()),
        "case": promise.case.as_ref().map(case),
    })
}

pub(super) fn report(report: &GetCaseReportResponse) -> Value {
    let groups = |groups: &[CaseGroup]| {
        let keyed = groups.iter().map(|of| {
            let mut value = group(of);
            value["key"] = output::text(&of.key);
            value
        });
        keyed.collect::<Value>()
    };
    let backlog = |groups: &[CaseBacklog]| {
        let counted = groups.iter().map(|of| json!({ "key": output::text(&of.key), "cases": of.cases }));
        counted.collect::<Value>()
    };
    json!({
        "cases": report.cases,
        "backlog": report.backlog,
        "resolved": report.resolved.as_ref().map(group),
        "by_priority": groups(&report.by_priority),
        "by_group": groups(&report.by_group),
        "by_month": groups(&report.by_month),
        "backlog_by_group": backlog(&report.backlog_by_group),
        "backlog_by_priority": backlog(&report.backlog_by_priority),
    })
}

fn group(group: &CaseGroup) -> Value {
    let mut value = json!({
        "resolved": group.resolved,
        "reopened": group.reopened,
        "breached": group.breached,
        "rated": group.rated,
        "resolution": group.resolution.as_ref().map(times),
        "first_response": group.first_response.as_ref().map(times),
    });
    output::basis(&mut value, "reopen_rate", group.reopen_rate_basis_points.map(i64::from));
    output::basis(&mut value, "breach_rate", group.breach_rate_basis_points.map(i64::from));
    output::basis(&mut value, "satisfaction", group.satisfaction_basis_points.map(i64::from));
    value
}

fn times(times: &CaseTimes) -> Value {
    json!({
        "count": times.count,
        "mean_seconds": times.mean_seconds,
        "p50_seconds": times.p50_seconds,
        "p90_seconds": times.p90_seconds,
    })
}
