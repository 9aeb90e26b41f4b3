//! What becomes of leads, and how soon: added up from the counters.

use std::collections::BTreeMap;

use rapport_domain::lead::Source;
use rusqlite::{Connection, named_params};

use super::LeadReportQuery;
use super::contribution::Step;
use crate::column::{Word, word};
use crate::median::lower_quantile;
use crate::query::QueryError;
use crate::wide::{basis_points, half_up, saturated};

/// Leads, as who leads a sales team reads them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeadReport {
    /// All of them.
    pub all: LeadGroup,
    /// The same by where they come from.
    pub by_source: Vec<(Source, LeadGroup)>,
}

/// Leads that came in during the period, and the steps that they reached until now, each counted once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeadGroup {
    /// Every step, in order.
    pub steps: Vec<Reached>,
}

/// Leads that reached a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// The step.
    pub step: Step,
    /// How many.
    pub leads: u64,
    /// The same / those that came in, in hundredths of a percent, rounded half up.
    pub rate_basis_points: Option<u32>,
    /// How long after they came in.
    pub times: LeadTimes,
}

/// How long something took, all time counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeadTimes {
    /// Mean in seconds, rounded half up.
    pub mean_seconds: Option<i64>,
    /// Median in seconds, of times as they are counted: exact within the hour, to the minute within the day, then to the hour;
    /// of two in the middle the lower.
    pub p50_seconds: Option<i64>,
    /// What nine of ten do not exceed, likewise: the value at nine tenths of the way from the quickest to the slowest, or the
    /// nearest below it.
    pub p90_seconds: Option<i64>,
}

/// Counters of a step, added up.
#[derive(Default)]
struct Tally {
    leads: i64,
    seconds: i128,
    by_seconds: BTreeMap<i64, i64>,
}

type Tallies = BTreeMap<Step, Tally>;

pub(super) fn report(connection: &Connection, query: &LeadReportQuery) -> Result<LeadReport, QueryError> {
    let (mut all, mut by_source) = (Tallies::new(), BTreeMap::<Source, Tallies>::new());
    let mut statement = connection.prepare_cached(
        "SELECT origin, step, seconds, sum(leads) AS leads, sum(total_seconds) AS total_seconds FROM reached
         WHERE (:from IS NULL OR month >= :from) AND (:to IS NULL OR month <= :to)
             AND (:source IS NULL OR origin = :source)
         GROUP BY origin, step, seconds",
    )?;
    let mut rows = statement.query(named_params! {
        ":from": query.from_month.map(Word),
        ":to": query.to_month.map(Word),
        ":source": query.source.map(Word),
    })?;
    while let Some(row) = rows.next()? {
        let (source, step): (Source, Step) = (word(row, "origin")?, word(row, "step")?);
        let (seconds, leads, total) = (row.get("seconds")?, row.get("leads")?, row.get("total_seconds")?);
        all.entry(step).or_default().add(seconds, leads, total);
        by_source.entry(source).or_default().entry(step).or_default().add(seconds, leads, total);
    }
    let by_source = by_source.into_iter().map(|(source, tallies)| (source, group(&tallies)));
    Ok(LeadReport { all: group(&all), by_source: by_source.collect() })
}

fn group(tallies: &Tallies) -> LeadGroup {
    let captured = tallies.get(&Step::Captured).map_or(0, |tally| tally.leads);
    let none = Tally::default();
    let steps = Step::ALL.into_iter().map(|step| tallies.get(&step).unwrap_or(&none).view(step, captured));
    LeadGroup { steps: steps.collect() }
}

impl Tally {
    fn add(&mut self, seconds: i64, leads: i64, total_seconds: i64) {
        self.leads += leads;
        self.seconds += i128::from(total_seconds);
        *self.by_seconds.entry(seconds).or_insert(0) += leads;
    }

    fn view(&self, step: Step, captured: i64) -> Reached {
        let rate = basis_points(i128::from(self.leads), i128::from(captured));
        Reached {
            step,
            leads: u64::try_from(self.leads).unwrap_or(0),
            rate_basis_points: rate.and_then(|rate| u32::try_from(rate).ok()),
            times: LeadTimes {
                mean_seconds: half_up(self.seconds, i128::from(self.leads)).map(saturated),
                p50_seconds: lower_quantile(&self.by_seconds, 5),
                p90_seconds: lower_quantile(&self.by_seconds, 9),
            },
        }
    }
}
