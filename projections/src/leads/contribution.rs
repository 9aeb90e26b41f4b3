//! What a lead adds to the counters: the steps that it reached, and how long each took.

use rapport_domain::lead::Source;
use rapport_domain::value::Instant;
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};

use super::Lead;
use crate::column::Word;
use crate::month::Month;

/// A step that leads reach, in the order that they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// It came in.
    Captured,
    /// Somebody got it.
    Assigned,
    /// The company reached out.
    Contacted,
    /// It is worth a deal.
    Qualified,
    /// It was laid to rest.
    Recycled,
    /// It was given up.
    Disqualified,
    /// Something came of it.
    Converted,
    /// Its deal was won.
    Won,
    /// Its deal was lost.
    Lost,
}

impl Step {
    /// All of them, in order.
    pub const ALL: [Self; 9] = [
        Self::Captured,
        Self::Assigned,
        Self::Contacted,
        Self::Qualified,
        Self::Recycled,
        Self::Disqualified,
        Self::Converted,
        Self::Won,
        Self::Lost,
    ];
}

impl Lead {
    /// When it reached a step.
    pub(super) const fn reached(&self, step: Step) -> Option<Instant> {
        match step {
            Step::Captured => Some(self.captured_at),
            Step::Assigned => self.assigned_at,
            Step::Contacted => self.contacted_at,
            Step::Qualified => self.qualified_at,
            Step::Recycled => self.recycled_at,
            Step::Disqualified => self.disqualified_at,
            Step::Converted => self.converted_at,
            Step::Won => self.won_at,
            Step::Lost => self.lost_at,
        }
    }
}

/// A lead, as it is counted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Contribution {
    month: Month,
    source: Source,
    /// Each step that it reached, and the seconds that took.
    steps: Vec<(Step, i64)>,
}

impl Contribution {
    pub(super) fn of(lead: &Lead) -> Self {
        let took = |at: Instant| (at.micros() - lead.captured_at.micros()).div_euclid(1_000_000).max(0);
        let steps = Step::ALL.into_iter().filter_map(|step| Some((step, took(lead.reached(step)?))));
        Self { month: Month::of(lead.captured_at), source: lead.source, steps: steps.collect() }
    }

    /// Takes what a lead added before away, and adds what it adds now.
    pub(super) fn replace(tx: &Transaction<'_>, before: Option<&Self>, now: &Self) -> rusqlite::Result<()> {
        let lacks =
            |other: Option<&Self>, step: &(Step, i64)| other.is_none_or(|it| !it.steps.contains(step));
        if let Some(before) = before {
            before.count(tx, -1, |step| lacks(Some(now), step))?;
        }
        now.count(tx, 1, |step| lacks(before, step))
    }

    fn count(
        &self,
        tx: &Transaction<'_>,
        by: i64,
        is_counted: impl Fn(&(Step, i64)) -> bool,
    ) -> rusqlite::Result<()> {
        for (step, took) in self.steps.iter().filter(|step| is_counted(step)) {
            let place = (Word(self.month), Word(self.source), Word(step), rounded(*took));
            tx.prepare_cached(
                "INSERT INTO reached VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET
                     leads = leads + excluded.leads, total_seconds = total_seconds + excluded.total_seconds",
            )?
            .execute((&place.0, &place.1, &place.2, place.3, by, by * took))?;
            tx.prepare_cached(
                "DELETE FROM reached WHERE month = ?1 AND origin = ?2 AND step = ?3 AND seconds = ?4 AND leads = 0",
            )?
            .execute(place)?;
        }
        Ok(())
    }
}

/// Seconds as they are counted: exact within the hour, to the minute within the day, then to the hour.
pub(super) const fn rounded(seconds: i64) -> i64 {
    let unit = match seconds {
        ..3_600 => 1,
        3_600..86_400 => 60,
        86_400.. => 3_600,
    };
    seconds - seconds % unit
}
