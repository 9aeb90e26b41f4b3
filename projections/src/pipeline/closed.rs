//! What was closed: the part of the view that a period limits.

use std::collections::BTreeMap;

use rapport_domain::value::{Currency, Key};
use rusqlite::{Connection, Row, Statement, named_params};

use super::standing::wide;
use super::tally::Closed;
use super::view::Scope;
use super::{ClosedGroup, ClosedView, OpportunityStatus, SegmentGroup};
use crate::column::{Word, word, word_or_empty};
use crate::month::Month;

const CLOSED: &str = "
    SELECT * FROM closed
    WHERE pipeline_id = :pipeline AND month >= :from AND month <= :to
      AND (:owner IS NULL OR owner = :owner) AND (:team IS NULL OR team = :team)";

const CYCLES: &str = "
    SELECT * FROM cycles
    WHERE pipeline_id = :pipeline AND month >= :from AND month <= :to
      AND (:owner IS NULL OR owner = :owner) AND (:team IS NULL OR team = :team)";

/// Before and after every month, as text is compared.
const FIRST_MONTH: &str = "";
const LAST_MONTH: &str = "~";

/// The counters, added up in every way that the view asks for.
#[derive(Default)]
pub(super) struct ClosedDeals {
    all: Closed,
    by_month: BTreeMap<Month, Closed>,
    by_owner: BTreeMap<String, Closed>,
    by_team: BTreeMap<String, Closed>,
    by_segment: BTreeMap<Key, BTreeMap<String, Closed>>,
}

impl ClosedDeals {
    pub(super) fn read(connection: &Connection, scope: &Scope) -> rusqlite::Result<Self> {
        let mut deals = Self::default();
        let mut statement = connection.prepare_cached(CLOSED)?;
        let mut rows = asked(&mut statement, scope)?;
        while let Some(row) = rows.next()? {
            deals.add_counter(row)?;
        }
        let mut statement = connection.prepare_cached(CYCLES)?;
        let mut rows = asked(&mut statement, scope)?;
        while let Some(row) = rows.next()? {
            let (days, count): (i64, i64) = (row.get("days")?, row.get("deals")?);
            deals.each_group(row, |group| *group.days.entry(days).or_insert(0) += count)?;
        }
        deals.add_deals_without_field();
        Ok(deals)
    }

    fn add_counter(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let count: i64 = row.get("deals")?;
        let currency: Option<Currency> = word_or_empty(row, "currency")?;
        let amount = wide(row, "amount_millions", "amount_rest")?;
        let cycle_micros = wide(row, "cycle_seconds", "cycle_micros")?;
        match word(row, "outcome")? {
            OpportunityStatus::Won => self.each_group(row, |group| {
                group.won += count;
                group.won_amount.add(currency, count, amount);
                group.cycle_micros += cycle_micros;
            }),
            OpportunityStatus::Lost => self.each_group(row, |group| {
                group.lost += count;
                group.lost_amount.add(currency, count, amount);
            }),
            // An open deal is in no month.
            OpportunityStatus::Open => Ok(()),
        }
    }

    /// Counts a row wherever it belongs.
    fn each_group(&mut self, row: &Row<'_>, mut count: impl FnMut(&mut Closed)) -> rusqlite::Result<()> {
        if row.get_ref("segment")?.as_str()?.is_empty() {
            count(&mut self.all);
            count(self.by_month.entry(word(row, "month")?).or_default());
            count(self.by_owner.entry(row.get("owner")?).or_default());
            count(self.by_team.entry(row.get("team")?).or_default());
        } else {
            let field = self.by_segment.entry(word(row, "segment")?).or_default();
            count(field.entry(row.get("segment_value")?).or_default());
        }
        Ok(())
    }

    /// Deals that do not have a field have no counters of it: they are all deals without those that have it.
    fn add_deals_without_field(&mut self) {
        for groups in self.by_segment.values_mut() {
            let mut without = self.all.clone();
            groups.values().for_each(|group| without.take_away(group));
            if without.won + without.lost > 0 {
                groups.insert(String::new(), without);
            }
        }
    }

    pub(super) fn groups(&self) -> usize {
        let values: usize = self.by_segment.values().map(BTreeMap::len).sum();
        self.by_month.len() + self.by_owner.len() + self.by_team.len() + values
    }

    pub(super) fn all(&self) -> ClosedView {
        self.all.view()
    }

    pub(super) fn by_month(&self) -> Vec<(Month, ClosedView)> {
        self.by_month.iter().map(|(month, closed)| (*month, closed.view())).collect()
    }

    pub(super) fn by_owner(&self) -> Vec<ClosedGroup> {
        closed_groups(&self.by_owner)
    }

    pub(super) fn by_team(&self) -> Vec<ClosedGroup> {
        closed_groups(&self.by_team)
    }

    pub(super) fn by_segment(&self) -> Vec<SegmentGroup> {
        let field = |(segment, groups): (&Key, _)| SegmentGroup {
            segment: segment.clone(),
            groups: closed_groups(groups),
        };
        self.by_segment.iter().map(field).collect()
    }
}

fn asked<'s>(statement: &'s mut Statement<'_>, scope: &Scope) -> rusqlite::Result<rusqlite::Rows<'s>> {
    let month =
        |month: Option<Month>, otherwise: &str| month.map_or_else(|| otherwise.to_owned(), |m| m.to_string());
    statement.query(named_params! {
        ":pipeline": Word(scope.pipeline_id),
        ":from": month(scope.closed_from, FIRST_MONTH),
        ":to": month(scope.closed_to, LAST_MONTH),
        ":owner": scope.owner,
        ":team": scope.team,
    })
}

fn closed_groups(groups: &BTreeMap<String, Closed>) -> Vec<ClosedGroup> {
    groups.iter().map(|(key, closed)| ClosedGroup { key: key.clone(), closed: closed.view() }).collect()
}
