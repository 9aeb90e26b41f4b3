//! Who the subjects are, and how they are reached.

use rapport_domain::contact::{ContactPointEntry, Event};
use rapport_domain::id::ContactId;
use rapport_domain::personal::Personal;
use rapport_domain::value::ContactPoint;
use rusqlite::{Connection, Transaction};

use crate::column::{Json, Word, json};

/// Takes in what happened to a contact.
pub(super) fn take(tx: &Transaction<'_>, contact_id: ContactId, happened: &Event) -> rusqlite::Result<()> {
    let id = Word(contact_id);
    match happened {
        Event::Registered(registered) => {
            tx.prepare_cached("INSERT OR IGNORE INTO contacts (contact_id) VALUES (?1)")?.execute((id,))?;
            registered.contact_points.iter().try_for_each(|point| add_point(tx, contact_id, point))
        }
        Event::ContactPointAdded(added) => add_point(tx, contact_id, &added.contact_point),
        Event::ContactPointRemoved(removed) => {
            tx.prepare_cached("DELETE FROM contact_points WHERE contact_id = ?1 AND point_id = ?2")?
                .execute((id, Word(removed.id)))?;
            Ok(())
        }
        Event::Erased(_) => {
            tx.prepare_cached("DELETE FROM contact_points WHERE contact_id = ?1")?
                .execute((Word(contact_id),))?;
            tx.prepare_cached("UPDATE contacts SET erased = 1 WHERE contact_id = ?1")?.execute((id,))?;
            Ok(())
        }
        Event::NameCorrected(_)
        | Event::OwnerAssigned(_)
        | Event::LifecycleStageChanged(_)
        | Event::SegmentSet(_)
        | Event::SegmentCleared(_)
        | Event::Archived(_)
        | Event::Restored(_)
        | Event::LegalHoldPlaced(_)
        | Event::LegalHoldReleaseProposed(_)
        | Event::LegalHoldReleased(_)
        | Event::Disclosed(_) => Ok(()),
    }
}

fn add_point(tx: &Transaction<'_>, contact_id: ContactId, entry: &ContactPointEntry) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT OR REPLACE INTO contact_points VALUES (?1, ?2, ?3)")?.execute((
        Word(contact_id),
        Word(entry.id),
        Json(&entry.point),
    ))?;
    Ok(())
}

/// How a contact is reached. Sealed. Few: the aggregate sees to it.
pub(super) fn points(
    connection: &Connection,
    contact_id: ContactId,
) -> rusqlite::Result<Vec<Personal<ContactPoint>>> {
    connection
        .prepare_cached("SELECT point FROM contact_points WHERE contact_id = ?1")?
        .query_map((Word(contact_id),), |row| json(row, "point"))?
        .collect()
}
