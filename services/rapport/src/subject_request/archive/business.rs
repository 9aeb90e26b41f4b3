//! Deals and contracts as JSON.

use rapport_proto::v1::{Opportunity, OpportunityStatus, Subscription, SubscriptionStatus};
use serde_json::{Value, json};

use crate::output;
use crate::wire::word_of;

pub(super) fn deal(deal: &Opportunity) -> Value {
    json!({
        "opportunity_id": deal.opportunity_id,
        "pipeline_id": deal.pipeline_id,
        "pipeline_version": deal.pipeline_version,
        "stage": deal.stage,
        "status": word_of::<OpportunityStatus>(deal.status),
        "title": deal.title,
        "amount": deal.amount.as_ref().map(output::money),
        "expected_close_on": output::text(&deal.expected_close_on),
        "owner": output::text(&deal.owner),
        "team": output::text(&deal.team),
        "segments": output::entries(&deal.segments),
        "opened_at": output::instant(deal.opened_at.as_ref()),
        "stage_entered_at": output::instant(deal.stage_entered_at.as_ref()),
        "closed_at": output::instant(deal.closed_at.as_ref()),
        "lost_reason": output::text(&deal.lost_reason),
        "competitor": output::text(&deal.competitor),
    })
}

pub(super) fn contract(contract: &Subscription) -> Value {
    json!({
        "subscription_id": contract.subscription_id,
        "plan": contract.plan,
        "status": word_of::<SubscriptionStatus>(contract.status),
        "mrr": contract.mrr.as_ref().map(output::money),
        "term_ends_on": output::text(&contract.term_ends_on),
        "segments": output::entries(&contract.segments),
        "started_at": output::instant(contract.started_at.as_ref()),
        "cancelled_at": output::instant(contract.cancelled_at.as_ref()),
        "cancellation_reason": output::text(&contract.cancellation_reason),
    })
}
