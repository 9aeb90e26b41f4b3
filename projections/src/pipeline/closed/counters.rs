//! Closed deals counted by month, owner and team together: what a view that is limited is added up from.

use std::collections::BTreeMap;

use rapport_domain::value::Currency;
use rusqlite::{Connection, Row, Statement, Transaction, named_params};

use super::group::{Group, Groups};
use super::{ClosedDeal, OpportunityStatus};
use crate::column::{Word, word, word_or_empty};
use crate::median::lower_median;
use crate::month::Month;
use crate::pipeline::ClosedView;
use crate::pipeline::sign::Sign;
use crate::pipeline::standing::wide;
use crate::pipeline::tally::Closed;
use crate::pipeline::view::Scope;

const CLOSED: &str = "
    SELECT * FROM closed
    WHERE pipeline_id = :pipeline AND month >= :from AND month <= :to
      AND (:owner IS NULL OR owner = :owner) AND (:team IS NULL OR team = :team)";

/// Each deal once, whatever its fields.
const OF_ALL: &str = "
    SELECT * FROM closed
    WHERE pipeline_id = :pipeline AND segment = '' AND month >= :from AND month <= :to
      AND (:owner IS NULL OR owner = :owner) AND (:team IS NULL OR team = :team)";

const CYCLES: &str = "
    SELECT * FROM cycles
    WHERE pipeline_id = :pipeline AND month >= :from AND month <= :to
      AND (:owner IS NULL OR owner = :owner) AND (:team IS NULL OR team = :team)";

/// Before and after every month, as text is compared.
const FIRST_MONTH: &str = "";
const LAST_MONTH: &str = "~";

/// A group, and its won deals by the whole days that they took.
#[derive(Clone, Default)]
struct Counted {
    closed: Closed,
    days: BTreeMap<i64, i64>,
}

/// Counts a deal, or takes it away again: among all deals, and among those with each of its fields.
pub(super) fn count(tx: &Transaction<'_>, deal: &ClosedDeal, sign: Sign) -> rusqlite::Result<()> {
    count_among(tx, deal, "", "", sign)?;
    deal.segments
        .iter()
        .try_for_each(|(field, value)| count_among(tx, deal, field.as_str(), value.as_str(), sign))
}

fn count_among(
    tx: &Transaction<'_>,
    deal: &ClosedDeal,
    field: &str,
    value: &str,
    sign: Sign,
) -> rusqlite::Result<()> {
    let (amount, base) = (sign.wide(deal.amount), sign.wide(deal.base_amount));
    let cycle = sign.wide(deal.cycle_micros);
    tx.prepare_cached(
        "INSERT INTO closed VALUES (:pipeline, :segment, :month, :outcome, :owner, :team, :value, :currency,
             :base_currency, :deals, :amount_millions, :amount_rest, :base_millions, :base_rest, :cycle_seconds, :cycle_micros)
         ON CONFLICT DO UPDATE SET deals = deals + excluded.deals,
             amount_millions = amount_millions + excluded.amount_millions,
             amount_rest = amount_rest + excluded.amount_rest,
             base_millions = base_millions + excluded.base_millions,
             base_rest = base_rest + excluded.base_rest,
             cycle_seconds = cycle_seconds + excluded.cycle_seconds,
             cycle_micros = cycle_micros + excluded.cycle_micros",
    )?
    .execute(named_params! {
        ":pipeline": Word(deal.pipeline_id),
        ":segment": field,
        ":month": Word(deal.month),
        ":outcome": Word(deal.outcome),
        ":owner": deal.owner,
        ":team": deal.team,
        ":value": value,
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
    if let Some(days) = deal.days_to_win() {
        tx.prepare_cached(
            "INSERT INTO cycles VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT DO UPDATE SET deals = deals + excluded.deals",
        )?
        .execute((
            Word(deal.pipeline_id),
            field,
            Word(deal.month),
            &deal.owner,
            &deal.team,
            value,
            days,
            sign.count(),
        ))?;
    }
    match sign {
        Sign::Plus => Ok(()),
        Sign::Minus => clear(tx, deal, field, value),
    }
}

/// A counter that counts nothing is no row.
fn clear(tx: &Transaction<'_>, deal: &ClosedDeal, field: &str, value: &str) -> rusqlite::Result<()> {
    for delete in [
        "DELETE FROM closed WHERE pipeline_id = ?1 AND segment = ?2 AND month = ?3 AND owner = ?4 AND team = ?5
             AND segment_value = ?6 AND deals = 0",
        "DELETE FROM cycles WHERE pipeline_id = ?1 AND segment = ?2 AND month = ?3 AND owner = ?4 AND team = ?5
             AND segment_value = ?6 AND deals = 0",
    ] {
        let place = (Word(deal.pipeline_id), field, Word(deal.month), &deal.owner, &deal.team, value);
        tx.prepare_cached(delete)?.execute(place)?;
    }
    Ok(())
}

pub(super) fn read(connection: &Connection, scope: &Scope) -> rusqlite::Result<Groups<ClosedView>> {
    let mut groups: Groups<Counted> = Groups::default();
    let mut statement = connection.prepare_cached(CLOSED)?;
    let mut rows = asked(&mut statement, scope)?;
    while let Some(row) = rows.next()? {
        add_counter(&mut groups, row)?;
    }
    let mut statement = connection.prepare_cached(CYCLES)?;
    let mut rows = asked(&mut statement, scope)?;
    while let Some(row) = rows.next()? {
        let (days, deals): (i64, i64) = (row.get("days")?, row.get("deals")?);
        each_group(&mut groups, row, |group| *group.days.entry(days).or_insert(0) += deals)?;
    }
    add_deals_without_field(&mut groups);
    Ok(groups.map(|counted| counted.closed.view(lower_median(&counted.days))))
}

/// Hands over the counters that hold each deal once.
pub(super) fn each_of_all(
    connection: &Connection,
    scope: &Scope,
    mut take: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(OF_ALL)?;
    let mut rows = asked(&mut statement, scope)?;
    while let Some(row) = rows.next()? {
        take(row)?;
    }
    Ok(())
}

fn add_counter(groups: &mut Groups<Counted>, row: &Row<'_>) -> rusqlite::Result<()> {
    let outcome: OpportunityStatus = word(row, "outcome")?;
    let currency: Option<Currency> = word_or_empty(row, "currency")?;
    let deals = row.get("deals")?;
    let amount = wide(row, "amount_millions", "amount_rest")?;
    let cycle_micros = wide(row, "cycle_seconds", "cycle_micros")?;
    each_group(groups, row, |group| group.closed.add(outcome, currency, deals, amount, cycle_micros))
}

/// Counts a row wherever it belongs.
fn each_group(
    groups: &mut Groups<Counted>,
    row: &Row<'_>,
    mut count: impl FnMut(&mut Counted),
) -> rusqlite::Result<()> {
    if row.get_ref("segment")?.as_str()?.is_empty() {
        count(groups.of(Group::All));
        count(groups.of(Group::Month(word(row, "month")?)));
        count(groups.of(Group::Owner(row.get("owner")?)));
        count(groups.of(Group::Team(row.get("team")?)));
    } else {
        count(groups.of(Group::Field(word(row, "segment")?, row.get("segment_value")?)));
    }
    Ok(())
}

/// Deals that do not have a field have no counters of it: they are all deals without those that have it.
fn add_deals_without_field(groups: &mut Groups<Counted>) {
    for values in groups.by_field.values_mut() {
        let mut without = groups.all.clone();
        for counted in values.values() {
            without.closed.take_away(&counted.closed);
            for (days, deals) in &counted.days {
                *without.days.entry(*days).or_insert(0) -= deals;
            }
        }
        if !without.closed.is_empty() {
            values.insert(String::new(), without);
        }
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
