//! How contacts fold into the directory.

use std::sync::Arc;

use rapport_domain::DomainEvent;
use rapport_domain::contact::{ContactPointEntry, Event, Registered};
use rapport_domain::id::ContactId;
use rapport_domain::value::{ContactPoint, ContactPointKind, Key, Label, Segments};
use rapport_vault::{BlindIndex, Vault, VaultError};
use rusqlite::{OptionalExtension as _, Transaction};

use super::{EMAIL_FIELD, PHONE_FIELD};
use crate::column::{At, Json, Micros, Rev, Word};
use crate::projection::{ProjectError, Projected, Projection};

/// The fold; see the module above.
#[derive(Clone)]
pub(crate) struct DirectoryProjection {
    vault: Arc<Vault>,
}

impl DirectoryProjection {
    pub(crate) const fn new(vault: Arc<Vault>) -> Self {
        Self { vault }
    }
}

impl Projection for DirectoryProjection {
    const NAME: &'static str = "directory";
    const VERSION: u32 = 4;
    const HANDLES: &'static [&'static str] = &[
        "contact.registered.v1",
        "contact.name_corrected.v1",
        "contact.contact_point_added.v1",
        "contact.contact_point_removed.v1",
        "contact.owner_assigned.v1",
        "contact.lifecycle_stage_changed.v1",
        "contact.segment_set.v1",
        "contact.segment_cleared.v1",
        "contact.archived.v1",
        "contact.restored.v1",
        "contact.erased.v1",
        "contact.legal_hold_placed.v1",
        "contact.legal_hold_release_proposed.v1",
        "contact.legal_hold_released.v1",
        "contact.disclosed.v1",
    ];
    const SOURCES: &'static [&'static str] = &[
        include_str!("../directory.rs"),
        include_str!("file.rs"),
        include_str!("project.rs"),
        include_str!("query.rs"),
    ];

    fn schema() -> &'static str {
        include_str!("schema.sql")
    }

    fn project(&mut self, tx: &Transaction<'_>, event: &Projected<'_>) -> Result<(), ProjectError> {
        let DomainEvent::Contact(happened) = event.event else { return Ok(()) };
        let contact_id = event.contact_of_stream()?;
        let id = Word(contact_id);
        match happened {
            Event::Registered(registered) => self.register(tx, event, contact_id, registered)?,
            Event::NameCorrected(corrected) => {
                set(tx, "UPDATE contacts SET name = ?2 WHERE contact_id = ?1", (id, Json(&corrected.name)))?;
            }
            Event::ContactPointAdded(added) => {
                self.add_point(tx, event, contact_id, 0, &added.contact_point)?;
            }
            Event::ContactPointRemoved(removed) => {
                let delete = "DELETE FROM contact_points WHERE contact_id = ?1 AND point_id = ?2";
                set(tx, delete, (id, Word(removed.id)))?;
            }
            Event::OwnerAssigned(assigned) => {
                set(tx, "UPDATE contacts SET owner = ?2 WHERE contact_id = ?1", (id, Word(&assigned.owner)))?;
            }
            Event::LifecycleStageChanged(moved) => {
                let update = "UPDATE contacts SET lifecycle_stage = ?2 WHERE contact_id = ?1";
                set(tx, update, (id, Word(moved.to)))?;
            }
            Event::SegmentSet(field) => set_segment(tx, contact_id, &field.key, Some(&field.value))?,
            Event::SegmentCleared(field) => set_segment(tx, contact_id, &field.key, None)?,
            Event::Archived(_) => set(tx, "UPDATE contacts SET archived = 1 WHERE contact_id = ?1", (id,))?,
            Event::Restored(_) => set(tx, "UPDATE contacts SET archived = 0 WHERE contact_id = ?1", (id,))?,
            Event::Erased(_) => erase(tx, contact_id)?,
            Event::LegalHoldPlaced(_)
            | Event::LegalHoldReleaseProposed(_)
            | Event::LegalHoldReleased(_)
            | Event::Disclosed(_) => {}
        }
        let seen = (Word(contact_id), Rev(event.revision()));
        Ok(set(tx, "UPDATE contacts SET revision = ?2 WHERE contact_id = ?1", seen)?)
    }
}

impl DirectoryProjection {
    fn register(
        &self,
        tx: &Transaction<'_>,
        event: &Projected<'_>,
        contact_id: ContactId,
        registered: &Registered,
    ) -> Result<(), ProjectError> {
        tx.prepare_cached(
            "INSERT INTO contacts (position, contact_id, kind, name, owner, lifecycle_stage, segments, external_ref,
                 registered_at, revision)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute((
            At(event.position()),
            Word(contact_id),
            Word(registered.kind),
            Json(&registered.name),
            registered.owner.as_ref().map(Word),
            Word(registered.lifecycle_stage),
            Json(&registered.segments),
            registered.external_ref.as_ref().map(Word),
            Micros(event.occurred_at()),
            Rev(event.revision()),
        ))?;
        for (ordinal, point) in registered.contact_points.iter().enumerate() {
            self.add_point(tx, event, contact_id, ordinal, point)?;
        }
        Ok(set(tx, "UPDATE totals SET contacts = contacts + 1", ())?)
    }

    fn add_point(
        &self,
        tx: &Transaction<'_>,
        event: &Projected<'_>,
        contact_id: ContactId,
        ordinal: usize,
        entry: &ContactPointEntry,
    ) -> Result<(), ProjectError> {
        let blind = self.blind(contact_id, entry)?;
        tx.prepare_cached("INSERT OR REPLACE INTO contact_points VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute((
                Word(contact_id),
                Word(entry.id),
                At(event.position()),
                i64::try_from(ordinal).unwrap_or(i64::MAX),
                Word(entry.kind),
                Json(&entry.point),
                blind.as_ref().map(BlindIndex::as_str),
            ))?;
        Ok(())
    }

    /// Opens a contact point for as long as it takes to blind it.
    fn blind(
        &self,
        contact_id: ContactId,
        entry: &ContactPointEntry,
    ) -> Result<Option<BlindIndex>, VaultError> {
        let field = match entry.kind {
            ContactPointKind::Email => EMAIL_FIELD,
            ContactPointKind::Phone => PHONE_FIELD,
            ContactPointKind::Postal | ContactPointKind::Social => return Ok(None),
        };
        let opened = self.vault.open_value(&contact_id, entry.point.clone())?;
        Ok(opened.clear().map(|point: &ContactPoint| self.vault.blind(field, point.normalised())))
    }
}

/// Takes away by what somebody could be found again. The sealed name stays: nothing opens it any more.
fn erase(tx: &Transaction<'_>, contact_id: ContactId) -> rusqlite::Result<()> {
    set(tx, "DELETE FROM contact_points WHERE contact_id = ?1", (Word(contact_id),))?;
    let update = "UPDATE contacts SET erased = 1, external_ref = NULL WHERE contact_id = ?1";
    set(tx, update, (Word(contact_id),))
}

fn set(tx: &Transaction<'_>, sql: &str, values: impl rusqlite::Params) -> rusqlite::Result<()> {
    tx.prepare_cached(sql)?.execute(values).map(drop)
}

fn set_segment(
    tx: &Transaction<'_>,
    contact_id: ContactId,
    key: &Key,
    value: Option<&Label>,
) -> rusqlite::Result<()> {
    let select = "SELECT segments FROM contacts WHERE contact_id = ?1";
    let known = tx.prepare_cached(select)?.query_row((Word(contact_id),), |row| row.get(0)).optional()?;
    let Some(Json(mut segments)) = known.map(|known: Json<Segments>| known) else { return Ok(()) };
    match value {
        Some(value) => segments.insert(key.clone(), value.clone()),
        None => segments.remove(key),
    };
    set(tx, "UPDATE contacts SET segments = ?2 WHERE contact_id = ?1", (Word(contact_id), Json(&segments)))
}
