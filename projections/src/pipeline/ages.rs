//! How long deals have been in their stage: since when the oldest one has, and how many have been there too long.

use rapport_domain::value::Key;
use rusqlite::{Connection, Row, named_params};

use super::DAY_MICROS;
use super::view::Scope;
use crate::column::Word;

/// Of the day on which the bound lies, deals are counted one by one; of the days before, by the counters.
const OF_ALL: &str = "
    SELECT
        (SELECT min(stage_entered_at) FROM deals WHERE pipeline_id = :pipeline AND stage = :stage),
        (SELECT coalesce(sum(deals), 0) FROM arrivals
         WHERE pipeline_id = :pipeline AND stage = :stage AND day < :day)
        + (SELECT count(*) FROM deals
           WHERE pipeline_id = :pipeline AND stage = :stage
             AND stage_entered_at >= :midnight AND stage_entered_at < :before)";

/// For each owner and team, two probes of the index: however long the history, there are only so many of them.
const OF_SOME: &str = "
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

/// The ages of the deals in a stage.
pub(super) struct Ages {
    /// When the one came that has been there longest, in microseconds since 1970.
    pub(super) oldest_entered: Option<i64>,
    /// How many came before the moment that was asked about.
    pub(super) stalled: i64,
}

impl Ages {
    /// Of the deals in scope; stalled are those that came before a moment, in microseconds since 1970.
    pub(super) fn read(
        connection: &Connection,
        scope: &Scope,
        stage: &Key,
        before: i64,
    ) -> rusqlite::Result<Self> {
        let ages = |row: &Row<'_>| Ok(Self { oldest_entered: row.get(0)?, stalled: row.get(1)? });
        if scope.owner.is_none() && scope.team.is_none() {
            let day = before.div_euclid(DAY_MICROS);
            return connection.prepare_cached(OF_ALL)?.query_row(
                named_params! {
                    ":pipeline": Word(scope.pipeline_id), ":stage": Word(stage), ":before": before,
                    ":day": day, ":midnight": day.saturating_mul(DAY_MICROS),
                },
                ages,
            );
        }
        connection.prepare_cached(OF_SOME)?.query_row(
            named_params! {
                ":pipeline": Word(scope.pipeline_id), ":stage": Word(stage), ":before": before,
                ":owner": scope.owner, ":team": scope.team,
            },
            ages,
        )
    }
}
