//! Deals that were closed in a period, one by one.

use rapport_domain::id::PipelineId;
use rapport_domain::value::Money;
use rusqlite::{Connection, Row, named_params};

use super::OpportunityStatus;
use crate::column::{Micros, Word, money_or_null, word};
use crate::sales::SalesScope;

/// Walks an index: as many rows as deals were closed in the period, however many there are.
const CLOSINGS: &str = "
    SELECT status, amount, currency, closed_at - opened_at AS cycle_micros, owner, team, lost_reason, competitor, segments
    FROM deals
    WHERE pipeline_id = :pipeline AND closed_at >= :from AND closed_at < :to
      AND (:owner IS NULL OR owner = :owner) AND (:team IS NULL OR team = :team)";

/// A deal that was closed in the period, and not reopened since.
pub(super) struct Closing {
    pub(super) outcome: OpportunityStatus,
    pub(super) amount: Option<Money>,
    /// From opening to closing.
    pub(super) cycle_micros: i64,
}

/// Hands over every closing of a period, with its row. Owner and team are those at closing.
pub(super) fn each<E: From<rusqlite::Error>>(
    connection: &Connection,
    pipeline_id: PipelineId,
    scope: &SalesScope,
    mut take: impl FnMut(&Row<'_>, Closing) -> Result<(), E>,
) -> Result<(), E> {
    let mut statement = connection.prepare_cached(CLOSINGS)?;
    let mut rows = statement.query(named_params! {
        ":pipeline": Word(pipeline_id),
        ":from": Micros(scope.from),
        ":to": Micros(scope.to),
        ":owner": scope.owner.as_ref().map(Word),
        ":team": scope.team.as_ref().map(Word),
    })?;
    while let Some(row) = rows.next()? {
        let closing = Closing {
            outcome: word(row, "status")?,
            amount: money_or_null(row, "amount", "currency")?,
            cycle_micros: row.get("cycle_micros")?,
        };
        take(row, closing)?;
    }
    Ok(())
}
