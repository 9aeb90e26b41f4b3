//! Of the deals that entered a stage, how many entered which other ones.

use std::collections::BTreeMap;

use rapport_domain::value::Key;
use rusqlite::{Connection, Rows, Statement, named_params};

use super::FLOW_ROWS_MAX;
use super::pipelines::{Pipeline, chosen};
use crate::column::{Micros, Word, count, word};
use crate::query::{Measure, QueryError};
use crate::sales::SalesScope;
use crate::wide::basis_points;

/// What has become of the deals that entered a stage in the period, each counted once; of those that were lost too. Owner
/// and team are those that the deal had last while it was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageConversion {
    /// The stage.
    pub stage: Key,
    /// Deals that entered it in the period.
    pub opportunities: u64,
    /// How often they entered it in the period.
    pub entries: u64,
    /// Those of the deals that entered it in the period after they had been there before.
    pub reentered: u64,
    /// reentered / opportunities, in hundredths of a percent, rounded half up.
    pub reentry_rate_basis_points: Option<i64>,
    /// The other stages that they ever entered, before or after, in the order of the process.
    pub reached: Vec<StageReached>,
}

/// A stage that deals of another one entered too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageReached {
    /// The stage.
    pub stage: Key,
    /// Deals that ever entered it, of those that entered the other one in the period.
    pub opportunities: u64,
    /// The share of them, in hundredths of a percent, rounded half up.
    pub conversion_rate_basis_points: Option<i64>,
}

/// Each deal once for each stage that it entered in the period.
const ENTERED: &str = "
    WITH entered AS (
        SELECT stage, deal, count(*) AS entries, max(visited_before > 0) AS reentered FROM visits
        WHERE pipeline_id = :pipeline AND entered_at >= :from AND entered_at < :to
          AND (:owner IS NULL OR owner = :owner) AND (:team IS NULL OR team = :team)
        GROUP BY stage, deal)";
const STAGES: &str = "
    SELECT stage, count(*) AS deals, sum(entries) AS entries, sum(reentered) AS reentered FROM entered GROUP BY stage";
/// A cross join keeps its order: from the deals of the period to their visits, by the index.
const REACHED: &str = "
    SELECT e.stage AS stage, v.stage AS reached, count(DISTINCT e.deal) AS deals
    FROM entered AS e CROSS JOIN visits AS v ON v.deal = e.deal AND v.stage <> e.stage
    GROUP BY e.stage, v.stage";

pub(super) fn conversion(
    connection: &Connection,
    scope: &SalesScope,
) -> Result<Vec<StageConversion>, QueryError> {
    let pipeline = chosen(connection, scope.pipeline_id)?;
    let mut stages = stages(connection, &pipeline, scope)?;
    let mut statement = connection.prepare_cached(&format!("{ENTERED}{REACHED}"))?;
    let mut rows = asked(&mut statement, &pipeline, scope)?;
    let mut pairs = 0;
    while let Some(row) = rows.next()? {
        pairs += 1;
        if pairs > FLOW_ROWS_MAX {
            return Err(QueryError::TooLarge { what: Measure::Rows, limit: FLOW_ROWS_MAX });
        }
        let from: Key = word(row, "stage")?;
        if let Some(from) = stages.get_mut(&from) {
            let opportunities = count(row.get("deals")?).map_err(rusqlite::Error::from)?;
            from.reached.push(StageReached {
                stage: word(row, "reached")?,
                opportunities,
                conversion_rate_basis_points: basis_points(opportunities.into(), from.opportunities.into()),
            });
        }
    }
    let mut stages: Vec<StageConversion> = stages.into_values().collect();
    stages.sort_by_key(|from| pipeline.place_of(&from.stage));
    for from in &mut stages {
        from.reached.sort_by_key(|to| pipeline.place_of(&to.stage));
    }
    Ok(stages)
}

/// The stages that were entered in the period.
fn stages(
    connection: &Connection,
    pipeline: &Pipeline,
    scope: &SalesScope,
) -> rusqlite::Result<BTreeMap<Key, StageConversion>> {
    let mut stages = BTreeMap::new();
    let mut statement = connection.prepare_cached(&format!("{ENTERED}{STAGES}"))?;
    let mut rows = asked(&mut statement, pipeline, scope)?;
    while let Some(row) = rows.next()? {
        let stage: Key = word(row, "stage")?;
        let (opportunities, reentered) = (count(row.get("deals")?)?, count(row.get("reentered")?)?);
        let entered = StageConversion {
            stage: stage.clone(),
            opportunities,
            entries: count(row.get("entries")?)?,
            reentered,
            reentry_rate_basis_points: basis_points(reentered.into(), opportunities.into()),
            reached: Vec::new(),
        };
        stages.insert(stage, entered);
    }
    Ok(stages)
}

fn asked<'s>(
    statement: &'s mut Statement<'_>,
    pipeline: &Pipeline,
    scope: &SalesScope,
) -> rusqlite::Result<Rows<'s>> {
    statement.query(named_params! {
        ":pipeline": Word(pipeline.pipeline_id),
        ":from": Micros(scope.from),
        ":to": Micros(scope.to),
        ":owner": scope.owner.as_ref().map(Word),
        ":team": scope.team.as_ref().map(Word),
    })
}
