//! Leads as JSON.

use rapport_proto::v1::lead_field_value::Value as FieldValue;
use rapport_proto::v1::{
    GetLeadReportResponse, Lead, LeadEntry, LeadFieldValue, LeadGroup, LeadRating, LeadScore, LeadSource,
    LeadStatus, LeadStep,
};
use serde_json::{Map, Value, json};

use crate::output;
use crate::wire::word_of;

pub(super) fn lead(lead: &Lead) -> Value {
    let fields: Map<String, Value> =
        lead.fields.iter().map(|(key, value)| (key.clone(), field(value))).collect();
    json!({
        "lead_id": lead.lead_id,
        "contact_id": lead.contact_id,
        "source": word_of::<LeadSource>(lead.source),
        "campaign": output::text(&lead.campaign),
        "status": word_of::<LeadStatus>(lead.status),
        "owner": output::text(&lead.owner),
        "queue": output::text(&lead.queue),
        "respond_by": output::instant(lead.respond_by.as_ref()),
        "assignments": lead.assignments,
        "score": lead.score.as_ref().map(score),
        "fields": fields,
        "captured_again": lead.captured_again,
        "captured_at": output::instant(lead.captured_at.as_ref()),
        "assigned_at": output::instant(lead.assigned_at.as_ref()),
        "contacted_at": output::instant(lead.contacted_at.as_ref()),
        "qualified_at": output::instant(lead.qualified_at.as_ref()),
        "recycled_at": output::instant(lead.recycled_at.as_ref()),
        "disqualified_at": output::instant(lead.disqualified_at.as_ref()),
        "converted_at": output::instant(lead.converted_at.as_ref()),
        "won_at": output::instant(lead.won_at.as_ref()),
        "lost_at": output::instant(lead.lost_at.as_ref()),
        "reason": output::text(&lead.reason),
        "until": output::text(&lead.until),
        "account_id": output::text(&lead.account_id),
        "opportunity_id": output::text(&lead.opportunity_id),
        "revision": lead.revision,
    })
}

fn field(value: &LeadFieldValue) -> Value {
    match &value.value {
        Some(FieldValue::Text(text) | FieldValue::Date(text)) => json!(text),
        Some(FieldValue::Number(number)) => json!(number),
        Some(FieldValue::Flag(flag)) => json!(flag),
        None => Value::Null,
    }
}

fn score(score: &LeadScore) -> Value {
    let contributions = score.contributions.iter().map(|contribution| {
        json!({
            "rule": contribution.rule,
            "points": contribution.points,
            "event_ids": contribution.event_ids,
        })
    });
    json!({
        "fit": score.fit,
        "engagement": score.engagement,
        "grade": score.grade,
        "rating": word_of::<LeadRating>(score.rating),
        "scoring_model_id": score.scoring_model_id,
        "scoring_model_version": score.scoring_model_version,
        "contributions": contributions.collect::<Value>(),
    })
}

pub(super) fn entry(entry: &LeadEntry) -> Value {
    json!({
        "position": entry.position,
        "event_type": entry.event_type,
        "occurred_at": output::instant(entry.occurred_at.as_ref()),
        "actor": output::actor(entry.actor.as_ref()),
        "description": entry.description,
        "interaction_id": output::text(&entry.interaction_id),
    })
}

pub(super) fn report(report: &GetLeadReportResponse) -> Value {
    let by_source = report.by_source.iter().map(|leads| {
        let mut value = group(leads);
        value["source"] = json!(word_of::<LeadSource>(leads.source));
        value
    });
    json!({
        "all": report.all.as_ref().map(group),
        "by_source": by_source.collect::<Value>(),
    })
}

fn group(group: &LeadGroup) -> Value {
    let steps: Map<String, Value> = group
        .steps
        .iter()
        .map(|reached| {
            let mut value = json!({
                "leads": reached.leads,
                "mean_seconds": reached.mean_seconds,
                "p50_seconds": reached.p50_seconds,
                "p90_seconds": reached.p90_seconds,
            });
            output::basis(&mut value, "rate", reached.rate_basis_points.map(i64::from));
            (word_of::<LeadStep>(reached.step), value)
        })
        .collect();
    json!({ "steps": steps })
}
