//! Scoring models and routing policies, as they are in force.

use rusqlite::Connection;

use super::{LEAD_RULES_LISTED_MAX, RoutingPolicy, ScoringModel};
use crate::published::Published;
use crate::query::QueryError;

pub(super) const SCORING_MODELS: Published = Published { table: "scoring_models", id: "scoring_model_id" };
pub(super) const ROUTING_POLICIES: Published =
    Published { table: "routing_policies", id: "routing_policy_id" };

pub(super) fn scoring_models(connection: &Connection) -> Result<Vec<ScoringModel>, QueryError> {
    let model = |(scoring_model_id, definition)| ScoringModel { scoring_model_id, definition };
    Ok(SCORING_MODELS.listed(connection, LEAD_RULES_LISTED_MAX)?.into_iter().map(model).collect())
}

pub(super) fn routing_policies(connection: &Connection) -> Result<Vec<RoutingPolicy>, QueryError> {
    let policy = |(routing_policy_id, definition)| RoutingPolicy { routing_policy_id, definition };
    Ok(ROUTING_POLICIES.listed(connection, LEAD_RULES_LISTED_MAX)?.into_iter().map(policy).collect())
}
