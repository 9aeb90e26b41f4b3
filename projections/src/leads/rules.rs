//! Scoring models and routing policies, as they are in force.

use rapport_domain::envelope::Position;
use rapport_domain::id::{RoutingPolicyId, ScoringModelId};
use rapport_domain::{routing_policy, scoring_model};
use rusqlite::{Connection, Row, Transaction};

use super::{LEAD_RULES_LISTED_MAX, RoutingPolicy, ScoringModel};
use crate::column::{At, Json, Word, json, word};
use crate::query::QueryError;

const MAX: i64 = LEAD_RULES_LISTED_MAX as i64;

pub(super) fn put_scoring_model(
    tx: &Transaction<'_>,
    position: Position,
    scoring_model_id: ScoringModelId,
    definition: &scoring_model::Definition,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO scoring_models VALUES (?1, ?2, ?3)
         ON CONFLICT (scoring_model_id) DO UPDATE SET definition = excluded.definition",
    )?
    .execute((Word(scoring_model_id), At(position), Json(definition)))
    .map(drop)
}

pub(super) fn put_routing_policy(
    tx: &Transaction<'_>,
    position: Position,
    routing_policy_id: RoutingPolicyId,
    definition: &routing_policy::Definition,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO routing_policies VALUES (?1, ?2, ?3)
         ON CONFLICT (routing_policy_id) DO UPDATE SET definition = excluded.definition",
    )?
    .execute((Word(routing_policy_id), At(position), Json(definition)))
    .map(drop)
}

pub(super) fn scoring_models(connection: &Connection) -> Result<Vec<ScoringModel>, QueryError> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM scoring_models ORDER BY position LIMIT ?1")?;
    let model = |row: &Row<'_>| {
        Ok(ScoringModel {
            scoring_model_id: word(row, "scoring_model_id")?,
            definition: json(row, "definition")?,
        })
    };
    let found = statement.query_map((MAX,), model)?.collect::<Result<_, _>>()?;
    Ok(found)
}

pub(super) fn routing_policies(connection: &Connection) -> Result<Vec<RoutingPolicy>, QueryError> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM routing_policies ORDER BY position LIMIT ?1")?;
    let policy = |row: &Row<'_>| {
        Ok(RoutingPolicy {
            routing_policy_id: word(row, "routing_policy_id")?,
            definition: json(row, "definition")?,
        })
    };
    let found = statement.query_map((MAX,), policy)?.collect::<Result<_, _>>()?;
    Ok(found)
}
