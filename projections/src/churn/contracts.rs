//! How contracts fold: a customer's movements are computed before and after, and the difference is counted.

use std::collections::BTreeMap;

use rapport_domain::id::{ContactId, SubscriptionId};
use rapport_domain::subscription::{Event, Started};
use rusqlite::{Connection, OptionalExtension as _, Transaction, named_params};

use super::activity;
use super::retention::{Contract, MonthEnd, Movement, Movements, Place, movements};
use crate::column::{At, Json, Micros, Word, instant, json, word};
use crate::month::Month;
use crate::projection::Projected;

pub(super) fn change(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    subscription_id: SubscriptionId,
    happened: &Event,
) -> rusqlite::Result<()> {
    let mrr = match happened {
        Event::Started(started) => return start(tx, event, subscription_id, started),
        Event::AmountChanged(changed) => changed.mrr.minor_units,
        Event::Reactivated(reactivated) => reactivated.mrr.minor_units,
        Event::Paused(_) | Event::Cancelled(_) => 0,
        Event::Renewed(_) => return Ok(()),
    };
    let Some(contact_id) = whose(tx, subscription_id)? else { return Ok(()) };
    let mut customer = Customer::load(tx, contact_id)?;
    let before = customer.movements();
    customer.add(tx, event, subscription_id, mrr)?;
    count_difference(tx, &before, customer.movements())
}

fn start(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    subscription_id: SubscriptionId,
    started: &Started,
) -> rusqlite::Result<()> {
    if whose(tx, subscription_id)?.is_some() {
        return Ok(());
    }
    let mut customer = Customer::load(tx, started.contact_id)?;
    if customer.contracts.is_empty() {
        activity::has_contract(tx, started.contact_id)?;
    }
    let before = customer.movements();
    let contract = Contract {
        currency: started.mrr.currency,
        segments: started.segments.clone(),
        started_at: event.occurred_at(),
    };
    tx.prepare_cached("INSERT INTO contracts VALUES (?1, ?2, ?3, ?4, ?5)")?.execute((
        Word(subscription_id),
        Word(started.contact_id),
        Word(contract.currency),
        Json(&contract.segments),
        Micros(contract.started_at),
    ))?;
    customer.contracts.insert(subscription_id, contract);
    customer.add(tx, event, subscription_id, started.mrr.minor_units)?;
    count_difference(tx, &before, customer.movements())
}

fn whose(connection: &Connection, subscription_id: SubscriptionId) -> rusqlite::Result<Option<ContactId>> {
    connection
        .prepare_cached("SELECT contact_id FROM contracts WHERE subscription_id = ?1")?
        .query_row((Word(subscription_id),), |row| word(row, "contact_id"))
        .optional()
}

/// A contact's contracts, and what they brought, in the order of the months.
struct Customer {
    contact_id: ContactId,
    contracts: BTreeMap<SubscriptionId, Contract>,
    ends: Vec<MonthEnd>,
}

impl Customer {
    fn load(connection: &Connection, contact_id: ContactId) -> rusqlite::Result<Self> {
        let contracts = connection
            .prepare_cached("SELECT * FROM contracts WHERE contact_id = ?1")?
            .query_map((Word(contact_id),), |row| {
                let contract = Contract {
                    currency: word(row, "currency")?,
                    segments: json(row, "segments")?,
                    started_at: instant(row, "started_at")?,
                };
                Ok((word(row, "subscription_id")?, contract))
            })?
            .collect::<Result<_, _>>()?;
        let ends = connection
            .prepare_cached(
                "SELECT * FROM contract_months WHERE contact_id = ?1 ORDER BY month, subscription_id",
            )?
            .query_map((Word(contact_id),), |row| {
                Ok(MonthEnd {
                    month: word(row, "month")?,
                    subscription_id: word(row, "subscription_id")?,
                    mrr: row.get("mrr")?,
                    changed_at: instant(row, "changed_at")?,
                    paid: row.get("paid")?,
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(Self { contact_id, contracts, ends })
    }

    fn movements(&self) -> Movements {
        movements(&self.contracts, &self.ends)
    }

    /// Files what a contract brings from now on, wherever in time that is.
    fn add(
        &mut self,
        tx: &Transaction<'_>,
        event: &Projected<'_>,
        subscription_id: SubscriptionId,
        mrr: i64,
    ) -> rusqlite::Result<()> {
        // The contract's own steps keep their order, whatever times were written down for them: what ended it last
        // has ended it.
        let own = self.ends.iter().filter(|known| known.subscription_id == subscription_id);
        let latest = own.map(|known| known.changed_at).max();
        let changed_at = latest.map_or(event.occurred_at(), |latest| latest.max(event.occurred_at()));
        let month = Month::of(changed_at);
        let end = MonthEnd { month, subscription_id, mrr, changed_at, paid: mrr > 0 };
        self.put(end);
        tx.prepare_cached("INSERT INTO mrr_changes VALUES (?1, ?2, ?3, ?4, ?5)")?.execute((
            Word(self.contact_id),
            Micros(changed_at),
            At(event.position()),
            Word(subscription_id),
            mrr,
        ))?;
        tx.prepare_cached(
            "INSERT INTO contract_months VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO UPDATE SET mrr = excluded.mrr, changed_at = excluded.changed_at,
                 paid = max(paid, excluded.paid)",
        )?
        .execute((
            Word(self.contact_id),
            Word(month),
            Word(subscription_id),
            mrr,
            Micros(changed_at),
            end.paid,
        ))
        .map(drop)
    }

    fn put(&mut self, end: MonthEnd) {
        let place = |end: &MonthEnd| (end.month, end.subscription_id);
        match self.ends.binary_search_by_key(&place(&end), place) {
            Ok(known) => {
                let known = &mut self.ends[known];
                *known = MonthEnd { paid: known.paid || end.paid, ..end };
            }
            Err(new) => self.ends.insert(new, end),
        }
    }
}

fn count_difference(tx: &Transaction<'_>, before: &Movements, mut now: Movements) -> rusqlite::Result<()> {
    for (place, movement) in before {
        now.entry(place.clone()).or_default().take_away(movement);
    }
    let moved = now.iter().filter(|(_, movement)| !movement.is_none());
    moved.into_iter().try_for_each(|(place, movement)| count(tx, place, movement))
}

fn count(tx: &Transaction<'_>, place: &Place, movement: &Movement) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO movements VALUES (:segment, :month, :value, :currency, :cohort, :churned_customers,
             :churned_millions, :churned_rest, :contraction_millions, :contraction_rest, :expansion_millions,
             :expansion_rest, :new_customers, :new_millions, :new_rest, :reactivated_customers, :reactivated_millions,
             :reactivated_rest)
         ON CONFLICT DO UPDATE SET
             churned_customers = churned_customers + excluded.churned_customers,
             churned_millions = churned_millions + excluded.churned_millions,
             churned_rest = churned_rest + excluded.churned_rest,
             contraction_millions = contraction_millions + excluded.contraction_millions,
             contraction_rest = contraction_rest + excluded.contraction_rest,
             expansion_millions = expansion_millions + excluded.expansion_millions,
             expansion_rest = expansion_rest + excluded.expansion_rest,
             new_customers = new_customers + excluded.new_customers,
             new_millions = new_millions + excluded.new_millions,
             new_rest = new_rest + excluded.new_rest,
             reactivated_customers = reactivated_customers + excluded.reactivated_customers,
             reactivated_millions = reactivated_millions + excluded.reactivated_millions,
             reactivated_rest = reactivated_rest + excluded.reactivated_rest",
    )?
    .execute(named_params! {
        ":segment": place.segment,
        ":month": Word(place.month),
        ":value": place.segment_value,
        ":currency": Word(place.currency),
        ":cohort": Word(place.cohort),
        ":churned_customers": movement.churned_customers,
        ":churned_millions": movement.churned.millions,
        ":churned_rest": movement.churned.rest,
        ":contraction_millions": movement.contraction.millions,
        ":contraction_rest": movement.contraction.rest,
        ":expansion_millions": movement.expansion.millions,
        ":expansion_rest": movement.expansion.rest,
        ":new_customers": movement.new_customers,
        ":new_millions": movement.new.millions,
        ":new_rest": movement.new.rest,
        ":reactivated_customers": movement.reactivated_customers,
        ":reactivated_millions": movement.reactivated.millions,
        ":reactivated_rest": movement.reactivated.rest,
    })
    .map(drop)
}
