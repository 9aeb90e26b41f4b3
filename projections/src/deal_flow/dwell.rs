//! How long deals stay in a stage.

use std::collections::BTreeMap;

use rapport_domain::value::{Key, Reference};
use rusqlite::{Connection, named_params};

use super::FLOW_ROWS_MAX;
use super::pipelines::chosen;
use crate::column::{Micros, Word, count, word, word_or_empty};
use crate::median::{lower_median, lower_quantile};
use crate::query::{Measure, QueryError};
use crate::sales::SalesScope;

const SECOND_MICROS: i64 = 1_000_000;

/// What to report on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DwellQuery {
    /// Which deals; the visits that ended in the period. Owner and team are those that the deal had last while it was there.
    pub scope: SalesScope,
    /// Whether each owner has a row of their own.
    pub by_owner: bool,
}

/// How long deals stayed in a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageDwell {
    /// The stage.
    pub stage: Key,
    /// Who had the deals, where each owner has a row; `None` otherwise, and of deals that nobody had.
    pub owner: Option<Reference>,
    /// Visits that ended in the period, each counted, of a deal that came back too.
    pub visits: u64,
    /// Median of what they took in whole seconds, rounded down; for an even number the lower of the two in the middle.
    pub median_seconds: Option<i64>,
    /// What nine in ten took at most, likewise: nine tenths of the way from the shortest to the longest, the nearest below.
    pub p90_seconds: Option<i64>,
}

/// Walks an index: as many rows as visits ended in the period.
const DWELLS: &str = "
    SELECT stage, CASE WHEN :by_owner THEN owner ELSE '' END AS who, left_at - entered_at AS micros FROM visits
    WHERE pipeline_id = :pipeline AND left_at >= :from AND left_at < :to
      AND (:owner IS NULL OR owner = :owner) AND (:team IS NULL OR team = :team)";

/// How often visits of a stage and an owner took how many seconds.
type Dwells = BTreeMap<(Key, Option<Reference>), BTreeMap<i64, i64>>;

pub(super) fn dwell(connection: &Connection, query: &DwellQuery) -> Result<Vec<StageDwell>, QueryError> {
    let DwellQuery { scope, by_owner } = query;
    let pipeline = chosen(connection, scope.pipeline_id)?;
    let mut dwells = Dwells::new();
    let mut statement = connection.prepare_cached(DWELLS)?;
    let mut rows = statement.query(named_params! {
        ":by_owner": by_owner,
        ":pipeline": Word(pipeline.pipeline_id),
        ":from": Micros(scope.from),
        ":to": Micros(scope.to),
        ":owner": scope.owner.as_ref().map(Word),
        ":team": scope.team.as_ref().map(Word),
    })?;
    while let Some(row) = rows.next()? {
        let seconds = row.get::<_, i64>("micros")?.div_euclid(SECOND_MICROS);
        let group = (word(row, "stage")?, word_or_empty(row, "who")?);
        *dwells.entry(group).or_default().entry(seconds).or_insert(0) += 1;
        if dwells.len() > FLOW_ROWS_MAX {
            return Err(QueryError::TooLarge { what: Measure::Rows, limit: FLOW_ROWS_MAX });
        }
    }
    let mut stages = dwells.into_iter().map(stage_dwell).collect::<rusqlite::Result<Vec<StageDwell>>>()?;
    // The sort is stable: within a stage, owners stay in their order.
    stages.sort_by_key(|dwell| pipeline.place_of(&dwell.stage));
    Ok(stages)
}

fn stage_dwell(
    ((stage, owner), seconds): ((Key, Option<Reference>), BTreeMap<i64, i64>),
) -> rusqlite::Result<StageDwell> {
    Ok(StageDwell {
        stage,
        owner,
        visits: count(seconds.values().sum())?,
        median_seconds: lower_median(&seconds),
        p90_seconds: lower_quantile(&seconds, 9),
    })
}
