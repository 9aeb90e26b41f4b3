//! Visits of deals to stages.

use rapport_domain::value::Instant;
use rusqlite::{Transaction, named_params};

use super::deal::Deal;
use crate::column::{Micros, Word};

/// Brings the visits of a deal to what it has become: the one that lasts is told anew, or ends where the next one begins.
pub(super) fn follow(
    tx: &Transaction<'_>,
    before: Option<&Deal>,
    now: &Deal,
    occurred_at: Instant,
) -> rusqlite::Result<()> {
    if let Some(before) = before {
        if before.visit == now.visit {
            return tell_anew(tx, now);
        }
        tx.prepare_cached("UPDATE visits SET left_at = ?2, left_to = ?3 WHERE position = ?1")?.execute((
            before.visit,
            Micros(occurred_at),
            Word(&now.stage),
        ))?;
    }
    begin(tx, now, occurred_at)
}

fn tell_anew(tx: &Transaction<'_>, deal: &Deal) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE visits SET owner = ?2, team = ?3, amount = ?4, currency = ?5 WHERE position = ?1",
    )?
    .execute((
        deal.visit,
        deal.owner(),
        deal.team(),
        deal.amount.map(|amount| amount.minor_units),
        deal.amount.map(|amount| Word(amount.currency)),
    ))
    .map(drop)
}

fn begin(tx: &Transaction<'_>, deal: &Deal, entered_at: Instant) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO visits VALUES (:position, :deal, :pipeline, :stage, :status,
             (SELECT count(*) FROM visits WHERE deal = :deal AND stage = :stage),
             :entered_at, NULL, NULL, :owner, :team, :amount, :currency)",
    )?
    .execute(named_params! {
        ":position": deal.visit,
        ":deal": deal.position,
        ":pipeline": Word(deal.pipeline_id),
        ":stage": Word(&deal.stage),
        ":status": Word(deal.status),
        ":entered_at": Micros(entered_at),
        ":owner": deal.owner(),
        ":team": deal.team(),
        ":amount": deal.amount.map(|amount| amount.minor_units),
        ":currency": deal.amount.map(|amount| Word(amount.currency)),
    })
    .map(drop)
}
