//! What a case adds to the counters: where it stands and, while it is solved, what it took.

use rapport_domain::case::Rating;
use rapport_domain::sla_policy::Priority;
use rapport_domain::value::Instant;
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};

use super::row::name;
use super::{Case, CaseStatus};
use crate::column::Word;
use crate::month::Month;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Measure {
    /// From the beginning to the last solution.
    Resolution,
    /// From the beginning to the first answer.
    FirstResponse,
}

/// A case, as it is counted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Contribution {
    status: CaseStatus,
    team: String,
    priority: Priority,
    solved: Option<Solved>,
}

/// A case that is solved, as it is counted. Times in seconds.
#[derive(Debug, PartialEq, Eq)]
struct Solved {
    month: Month,
    was_reopened: bool,
    was_breached: bool,
    resolution: i64,
    first_response: Option<i64>,
    rating: Option<Rating>,
}

impl Contribution {
    pub(super) fn of(case: &Case) -> Self {
        let took = |until: Instant| (until.micros() - case.opened_at.micros()).div_euclid(1_000_000);
        let is_counted = matches!(case.status, CaseStatus::Resolved | CaseStatus::Closed);
        let solved = case.resolved_at.filter(|_| is_counted).map(|resolved_at| Solved {
            month: Month::of(resolved_at),
            was_reopened: case.reopened > 0,
            was_breached: !case.breached.is_empty(),
            resolution: took(resolved_at),
            first_response: case.first_responded_at.map(took),
            rating: case.rating,
        });
        let team = name(case.group.as_ref()).to_owned();
        Self { status: case.status, team, priority: case.priority, solved }
    }

    /// Takes what a case added before away, and adds what it adds now.
    pub(super) fn replace(tx: &Transaction<'_>, before: Option<&Self>, now: &Self) -> rusqlite::Result<()> {
        if before == Some(now) {
            return Ok(());
        }
        if let Some(before) = before {
            before.count(tx, -1)?;
        }
        now.count(tx, 1)
    }

    fn count(&self, tx: &Transaction<'_>, by: i64) -> rusqlite::Result<()> {
        let Self { status, team, priority, solved } = self;
        tx.prepare_cached(
            "INSERT INTO standing VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET cases = cases + excluded.cases",
        )?
        .execute((Word(status), team, Word(priority), by))?;
        tx.prepare_cached(
            "DELETE FROM standing WHERE status = ?1 AND team = ?2 AND priority = ?3 AND cases = 0",
        )?
        .execute((Word(status), team, Word(priority)))?;
        solved.as_ref().map_or(Ok(()), |solved| self.count_solved(tx, solved, by))
    }

    fn count_solved(&self, tx: &Transaction<'_>, solved: &Solved, by: i64) -> rusqlite::Result<()> {
        let Solved { month, was_reopened, was_breached, resolution, first_response, rating } = solved;
        tx.prepare_cached(
            "INSERT INTO solved VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO UPDATE SET
                 cases = cases + excluded.cases, reopened = reopened + excluded.reopened,
                 too_late = too_late + excluded.too_late, answered = answered + excluded.answered,
                 resolution_seconds = resolution_seconds + excluded.resolution_seconds,
                 answer_seconds = answer_seconds + excluded.answer_seconds,
                 rated = rated + excluded.rated, satisfied = satisfied + excluded.satisfied",
        )?
        .execute((
            Word(month),
            &self.team,
            Word(self.priority),
            by,
            by * i64::from(*was_reopened),
            by * i64::from(*was_breached),
            by * i64::from(first_response.is_some()),
            by * resolution,
            by * first_response.unwrap_or(0),
            by * i64::from(rating.is_some()),
            by * i64::from(rating.is_some_and(Rating::is_satisfied)),
        ))?;
        tx.prepare_cached(
            "DELETE FROM solved WHERE month = ?1 AND team = ?2 AND priority = ?3 AND cases = 0",
        )?
        .execute((Word(month), &self.team, Word(self.priority)))?;
        self.count_time(tx, *month, Measure::Resolution, *resolution, by)?;
        first_response.map_or(Ok(()), |took| self.count_time(tx, *month, Measure::FirstResponse, took, by))
    }

    fn count_time(
        &self,
        tx: &Transaction<'_>,
        month: Month,
        measure: Measure,
        seconds: i64,
        by: i64,
    ) -> rusqlite::Result<()> {
        let minutes = seconds.div_euclid(60);
        let place = (Word(month), &self.team, Word(self.priority), Word(measure), minutes);
        tx.prepare_cached(
            "INSERT INTO times VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET cases = cases + excluded.cases",
        )?
        .execute((&place.0, place.1, &place.2, &place.3, place.4, by))?;
        tx.prepare_cached(
            "DELETE FROM times WHERE month = ?1 AND team = ?2 AND priority = ?3 AND measure = ?4 AND minutes = ?5
                 AND cases = 0",
        )?
        .execute(place)
        .map(drop)
    }
}
