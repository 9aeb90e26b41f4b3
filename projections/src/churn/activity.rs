//! How orders fold: each buyer's rhythm, and the counters over the buyers without a contract.

use rapport_domain::id::ContactId;
use rapport_domain::value::{Date, Money};
use rusqlite::{Connection, OptionalExtension as _, Transaction};

use super::AT_RISK_GAPS;
use crate::column::Word;
use crate::median::lower_median_of;
use crate::wide::Wide;

/// When a buyer bought, in days since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rhythm {
    pub(super) first_day: i64,
    pub(super) last_day: i64,
    pub(super) purchase_days: i64,
    /// Median gap between purchase days.
    pub(super) gap: Option<i64>,
}

impl Rhythm {
    /// The rhythm of purchase days, which are in order; `None` without any.
    pub(super) fn of(days: &[i64]) -> Option<Self> {
        let gaps = days.windows(2).map(|pair| pair[1] - pair[0]).collect();
        Some(Self {
            first_day: *days.first()?,
            last_day: *days.last()?,
            purchase_days: i64::try_from(days.len()).unwrap_or(i64::MAX),
            gap: lower_median_of(gaps),
        })
    }

    /// The last day on which the buyer is not overdue; `usual_gap` serves one that has bought on one day only.
    pub(super) fn due_day(&self, usual_gap: Option<i64>) -> Option<i64> {
        Some(self.last_day + AT_RISK_GAPS * self.gap.or(usual_gap)?)
    }
}

/// A buyer as it is stored.
struct Buyer {
    contracted: bool,
    rhythm: Rhythm,
}

/// A contact placed an order.
pub(super) fn order(
    tx: &Transaction<'_>,
    contact_id: ContactId,
    day: Date,
    value: Option<Money>,
) -> rusqlite::Result<()> {
    let before = buyer(tx, contact_id)?;
    let contracted = match &before {
        Some(buyer) => buyer.contracted,
        None => is_contracted(tx, contact_id)?,
    };
    let is_new_day = !bought_on(tx, contact_id, day.epoch_day())?;
    add_purchase(tx, contact_id, day.epoch_day(), value)?;
    if !contracted && let Some(value) = value {
        add_value(tx, value.currency.code(), 1, value.minor_units.into())?;
    }
    tx.prepare_cached("UPDATE activity SET last_day = max(coalesce(last_day, ?1), ?1)")?
        .execute((day.epoch_day(),))?;
    if !is_new_day {
        return Ok(());
    }
    let Some(rhythm) = Rhythm::of(&purchase_days(tx, contact_id)?) else { return Ok(()) };
    if !contracted {
        if let Some(before) = before {
            count(tx, &before.rhythm, -1)?;
        }
        count(tx, &rhythm, 1)?;
    }
    write(tx, contact_id, contracted, &rhythm)
}

/// A contact has a contract from now on: it is no longer counted as a buyer without one.
pub(super) fn has_contract(tx: &Transaction<'_>, contact_id: ContactId) -> rusqlite::Result<()> {
    let Some(buyer) = buyer(tx, contact_id)? else { return Ok(()) };
    if buyer.contracted {
        return Ok(());
    }
    count(tx, &buyer.rhythm, -1)?;
    let mut values = tx.prepare_cached(
        "SELECT currency, sum(orders), sum(value_millions), sum(value_rest) FROM purchases
         WHERE contact_id = ?1 AND currency <> '' GROUP BY currency",
    )?;
    let mut rows = values.query((Word(contact_id),))?;
    while let Some(row) = rows.next()? {
        let value = Wide { millions: row.get(2)?, rest: row.get(3)? };
        add_value(tx, &row.get::<_, String>(0)?, -row.get::<_, i64>(1)?, -value)?;
    }
    write(tx, contact_id, true, &buyer.rhythm)
}

/// Counts a buyer in or out.
fn count(tx: &Transaction<'_>, rhythm: &Rhythm, sign: i64) -> rusqlite::Result<()> {
    let repeat = i64::from(rhythm.gap.is_some());
    tx.prepare_cached(
        "UPDATE activity SET buyers = buyers + ?1, repeat_buyers = repeat_buyers + ?2,
             purchase_days = purchase_days + ?3",
    )?
    .execute((sign, sign * repeat, sign * rhythm.purchase_days))?;
    if let Some(gap) = rhythm.gap {
        tx.prepare_cached(
            "INSERT INTO gaps VALUES (?1, ?2) ON CONFLICT DO UPDATE SET buyers = buyers + excluded.buyers",
        )?
        .execute((gap, sign))?;
        tx.prepare_cached("DELETE FROM gaps WHERE gap = ?1 AND buyers = 0")?.execute((gap,))?;
    }
    Ok(())
}

fn add_value(tx: &Transaction<'_>, currency: &str, orders: i64, value: Wide) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO order_values VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET orders = orders + excluded.orders,
             value_millions = value_millions + excluded.value_millions, value_rest = value_rest + excluded.value_rest",
    )?
    .execute((currency, orders, value.millions, value.rest))?;
    Ok(())
}

fn add_purchase(
    tx: &Transaction<'_>,
    contact_id: ContactId,
    day: i64,
    value: Option<Money>,
) -> rusqlite::Result<()> {
    let (currency, sum) = value.map_or(("", 0), |value| (value.currency.code(), value.minor_units));
    let sum = Wide::from(sum);
    tx.prepare_cached(
        "INSERT INTO purchases VALUES (?1, ?2, ?3, 1, ?4, ?5) ON CONFLICT DO UPDATE SET orders = orders + 1,
             value_millions = value_millions + excluded.value_millions, value_rest = value_rest + excluded.value_rest",
    )?
    .execute((Word(contact_id), day, currency, sum.millions, sum.rest))?;
    Ok(())
}

fn write(
    tx: &Transaction<'_>,
    contact_id: ContactId,
    contracted: bool,
    rhythm: &Rhythm,
) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT OR REPLACE INTO buyers VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute((
            Word(contact_id),
            contracted,
            rhythm.first_day,
            rhythm.last_day,
            rhythm.purchase_days,
            rhythm.gap,
            rhythm.due_day(None),
        ))
        .map(drop)
}

fn buyer(connection: &Connection, contact_id: ContactId) -> rusqlite::Result<Option<Buyer>> {
    connection
        .prepare_cached(
            "SELECT contracted, first_day, last_day, purchase_days, gap FROM buyers WHERE contact_id = ?1",
        )?
        .query_row((Word(contact_id),), |row| {
            let rhythm = Rhythm {
                first_day: row.get(1)?,
                last_day: row.get(2)?,
                purchase_days: row.get(3)?,
                gap: row.get(4)?,
            };
            Ok(Buyer { contracted: row.get(0)?, rhythm })
        })
        .optional()
}

fn is_contracted(connection: &Connection, contact_id: ContactId) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM contracts WHERE contact_id = ?1)")?
        .query_row((Word(contact_id),), |row| row.get(0))
}

fn bought_on(connection: &Connection, contact_id: ContactId, day: i64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM purchases WHERE contact_id = ?1 AND day = ?2)")?
        .query_row((Word(contact_id), day), |row| row.get(0))
}

fn purchase_days(connection: &Connection, contact_id: ContactId) -> rusqlite::Result<Vec<i64>> {
    connection
        .prepare_cached("SELECT DISTINCT day FROM purchases WHERE contact_id = ?1 ORDER BY day")?
        .query_map((Word(contact_id),), |row| row.get(0))?
        .collect()
}
