//! The deals that a transaction changes: one that has several events in it is read and written once.

use std::collections::BTreeMap;

use rapport_domain::id::OpportunityId;
use rusqlite::{Connection, Transaction};

use super::Opportunity;
use super::deal::Indexed;

/// Deals that are kept back at most; few in tests, which come to as many.
const DEALS_MAX: usize = if cfg!(test) { 4 } else { 2_000 };

/// What is still to be written.
#[derive(Debug, Clone, Default)]
pub(super) struct Deals {
    changed: BTreeMap<OpportunityId, Changed>,
}

/// A deal, and how it stands in its row.
#[derive(Debug, Clone)]
pub(super) struct Changed {
    /// The position of its opening.
    pub(super) position: i64,
    pub(super) now: Opportunity,
    /// Nothing where it has no row yet.
    pub(super) written: Option<Indexed>,
}

impl Changed {
    pub(super) const fn opened(position: i64, now: Opportunity) -> Self {
        Self { position, now, written: None }
    }
}

impl Deals {
    /// A deal as the events so far left it. Whoever takes it out puts it back.
    pub(super) fn take(
        &mut self,
        connection: &Connection,
        id: OpportunityId,
    ) -> rusqlite::Result<Option<Changed>> {
        if let Some(changed) = self.changed.remove(&id) {
            return Ok(Some(changed));
        }
        let found = Opportunity::find(connection, id)?;
        Ok(found.map(|(position, now)| Changed { position, written: Some(Indexed::of(&now)), now }))
    }

    /// Keeps a deal back; writes all, where they have become many.
    pub(super) fn put(&mut self, tx: &Transaction<'_>, deal: Changed) -> rusqlite::Result<()> {
        self.changed.insert(deal.now.opportunity_id, deal);
        if self.changed.len() > DEALS_MAX { self.settle(tx) } else { Ok(()) }
    }

    /// Writes what is kept back.
    pub(super) fn settle(&mut self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        let mut changed: Vec<Changed> = std::mem::take(&mut self.changed).into_values().collect();
        // As they stand in the table: those that were opened together are on one page.
        changed.sort_by_key(|deal| deal.position);
        changed.iter().try_for_each(|deal| deal.now.write(tx, deal.position, deal.written.as_ref()))
    }
}
