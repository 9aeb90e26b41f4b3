//! What was won and lost in a period, by why and to whom, by seller and by field; and what became of the deals that were
//! opened in it.

use std::collections::BTreeMap;

use rapport_domain::id::PipelineId;
use rapport_domain::value::{Currency, Key, Segments};
use rusqlite::{Connection, Row, named_params};

use super::closings::{self, Closing};
use super::query::chosen;
use super::tally::Closed;
use super::{ClosedView, DAY_MICROS, GROUPS_MAX, OpportunityStatus};
use crate::column::{Micros, Word, count, json, word};
use crate::median::lower_median;
use crate::query::{Measure, QueryError};
use crate::sales::SalesScope;
use crate::wide::basis_points;

/// By what closed deals are grouped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WinLossGrouping {
    /// Why they were lost. Won deals are in no group.
    Reason,
    /// To whom they were lost. Won deals are in no group.
    Competitor,
    /// Who had them at closing.
    Owner,
    /// The team that had them at closing.
    Team,
    /// The value of a field.
    Segment(Key),
}

/// What to report on. Owner and team are those at closing; of deals that are open, those of now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WinLossQuery {
    /// Which deals: those closed in the period, and as a cohort those opened in it.
    pub scope: SalesScope,
    /// By what to group the closed ones; `None`: not at all.
    pub group_by: Option<WinLossGrouping>,
}

/// What was won and lost. A won deal that was reopened and lost is a lost one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WinLoss {
    /// All deals closed in the period.
    pub total: WinLossGroup,
    /// The same by group, in the order of their keys; an empty key stands for deals that have none.
    pub groups: Vec<WinLossGroup>,
    /// The deals opened in the period.
    pub cohort: Cohort,
}

/// Closed deals of one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WinLossGroup {
    /// Its key.
    pub key: String,
    /// The deals.
    pub closed: ClosedView,
    /// The share won of what they are worth, by currency.
    pub value_win_rates: Vec<ValueWinRate>,
}

/// The share won of what closed deals are worth in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ValueWinRate {
    /// The currency.
    pub currency: Currency,
    /// Amount won / (amount won + amount lost), in hundredths of a percent, rounded half up.
    pub basis_points: i64,
}

/// What has become of deals that were opened in a period, whenever they were closed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cohort {
    /// How many were opened.
    pub opportunities: u64,
    /// Of those: won.
    pub won: u64,
    /// Lost.
    pub lost: u64,
    /// Not closed.
    pub open: u64,
    /// won / opened, in hundredths of a percent, rounded half up. `None` when nothing was opened.
    pub win_rate_basis_points: Option<i64>,
    /// open / opened, likewise: how much may still become of them.
    pub open_share_basis_points: Option<i64>,
}

/// The cohort, by an index of the openings: as many rows as deals were opened in the period.
const COHORT: &str = "
    SELECT status, count(*) AS deals FROM deals
    WHERE pipeline_id = :pipeline AND opened_at >= :from AND opened_at < :to
      AND (:owner IS NULL OR owner = :owner) AND (:team IS NULL OR team = :team)
    GROUP BY status";

/// Closed deals that are being counted, and the won ones by the whole days that they took.
#[derive(Default)]
struct Counted {
    closed: Closed,
    days: BTreeMap<i64, i64>,
}

pub(super) fn win_loss(connection: &Connection, query: &WinLossQuery) -> Result<WinLoss, QueryError> {
    let pipeline_id = chosen(connection, query.scope.pipeline_id)?.pipeline_id;
    let mut total = Counted::default();
    let mut groups: BTreeMap<String, Counted> = BTreeMap::new();
    closings::each(connection, pipeline_id, &query.scope, |row, closing| {
        total.add(&closing);
        if let Some(key) = key(row, &closing, query.group_by.as_ref())? {
            groups.entry(key).or_default().add(&closing);
        }
        if groups.len() > GROUPS_MAX {
            return Err(QueryError::TooLarge { what: Measure::Rows, limit: GROUPS_MAX });
        }
        Ok(())
    })?;
    Ok(WinLoss {
        total: total.group(String::new()),
        groups: groups.into_iter().map(|(key, counted)| counted.group(key)).collect(),
        cohort: cohort(connection, pipeline_id, &query.scope)?,
    })
}

/// The group that a deal is in, if it is in one.
fn key(
    row: &Row<'_>,
    closing: &Closing,
    group_by: Option<&WinLossGrouping>,
) -> rusqlite::Result<Option<String>> {
    let Some(group_by) = group_by else { return Ok(None) };
    let of_the_lost = |column: &str| match closing.outcome {
        OpportunityStatus::Lost => {
            row.get::<_, Option<String>>(column).map(|key| Some(key.unwrap_or_default()))
        }
        OpportunityStatus::Won | OpportunityStatus::Open => Ok(None),
    };
    match group_by {
        WinLossGrouping::Reason => of_the_lost("lost_reason"),
        WinLossGrouping::Competitor => of_the_lost("competitor"),
        WinLossGrouping::Owner => row.get("owner").map(Some),
        WinLossGrouping::Team => row.get("team").map(Some),
        WinLossGrouping::Segment(field) => {
            let segments: Segments = json(row, "segments")?;
            Ok(Some(segments.get(field).map_or_else(String::new, ToString::to_string)))
        }
    }
}

impl Counted {
    fn add(&mut self, closing: &Closing) {
        let currency = closing.amount.map(|amount| amount.currency);
        let amount = closing.amount.map_or(0, |amount| amount.minor_units);
        self.closed.add(closing.outcome, currency, 1, amount.into(), closing.cycle_micros.into());
        match closing.outcome {
            OpportunityStatus::Won => {
                *self.days.entry(closing.cycle_micros.div_euclid(DAY_MICROS)).or_insert(0) += 1;
            }
            OpportunityStatus::Lost | OpportunityStatus::Open => {}
        }
    }

    fn group(&self, key: String) -> WinLossGroup {
        WinLossGroup {
            key,
            closed: self.closed.view(lower_median(&self.days)),
            value_win_rates: self.closed.value_win_rates(),
        }
    }
}

fn cohort(connection: &Connection, pipeline_id: PipelineId, scope: &SalesScope) -> rusqlite::Result<Cohort> {
    let mut cohort = Cohort::default();
    let mut statement = connection.prepare_cached(COHORT)?;
    let mut rows = statement.query(named_params! {
        ":pipeline": Word(pipeline_id),
        ":from": Micros(scope.from),
        ":to": Micros(scope.to),
        ":owner": scope.owner.as_ref().map(Word),
        ":team": scope.team.as_ref().map(Word),
    })?;
    while let Some(row) = rows.next()? {
        let deals = count(row.get("deals")?)?;
        cohort.opportunities += deals;
        match word(row, "status")? {
            OpportunityStatus::Open => cohort.open = deals,
            OpportunityStatus::Won => cohort.won = deals,
            OpportunityStatus::Lost => cohort.lost = deals,
        }
    }
    let share = |part: u64| basis_points(part.into(), cohort.opportunities.into());
    Ok(Cohort {
        win_rate_basis_points: share(cohort.won),
        open_share_basis_points: share(cohort.open),
        ..cohort
    })
}
