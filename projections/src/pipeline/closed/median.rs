//! The median of a group, kept while won deals come and go: which number of whole days stands in the middle, and how many
//! deals took fewer. A deal moves the middle to a neighbour at most, so that a change costs a few probes of an index
//! however many deals there are, and a question none.

use std::cmp::Ordering;

use rusqlite::{Connection, Row, Transaction};

use crate::pipeline::sign::Sign;

/// The middle of a group's won deals, by the whole days that they took.
struct Middle {
    won: i64,
    /// Days of the deal in the middle, or of the lower of two.
    days: i64,
    /// Won deals that took fewer days.
    quicker: i64,
}

/// Counts a won deal of a group that took so many days, or takes it away again.
pub(super) fn count(tx: &Transaction<'_>, group: i64, days: i64, sign: Sign) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO cycle_totals VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET deals = deals + excluded.deals",
    )?
    .execute((group, days, sign.count()))?;
    let mut middle = Middle::find(tx, group)?;
    if middle.won == 0 {
        middle.days = days;
    } else if days < middle.days {
        middle.quicker += sign.count();
    }
    middle.won += sign.count();
    middle.settle(tx, group)?;
    match sign {
        Sign::Plus => {}
        Sign::Minus => {
            tx.prepare_cached("DELETE FROM cycle_totals WHERE group_id = ?1 AND days = ?2 AND deals = 0")?
                .execute((group, days))?;
        }
    }
    middle.write(tx, group)
}

impl Middle {
    fn find(tx: &Connection, group: i64) -> rusqlite::Result<Self> {
        let middle = |row: &Row<'_>| Ok(Self { won: row.get(0)?, days: row.get(1)?, quicker: row.get(2)? });
        tx.prepare_cached("SELECT won, median_days, quicker FROM closed_groups WHERE group_id = ?1")?
            .query_row((group,), middle)
    }

    /// Goes to the neighbour, where the deal in the middle took as many days.
    fn settle(&mut self, tx: &Connection, group: i64) -> rusqlite::Result<()> {
        let before_middle = (self.won - 1).max(0) / 2;
        let here = deals_of(tx, group, self.days)?;
        if self.won == 0 || (self.quicker..self.quicker + here).contains(&before_middle) {
            return Ok(());
        }
        match self.quicker.cmp(&before_middle) {
            Ordering::Greater => {
                let (days, deals) = neighbour(tx, FEWER, group, self.days)?;
                self.quicker -= deals;
                self.days = days;
            }
            Ordering::Less | Ordering::Equal => {
                self.quicker += here;
                (self.days, _) = neighbour(tx, MORE, group, self.days)?;
            }
        }
        Ok(())
    }

    fn write(&self, tx: &Connection, group: i64) -> rusqlite::Result<()> {
        tx.prepare_cached(
            "UPDATE closed_groups SET won = ?2, median_days = ?3, quicker = ?4 WHERE group_id = ?1",
        )?
        .execute((group, self.won, self.days, self.quicker))
        .map(drop)
    }
}

const FEWER: &str = "SELECT days, deals FROM cycle_totals WHERE group_id = ?1 AND days < ?2 AND deals > 0
     ORDER BY days DESC LIMIT 1";
const MORE: &str = "SELECT days, deals FROM cycle_totals WHERE group_id = ?1 AND days > ?2 AND deals > 0
     ORDER BY days LIMIT 1";

fn neighbour(tx: &Connection, which: &str, group: i64, days: i64) -> rusqlite::Result<(i64, i64)> {
    tx.prepare_cached(which)?.query_row((group, days), |row| Ok((row.get(0)?, row.get(1)?)))
}

fn deals_of(tx: &Connection, group: i64, days: i64) -> rusqlite::Result<i64> {
    tx.prepare_cached(
        "SELECT coalesce((SELECT deals FROM cycle_totals WHERE group_id = ?1 AND days = ?2), 0)",
    )?
    .query_row((group, days), |row| row.get(0))
}
