//! Where deals stand: the part of the view that no period limits.

use std::collections::BTreeMap;

use rapport_domain::id::PipelineId;
use rapport_domain::pipeline::{Definition, ForecastCategory, Stage};
use rapport_domain::value::{Instant, Key};
use rusqlite::{Connection, Row, RowIndex, named_params};

use super::ages::Ages;
use super::tally::{Standing, StandingRow};
use super::view::Scope;
use super::{DAY_MICROS, ForecastGroup, OpenGroup, OpportunityStatus, StageView};
use crate::column::{Json, Word, count, word, word_or_empty};
use crate::wide::Wide;

const SECOND_MICROS: i64 = 1_000_000;

/// In the order of the primary key: deals that stand in the same place come one after another. Read by place: a name would be
/// looked up anew in every row.
const ROWS: &str = "
    SELECT stage, status, probability, currency, deals, owner, team,
        amount_millions, amount_rest, entered_seconds, entered_micros, category
    FROM standing
    WHERE pipeline_id = :pipeline AND (:owner IS NULL OR owner = :owner) AND (:team IS NULL OR team = :team)
    ORDER BY stage, status, probability, category";

/// The counters, added up in every way that the view asks for.
#[derive(Default)]
pub(super) struct Standings {
    pub(super) all: Standing,
    pub(super) open: Standing,
    stages: BTreeMap<Key, Standing>,
    forecast: BTreeMap<ForecastCategory, Standing>,
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
        let mut here: Option<(Stand, Standing)> = None;
        while let Some(row) = rows.next()? {
            let (place, mut standing) = match here {
                Some((place, standing)) if place.holds(row)? => (place, standing),
                left => {
                    sums.add(left);
                    (Stand::from_row(row)?, Standing::default())
                }
            };
            let counted = counted(row, &place)?;
            standing.add(&counted);
            match place.status {
                OpportunityStatus::Open => {
                    sums.open_by_owner.entry(row.get(5)?).or_default().add(&counted);
                    sums.open_by_team.entry(row.get(6)?).or_default().add(&counted);
                }
                OpportunityStatus::Won | OpportunityStatus::Lost => {}
            }
            here = Some((place, standing));
        }
        sums.add(here);
        Ok(sums)
    }

    /// Adds all that stand in a place, where there is one.
    fn add(&mut self, all_of_a_place: Option<(Stand, Standing)>) {
        let Some((place, standing)) = all_of_a_place else { return };
        self.all.merge(&standing);
        match place.status {
            OpportunityStatus::Open => {
                self.open.merge(&standing);
                self.forecast.entry(place.category).or_default().merge(&standing);
            }
            OpportunityStatus::Won | OpportunityStatus::Lost => {}
        }
        self.stages.entry(place.stage).or_default().merge(&standing);
    }

    pub(super) fn groups(&self) -> usize {
        self.open_by_owner.len() + self.open_by_team.len()
    }

    pub(super) fn forecast(&self) -> Vec<ForecastGroup> {
        let group = |(category, standing): (&ForecastCategory, &Standing)| ForecastGroup {
            category: *category,
            count: standing.count(),
            amount: standing.amount(),
            weighted_amount: standing.weighted(),
        };
        self.forecast.iter().map(group).collect()
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
        let ages = Ages::read(connection, scope, &stage.key, rotten_before)?;
        let oldest_age = |entered: i64| (aged_at.micros() - entered).div_euclid(SECOND_MICROS);
        Ok(StageView {
            stage,
            count: standing.count(),
            amount: standing.amount(),
            weighted_amount: standing.weighted(),
            mean_age_seconds: standing.mean_age_seconds(aged_at.micros()),
            oldest_age_seconds: ages.oldest_entered.map(oldest_age),
            stalled: count(ages.stalled)?,
        })
    }
}

/// Where deals stand together, whosever they are.
struct Stand {
    stage: Key,
    status: OpportunityStatus,
    probability: i64,
    category: ForecastCategory,
}

impl Stand {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            stage: word(row, 0)?,
            status: word(row, 1)?,
            probability: row.get(2)?,
            category: word(row, 11)?,
        })
    }

    /// Whether the deals of a row stand here.
    fn holds(&self, row: &Row<'_>) -> rusqlite::Result<bool> {
        Ok(row.get_ref(0)?.as_str()? == self.stage.as_str()
            && word::<OpportunityStatus>(row, 1)? == self.status
            && row.get::<_, i64>(2)? == self.probability
            && word::<ForecastCategory>(row, 11)? == self.category)
    }
}

fn counted<'p>(row: &Row<'_>, place: &'p Stand) -> rusqlite::Result<StandingRow<'p>> {
    Ok(StandingRow {
        stage: &place.stage,
        probability: place.probability,
        currency: word_or_empty(row, 3)?,
        deals: row.get(4)?,
        amount: wide(row, 7, 8)?,
        entered_micros: wide(row, 9, 10)?,
    })
}

/// A sum that stands in two columns.
pub(super) fn wide<I: RowIndex>(row: &Row<'_>, millions: I, rest: I) -> rusqlite::Result<i128> {
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
