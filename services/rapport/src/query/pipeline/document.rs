//! A pipeline view as JSON.

use rapport_proto::v1::{
    ClosedGroup, ClosedView, ContactRole, ConvertedView, ForecastCategory, ForecastGroup,
    GetPipelineViewResponse, MetCriterion, OpenGroup, Opportunity, OpportunityStatus, SegmentGroup,
    StageTask, StageType, StageView, UnconvertedDeals,
};
use serde_json::{Value, json};

use crate::output;
use crate::wire::word_of;

pub(super) fn view(view: &GetPipelineViewResponse) -> Value {
    let pipeline = view.pipeline.as_ref();
    json!({
        "pipeline": pipeline.map(|pipeline| json!({
            "pipeline_id": pipeline.pipeline_id, "version": pipeline.version, "name": pipeline.name,
        })),
        "stages": view.stages.iter().map(stage).collect::<Value>(),
        "opportunities": view.opportunities,
        "open": view.open,
        "open_amount": output::currencies(&view.open_amount),
        "weighted_amount": output::currencies(&view.weighted_amount),
        "forecast": view.forecast.iter().map(forecast).collect::<Value>(),
        "closed": view.closed.as_ref().map(closed),
        "by_month": groups(&view.by_month),
        "by_owner": groups(&view.by_owner),
        "by_team": groups(&view.by_team),
        "by_segment": view.by_segment.iter().map(segment).collect::<Value>(),
        "open_by_owner": view.open_by_owner.iter().map(open).collect::<Value>(),
        "open_by_team": view.open_by_team.iter().map(open).collect::<Value>(),
        "converted": view.converted.as_ref().map(converted),
    })
}

fn stage(view: &StageView) -> Value {
    let stage = view.stage.clone().unwrap_or_default();
    let exit_criteria =
        stage.exit_criteria.iter().map(|criterion| json!({ "key": criterion.key, "name": criterion.name }));
    let mut value = json!({
        "key": stage.key,
        "name": stage.name,
        "type": output::text(&word_of::<StageType>(stage.r#type)),
        "probability_percent": stage.probability_percent,
        "forecast_category": output::text(&word_of::<ForecastCategory>(stage.forecast_category)),
        "rot_after_days": stage.rot_after_days,
        "required": stage.required,
        "tasks": stage.tasks.iter().map(stage_task).collect::<Value>(),
        "exit_criteria": exit_criteria.collect::<Value>(),
        "count": view.count,
        "amount": output::currencies(&view.amount),
        "weighted_amount": output::currencies(&view.weighted_amount),
        "stalled": view.stalled,
    });
    output::span(&mut value, "mean_age", view.mean_age_seconds);
    output::span(&mut value, "oldest_age", view.oldest_age_seconds);
    value
}

fn stage_task(task: &StageTask) -> Value {
    json!({ "key": task.key, "subject": task.subject, "due_in_days": task.due_in_days })
}

pub(super) fn closed(view: &ClosedView) -> Value {
    let mut value = json!({
        "won": view.won,
        "lost": view.lost,
        "won_amount": output::currencies(&view.won_amount),
        "lost_amount": output::currencies(&view.lost_amount),
        "median_cycle_days": view.median_cycle_days,
    });
    output::basis(&mut value, "win_rate", view.win_rate_basis_points.map(i64::from));
    output::span(&mut value, "mean_cycle", view.mean_cycle_seconds);
    value
}

fn groups(groups: &[ClosedGroup]) -> Value {
    groups
        .iter()
        .map(|group| {
            let mut value = group.closed.as_ref().map_or_else(|| json!({}), closed);
            value["key"] = output::text(&group.key);
            value
        })
        .collect()
}

fn segment(group: &SegmentGroup) -> Value {
    json!({ "segment": group.segment, "groups": groups(&group.groups) })
}

fn open(group: &OpenGroup) -> Value {
    json!({
        "key": output::text(&group.key),
        "count": group.count,
        "amount": output::currencies(&group.amount),
        "weighted_amount": output::currencies(&group.weighted_amount),
    })
}

fn converted(view: &ConvertedView) -> Value {
    json!({
        "currency": view.currency,
        "open_amount": view.open_amount.as_ref().map(output::money),
        "weighted_amount": view.weighted_amount.as_ref().map(output::money),
        "won_amount": view.won_amount.as_ref().map(output::money),
        "lost_amount": view.lost_amount.as_ref().map(output::money),
        "unconverted": view.unconverted.as_ref().map(unconverted),
    })
}

fn unconverted(deals: &UnconvertedDeals) -> Value {
    json!({
        "open": deals.open,
        "open_amount": output::currencies(&deals.open_amount),
        "won": deals.won,
        "won_amount": output::currencies(&deals.won_amount),
        "lost": deals.lost,
        "lost_amount": output::currencies(&deals.lost_amount),
    })
}

fn forecast(group: &ForecastGroup) -> Value {
    json!({
        "category": word_of::<ForecastCategory>(group.category),
        "count": group.count,
        "amount": output::currencies(&group.amount),
        "weighted_amount": output::currencies(&group.weighted_amount),
    })
}

pub(super) fn deal(deal: &Opportunity) -> Value {
    let contact_roles = deal
        .contact_roles
        .iter()
        .map(|entry| json!({ "contact_id": entry.contact_id, "role": word_of::<ContactRole>(entry.role) }));
    json!({
        "opportunity_id": deal.opportunity_id,
        "pipeline_id": deal.pipeline_id,
        "pipeline_version": deal.pipeline_version,
        "stage": deal.stage,
        "status": word_of::<OpportunityStatus>(deal.status),
        "title": deal.title,
        "contact_id": output::text(&deal.contact_id),
        "amount": deal.amount.as_ref().map(output::money),
        "fx": deal.fx.as_ref().map(output::rate),
        "base_amount": deal.base_amount.as_ref().map(output::money),
        "expected_close_on": output::text(&deal.expected_close_on),
        "close_date_delays": deal.close_date_delays,
        "owner": output::text(&deal.owner),
        "team": output::text(&deal.team),
        "segments": deal.segments,
        "next_step": output::text(&deal.next_step),
        "next_step_due_on": output::text(&deal.next_step_due_on),
        "contact_roles": contact_roles.collect::<Value>(),
        "met_criteria": deal.met_criteria.iter().map(met).collect::<Value>(),
        "forecast_category": word_of::<ForecastCategory>(deal.forecast_category),
        "probability_percent": deal.probability_percent,
        "forecast_override": deal.forecast_override.as_ref().map(|of| json!({
            "category": output::text(&word_of::<ForecastCategory>(of.category)),
            "probability_percent": of.probability_percent,
            "reason": of.reason,
            "overridden_by": of.overridden_by,
            "overridden_at": output::instant(of.overridden_at.as_ref()),
        })),
        "opened_at": output::instant(deal.opened_at.as_ref()),
        "stage_entered_at": output::instant(deal.stage_entered_at.as_ref()),
        "closed_at": output::instant(deal.closed_at.as_ref()),
        "lost_reason": output::text(&deal.lost_reason),
        "competitor": output::text(&deal.competitor),
        "revision": deal.revision,
    })
}

fn met(criterion: &MetCriterion) -> Value {
    json!({
        "stage": criterion.stage,
        "key": criterion.key,
        "note": output::text(&criterion.note),
        "met_by": criterion.met_by,
        "met_at": output::instant(criterion.met_at.as_ref()),
    })
}
