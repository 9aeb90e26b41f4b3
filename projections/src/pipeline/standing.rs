//! Where deals stand: the part of the view that no period limits.

use std::collections::BTreeMap;

use rapport_domain::id::PipelineId;
use rapport_domain::pipeline::{Definition, Stage};
use rapport_domain::value::{Instant, Key};
use rusqlite::{Connection, Row, named_params};

use super::tally::{Standing, StandingRow};
use super::view::Scope;
use super::{OpenGroup, OpportunityStatus, StageView};
use crate::column::{Json, Word, count, word, word_or_empty};
use crate::wide::Wide;

const DAY_MICROS: i64 = 86_400_000_000;
const SECOND_MICROS: i64 = 1_000_000;

const ROWS: &str = "
    SELECT * FROM standing
    WHERE pipeline_id = :pipeline AND (:owner IS NULL OR owner = :owner) AND (:team IS NULL OR team = :team)";

/// For each owner and team, two probes of the index: however long the history, there are only so many of them.
const AGES: &str = "
    SELECT min(oldest), coalesce(sum(stalled), 0) FROM (
        SELECT
            (SELECT min(stage_entered_at) FROM deals AS d
             WHERE d.pipeline_id = :pipeline AND d.stage = :stage AND d.owner = s.owner AND d.team = s.team) AS oldest,
            (SELECT count(*) FROM deals AS d
             WHERE d.pipeline_id = :pipeline AND d.stage = :stage AND d.owner = s.owner AND d.team = s.team
               AND d.stage_entered_at < :before) AS stalled
        FROM (SELECT DISTINCT owner, team FROM standing
              WHERE pipeline_id = :pipeline AND stage = :stage
                AND (:owner IS NULL OR owner = :owner) AND (:team IS NULL OR team = :team)) AS s)";

/// The counters, added up in every way that the view asks for.
#[derive(Default)]
pub(super) struct Standings {
    pub(super) all: Standing,
    pub(super) open: Standing,
    stages: BTreeMap<Key, Standing>,
    open_by_owner: BTreeMap<String, Standing>,
    open_by_team: BTreeMap<String, Standing>,
}

impl Standings {
    pub(super) fn read(connection: &Connection, scope: &Scope) -> rusqlite::Result<Self> {
        let mut sums = Self::default();
        let mut statement = connection.prepare_cached(ROWS)?;
        let mut rows = statement.query(named_params! {
            ":pipeline": Word(scope.pipeline_id), ":owner": scope.owner, ":team": scope.team,
        })?;
        while let Some(row) = rows.next()? {
            let counted = counted(row)?;
            sums.all.add(&counted);
            sums.stages.entry(counted.stage.clone()).or_default().add(&counted);
            match word(row, "status")? {
                OpportunityStatus::Open => {
                    sums.open.add(&counted);
                    sums.open_by_owner.entry(row.get("owner")?).or_default().add(&counted);
                    sums.open_by_team.entry(row.get("team")?).or_default().add(&counted);
                }
                OpportunityStatus::Won | OpportunityStatus::Lost => {}
            }
        }
        Ok(sums)
    }

    pub(super) fn groups(&self) -> usize {
        self.open_by_owner.len() + self.open_by_team.len()
    }

    pub(super) fn open_by_owner(&self) -> Vec<OpenGroup> {
        open_groups(&self.open_by_owner)
    }

    pub(super) fn open_by_team(&self) -> Vec<OpenGroup> {
        open_groups(&self.open_by_team)
    }

    /// The stages of the version in force, and those of older versions that still hold deals.
    pub(super) fn stages(
        &self,
        connection: &Connection,
        scope: &Scope,
        in_force: &Definition,
        aged_at: Instant,
    ) -> rusqlite::Result<Vec<StageView>> {
        let mut stages = in_force.stages.clone();
        for older in versions_before(connection, scope.pipeline_id, in_force.version)? {
            for stage in older.stages {
                let is_new = stages.iter().all(|known| known.key != stage.key);
                if is_new && self.stages.contains_key(&stage.key) {
                    stages.push(stage);
                }
            }
        }
        stages.into_iter().map(|stage| self.stage(connection, scope, stage, aged_at)).collect()
    }

    fn stage(
        &self,
        connection: &Connection,
        scope: &Scope,
        stage: Stage,
        aged_at: Instant,
    ) -> rusqlite::Result<StageView> {
        let standing = self.stages.get(&stage.key).cloned().unwrap_or_default();
        let rotten_before = stage.rot_after_days.map_or(i64::MIN, |days| {
            aged_at.micros().saturating_sub(i64::from(days).saturating_mul(DAY_MICROS))
        });
        let (oldest, stalled): (Option<i64>, i64) = connection.prepare_cached(AGES)?.query_row(
            named_params! {
                ":pipeline": Word(scope.pipeline_id), ":stage": Word(&stage.key), ":before": rotten_before,
                ":owner": scope.owner, ":team": scope.team,
            },
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        Ok(StageView {
            stage,
            count: standing.count(),
            amount: standing.amount(),
            weighted_amount: standing.weighted(),
            mean_age_seconds: standing.mean_age_seconds(aged_at.micros()),
            oldest_age_seconds: oldest.map(|entered| (aged_at.micros() - entered).div_euclid(SECOND_MICROS)),
            stalled: count(stalled)?,
        })
    }
}

fn counted(row: &Row<'_>) -> rusqlite::Result<StandingRow> {
    Ok(StandingRow {
        stage: word(row, "stage")?,
        probability: row.get("probability")?,
        currency: word_or_empty(row, "currency")?,
        deals: row.get("deals")?,
        amount: wide(row, "amount_millions", "amount_rest")?,
        entered_micros: wide(row, "entered_seconds", "entered_micros")?,
    })
}

/// A sum that stands in two columns.
pub(super) fn wide(row: &Row<'_>, millions: &str, rest: &str) -> rusqlite::Result<i128> {
    Ok(Wide { millions: row.get(millions)?, rest: row.get(rest)? }.total())
}

fn versions_before(
    connection: &Connection,
    pipeline_id: PipelineId,
    version: u32,
) -> rusqlite::Result<Vec<Definition>> {
    connection
        .prepare_cached(
            "SELECT definition FROM pipeline_versions WHERE pipeline_id = ?1 AND version < ?2 ORDER BY version DESC",
        )?
        .query_map((Word(pipeline_id), version), |row| row.get::<_, Json<Definition>>(0).map(|json| json.0))?
        .collect()
}

fn open_groups(groups: &BTreeMap<String, Standing>) -> Vec<OpenGroup> {
    let group = |(key, standing): (&String, &Standing)| OpenGroup {
        key: key.clone(),
        count: standing.count(),
        amount: standing.amount(),
        weighted_amount: standing.weighted(),
    };
    groups.iter().map(group).collect()
}
