//! Closed deals counted once for each group: what a view without limits is read from, however long the history is.

use std::collections::BTreeSet;

use rapport_domain::id::PipelineId;
use rapport_domain::value::Key;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, named_params};

use super::ClosedDeal;
use super::group::{Group, Grouping, Groups};
use super::median;
use crate::column::{Word, word, word_or_empty};
use crate::median::lower_median;
use crate::pipeline::ClosedView;
use crate::pipeline::sign::Sign;
use crate::pipeline::standing::wide;
use crate::pipeline::tally::Closed;

/// Fields of which deals without them are counted as they come; of others that is computed when it is asked.
const FIELDS_COUNTED_MAX: usize = if cfg!(test) { 1 } else { 50 };

/// A group, and the median of the whole days that its won deals took.
#[derive(Default)]
struct Total {
    closed: Closed,
    median_days: Option<i64>,
}

/// Counts a deal, or takes it away again, in every group that it is in.
pub(super) fn count(tx: &Transaction<'_>, deal: &ClosedDeal, sign: Sign) -> rusqlite::Result<()> {
    let counted = fields_counted(tx, deal.pipeline_id)?;
    deal.segments
        .keys()
        .filter(|field| !counted.contains(*field))
        .take(FIELDS_COUNTED_MAX.saturating_sub(counted.len()))
        .try_for_each(|field| begin_field(tx, deal.pipeline_id, field))?;
    for group in groups_of(deal, counted) {
        let group = group_id(tx, deal.pipeline_id, group)?;
        count_in(tx, deal, group, sign)?;
        if let Some(days) = deal.days_to_win() {
            median::count(tx, group, days, sign)?;
        }
    }
    Ok(())
}

/// Of each field that is counted, a deal is in the group of its value, or in that of none.
fn groups_of(deal: &ClosedDeal, counted: BTreeSet<Key>) -> impl Iterator<Item = Group> {
    let (owner, team) = (Group::Owner(deal.owner.clone()), Group::Team(deal.team.clone()));
    let values = deal.segments.iter().map(|(field, value)| Group::Field(field.clone(), value.to_string()));
    let without =
        counted.into_iter().filter(move |field| !deal.segments.contains_key(field)).map(Group::Without);
    [Group::All, Group::Month(deal.month), owner, team].into_iter().chain(values).chain(without)
}

/// The first fields that closed deals have or had.
fn fields_counted(connection: &Connection, pipeline_id: PipelineId) -> rusqlite::Result<BTreeSet<Key>> {
    connection
        .prepare_cached("SELECT field FROM closed_groups WHERE pipeline_id = ?1 AND grouping = ?2")?
        .query_map((Word(pipeline_id), Word(Grouping::Without)), |row| word(row, 0))?
        .collect()
}

/// Begins to tell deals apart by a field: until now, all were without it.
fn begin_field(tx: &Transaction<'_>, pipeline_id: PipelineId, field: &Key) -> rusqlite::Result<()> {
    let all = group_id(tx, pipeline_id, Group::All)?;
    let without = group_id(tx, pipeline_id, Group::Without(field.clone()))?;
    for copy in [
        "UPDATE closed_groups SET (won, median_days, quicker) =
             (SELECT won, median_days, quicker FROM closed_groups WHERE group_id = ?1) WHERE group_id = ?2",
        "INSERT INTO closed_totals
         SELECT ?2, outcome, currency, base_currency, deals, amount_millions, amount_rest, base_millions, base_rest,
             cycle_seconds, cycle_micros
         FROM closed_totals WHERE group_id = ?1",
        "INSERT INTO cycle_totals SELECT ?2, days, deals FROM cycle_totals WHERE group_id = ?1",
    ] {
        tx.prepare_cached(copy)?.execute((all, without))?;
    }
    Ok(())
}

/// The row of a group, which is made when it is first spoken of.
fn group_id(tx: &Transaction<'_>, pipeline_id: PipelineId, group: Group) -> rusqlite::Result<i64> {
    let (grouping, field, value) = group.columns();
    let place = named_params! {
        ":pipeline": Word(pipeline_id), ":grouping": Word(grouping), ":field": field, ":value": value,
    };
    let found = tx
        .prepare_cached(
            "SELECT group_id FROM closed_groups
             WHERE pipeline_id = :pipeline AND grouping = :grouping AND field = :field AND value = :value",
        )?
        .query_row(place, |row| row.get(0))
        .optional()?;
    match found {
        Some(group_id) => Ok(group_id),
        None => {
            tx.prepare_cached(
                "INSERT INTO closed_groups (pipeline_id, grouping, field, value, won, median_days, quicker)
                 VALUES (:pipeline, :grouping, :field, :value, 0, 0, 0)",
            )?
            .execute(place)?;
            Ok(tx.last_insert_rowid())
        }
    }
}

fn count_in(tx: &Transaction<'_>, deal: &ClosedDeal, group: i64, sign: Sign) -> rusqlite::Result<()> {
    let (amount, base) = (sign.wide(deal.amount), sign.wide(deal.base_amount));
    let cycle = sign.wide(deal.cycle_micros);
    tx.prepare_cached(
        "INSERT INTO closed_totals VALUES (:group, :outcome, :currency, :base_currency, :deals,
             :amount_millions, :amount_rest, :base_millions, :base_rest, :cycle_seconds, :cycle_micros)
         ON CONFLICT DO UPDATE SET deals = deals + excluded.deals,
             amount_millions = amount_millions + excluded.amount_millions,
             amount_rest = amount_rest + excluded.amount_rest,
             base_millions = base_millions + excluded.base_millions,
             base_rest = base_rest + excluded.base_rest,
             cycle_seconds = cycle_seconds + excluded.cycle_seconds,
             cycle_micros = cycle_micros + excluded.cycle_micros",
    )?
    .execute(named_params! {
        ":group": group,
        ":outcome": Word(deal.outcome),
        ":currency": deal.currency,
        ":base_currency": deal.base_currency,
        ":deals": sign.count(),
        ":amount_millions": amount.millions,
        ":amount_rest": amount.rest,
        ":base_millions": base.millions,
        ":base_rest": base.rest,
        ":cycle_seconds": cycle.millions,
        ":cycle_micros": cycle.rest,
    })?;
    match sign {
        Sign::Plus => Ok(()),
        Sign::Minus => tx
            .prepare_cached("DELETE FROM closed_totals WHERE group_id = ?1 AND deals = 0")?
            .execute((group,))
            .map(drop),
    }
}

/// A total, behind the group that it is of. Read by place: a name would be looked up anew in every row.
const TOTALS: &str = "
    SELECT grouping, field, value, won, median_days,
        outcome, currency, deals, amount_millions, amount_rest, cycle_seconds, cycle_micros
    FROM closed_groups JOIN closed_totals USING (group_id) WHERE pipeline_id = ?1";

/// The totals of the group that holds each deal once.
const OF_ALL: &str = "
    SELECT * FROM closed_groups JOIN closed_totals USING (group_id)
    WHERE pipeline_id = ?1 AND grouping = 'all'";

/// What took so many days among all deals, less what did among those that have a field.
const WITHOUT_FIELD: &str = "
    SELECT days, sum(CASE grouping WHEN 'all' THEN deals ELSE -deals END)
    FROM closed_groups JOIN cycle_totals USING (group_id)
    WHERE pipeline_id = ?1 AND (grouping = 'all' OR (grouping = 'field' AND field = ?2))
    GROUP BY days";

pub(super) fn read(connection: &Connection, pipeline_id: PipelineId) -> rusqlite::Result<Groups<ClosedView>> {
    let mut groups: Groups<Total> = Groups::default();
    let mut statement = connection.prepare_cached(TOTALS)?;
    let mut rows = statement.query((Word(pipeline_id),))?;
    while let Some(row) = rows.next()? {
        let total = groups.of(Group::from_row(row)?);
        let won: i64 = row.get(3)?;
        total.median_days = if won > 0 { Some(row.get(4)?) } else { None };
        let (outcome, currency) = (word(row, 5)?, word_or_empty(row, 6)?);
        total.closed.add(outcome, currency, row.get(7)?, wide(row, 8, 9)?, wide(row, 10, 11)?);
    }
    // Of a field that no closed deal has any more, nothing is to be told.
    groups.by_field.retain(|_, values| values.keys().any(|value| !value.is_empty()));
    add_deals_without_field(connection, pipeline_id, &mut groups)?;
    Ok(groups.map(|total| total.closed.view(total.median_days)))
}

/// Hands over the totals that hold each deal once.
pub(super) fn each_of_all(
    connection: &Connection,
    pipeline_id: PipelineId,
    mut take: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(OF_ALL)?;
    let mut rows = statement.query((Word(pipeline_id),))?;
    while let Some(row) = rows.next()? {
        take(row)?;
    }
    Ok(())
}

/// Of a field that is not counted, deals without it are all deals without those that have it.
fn add_deals_without_field(
    connection: &Connection,
    pipeline_id: PipelineId,
    groups: &mut Groups<Total>,
) -> rusqlite::Result<()> {
    let counted = fields_counted(connection, pipeline_id)?;
    for (field, values) in groups.by_field.iter_mut().filter(|(field, _)| !counted.contains(*field)) {
        let mut closed = groups.all.closed.clone();
        values.values().for_each(|total| closed.take_away(&total.closed));
        if !closed.is_empty() {
            let days = connection
                .prepare_cached(WITHOUT_FIELD)?
                .query_map((Word(pipeline_id), field.as_str()), |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            values.insert(String::new(), Total { closed, median_days: lower_median(&days) });
        }
    }
    Ok(())
}
