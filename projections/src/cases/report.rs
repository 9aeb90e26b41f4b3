//! How many cases there are, and how soon and how often too late they are solved: added up from the counters.

use std::collections::BTreeMap;

use rapport_domain::sla_policy::Priority;
use rapport_domain::value::Reference;
use rusqlite::{Connection, Row, Statement, named_params};

use super::contribution::Measure;
use super::row::name;
use super::{CaseReportQuery, CaseStatus};
use crate::column::{Word, word};
use crate::median::lower_quantile;
use crate::month::Month;
use crate::query::{self, QueryError};
use crate::wide::{basis_points, half_up, saturated};

/// Most groups of a report: months and groups together.
pub const GROUPS_MAX: usize = 20_000;

/// Cases, as who leads a support team reads them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseReport {
    /// Cases in all, whatever the period; merged ones left out.
    pub cases: u64,
    /// Those that are not solved, whatever the period.
    pub backlog: u64,
    /// Those that are solved, of the period.
    pub resolved: CaseGroup,
    /// The same by priority, the most urgent first.
    pub by_priority: Vec<(Priority, CaseGroup)>,
    /// The same by group; an empty name stands for none.
    pub by_group: Vec<(String, CaseGroup)>,
    /// The same by month of the last solution, oldest first.
    pub by_month: Vec<(Month, CaseGroup)>,
    /// Those that are not solved.
    pub backlog_by: Backlog,
}

/// Cases that are not solved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Backlog {
    /// By group; an empty name stands for none.
    pub group: BTreeMap<String, u64>,
    /// By priority, the most urgent first.
    pub priority: BTreeMap<Priority, u64>,
}

/// Cases that are solved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseGroup {
    /// Cases that are resolved or closed.
    pub resolved: u64,
    /// Those of them that were reopened before.
    pub reopened: u64,
    /// reopened / resolved, in hundredths of a percent, rounded half up.
    pub reopen_rate_basis_points: Option<u32>,
    /// Those of them where a promise was not kept.
    pub breached: u64,
    /// breached / resolved, likewise.
    pub breach_rate_basis_points: Option<u32>,
    /// Those of them that the customer rated.
    pub rated: u64,
    /// Rated 4 or 5 of 5 / rated, in hundredths of a percent, rounded half up: customer satisfaction (CSAT).
    pub satisfaction_basis_points: Option<u32>,
    /// From the beginning to the last solution.
    pub resolution: CaseTimes,
    /// From the beginning to the first answer, of those that had one.
    pub first_response: CaseTimes,
}

/// How long something took, all time counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CaseTimes {
    /// Cases in which it was done.
    pub count: u64,
    /// Mean in seconds, rounded half up.
    pub mean_seconds: Option<i64>,
    /// Median in seconds, of times rounded down to the minute; of two in the middle the lower.
    pub p50_seconds: Option<i64>,
    /// What nine of ten do not exceed, likewise: the value at nine tenths of the way from the quickest to the slowest, or the
    /// nearest below it.
    pub p90_seconds: Option<i64>,
}

/// Counters of a group, added up.
#[derive(Default)]
struct Tally {
    resolved: i64,
    reopened: i64,
    breached: i64,
    rated: i64,
    satisfied: i64,
    resolution: Times,
    first_response: Times,
}

#[derive(Default)]
struct Times {
    count: i64,
    seconds: i128,
    by_minutes: BTreeMap<i64, i64>,
}

/// The tallies of every group.
#[derive(Default)]
struct Tallies {
    all: Tally,
    by_priority: BTreeMap<Priority, Tally>,
    by_group: BTreeMap<String, Tally>,
    by_month: BTreeMap<Month, Tally>,
}

const LIMITED: &str = "(:from IS NULL OR month >= :from) AND (:to IS NULL OR month <= :to)
    AND (:team IS NULL OR team = :team) AND (:priority IS NULL OR priority = :priority)";

pub(super) fn report(connection: &Connection, query: &CaseReportQuery) -> Result<CaseReport, QueryError> {
    let mut tallies = Tallies::default();
    let mut statement = connection.prepare_cached(&format!("SELECT * FROM solved WHERE {LIMITED}"))?;
    let mut rows = asked(&mut statement, query)?;
    while let Some(row) = rows.next()? {
        let mut counted = |tally: &mut Tally| tally.add(row);
        tallies.each(row, &mut counted)?;
        let groups = tallies.by_group.len() + tallies.by_month.len();
        if groups > GROUPS_MAX {
            return Err(QueryError::TooLarge { what: query::Measure::Rows, limit: GROUPS_MAX });
        }
    }
    let mut statement = connection.prepare_cached(&format!("SELECT * FROM times WHERE {LIMITED}"))?;
    let mut rows = asked(&mut statement, query)?;
    while let Some(row) = rows.next()? {
        let mut counted = |tally: &mut Tally| tally.add_time(row);
        tallies.each(row, &mut counted)?;
    }
    let mut report = CaseReport {
        resolved: tallies.all.view(),
        by_priority: viewed(tallies.by_priority),
        by_group: viewed(tallies.by_group),
        by_month: viewed(tallies.by_month),
        ..CaseReport::default()
    };
    stand(connection, query, &mut report)?;
    Ok(report)
}

fn viewed<K>(tallies: BTreeMap<K, Tally>) -> Vec<(K, CaseGroup)> {
    tallies.into_iter().map(|(key, tally)| (key, tally.view())).collect()
}

fn asked<'s>(
    statement: &'s mut Statement<'_>,
    query: &CaseReportQuery,
) -> rusqlite::Result<rusqlite::Rows<'s>> {
    statement.query(named_params! {
        ":from": query.from_month.map(Word),
        ":to": query.to_month.map(Word),
        ":team": query.group.as_ref().map(Word),
        ":priority": query.priority.map(Word),
    })
}

/// How many there are by where they stand, whatever the period.
fn stand(connection: &Connection, query: &CaseReportQuery, report: &mut CaseReport) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("SELECT * FROM standing")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (status, priority): (CaseStatus, Priority) = (word(row, "status")?, word(row, "priority")?);
        let team: String = row.get("team")?;
        let is_asked = query.priority.is_none_or(|asked| asked == priority)
            && query.group.as_ref().is_none_or(|asked: &Reference| name(Some(asked)) == team);
        let cases = counted(row.get("cases")?);
        if !is_asked || status == CaseStatus::Merged {
            continue;
        }
        report.cases += cases;
        if status.is_unsolved() {
            report.backlog += cases;
            *report.backlog_by.group.entry(team).or_default() += cases;
            *report.backlog_by.priority.entry(priority).or_default() += cases;
        }
    }
    Ok(())
}

impl Tallies {
    /// Counts a row wherever it belongs.
    fn each(
        &mut self,
        row: &Row<'_>,
        count: &mut impl FnMut(&mut Tally) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        count(&mut self.all)?;
        count(self.by_priority.entry(word(row, "priority")?).or_default())?;
        count(self.by_group.entry(row.get("team")?).or_default())?;
        count(self.by_month.entry(word(row, "month")?).or_default())
    }
}

impl Tally {
    fn add(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let cases: i64 = row.get("cases")?;
        self.resolved += cases;
        self.reopened += row.get::<_, i64>("reopened")?;
        self.breached += row.get::<_, i64>("too_late")?;
        self.rated += row.get::<_, i64>("rated")?;
        self.satisfied += row.get::<_, i64>("satisfied")?;
        self.resolution.count += cases;
        self.resolution.seconds += i128::from(row.get::<_, i64>("resolution_seconds")?);
        self.first_response.count += row.get::<_, i64>("answered")?;
        self.first_response.seconds += i128::from(row.get::<_, i64>("answer_seconds")?);
        Ok(())
    }

    fn add_time(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let times = match word(row, "measure")? {
            Measure::Resolution => &mut self.resolution,
            Measure::FirstResponse => &mut self.first_response,
        };
        *times.by_minutes.entry(row.get("minutes")?).or_insert(0) += row.get::<_, i64>("cases")?;
        Ok(())
    }

    fn view(self) -> CaseGroup {
        let rate = |part: i64, whole: i64| {
            let rate = basis_points(i128::from(part), i128::from(whole));
            rate.and_then(|rate| u32::try_from(rate).ok())
        };
        CaseGroup {
            resolved: counted(self.resolved),
            reopened: counted(self.reopened),
            reopen_rate_basis_points: rate(self.reopened, self.resolved),
            breached: counted(self.breached),
            breach_rate_basis_points: rate(self.breached, self.resolved),
            rated: counted(self.rated),
            satisfaction_basis_points: rate(self.satisfied, self.rated),
            resolution: self.resolution.view(),
            first_response: self.first_response.view(),
        }
    }
}

impl Times {
    fn view(&self) -> CaseTimes {
        let quantile = |tenths| lower_quantile(&self.by_minutes, tenths).map(|minutes| minutes * 60);
        CaseTimes {
            count: counted(self.count),
            mean_seconds: half_up(self.seconds, i128::from(self.count)).map(saturated),
            p50_seconds: quantile(5),
            p90_seconds: quantile(9),
        }
    }
}

/// A counter as a count; counters are never negative.
fn counted(counter: i64) -> u64 {
    u64::try_from(counter).unwrap_or(0)
}
