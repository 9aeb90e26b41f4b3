//! Who is about to be erased: whoever has an approved request for it is addressed no more, unless that is taken back.
//!
//! As with who was erased, it does not matter when: what was known at a time before the approval is asked as of then.

use rapport_domain::envelope::Position;
use rapport_domain::id::ContactId;
use rapport_domain::subject_request::{Event, Right};
use rusqlite::{Connection, OptionalExtension as _, Transaction};

use super::DecidingStep;
use crate::column::{At, Word};
use crate::projection::Projected;

/// Takes in what happened to a subject's request.
pub(super) fn take(tx: &Transaction<'_>, event: &Projected<'_>, happened: &Event) -> rusqlite::Result<()> {
    let request_id = event.recorded.stream.id();
    match happened {
        Event::Received(received) if received.right == Right::Erasure => {
            tx.prepare_cached("INSERT OR IGNORE INTO erasures (request_id, contact_id) VALUES (?1, ?2)")?
                .execute((request_id, Word(received.contact_id)))?;
        }
        Event::Approved(_) => {
            tx.prepare_cached("UPDATE erasures SET position = ?2, event_id = ?3 WHERE request_id = ?1")?
                .execute((request_id, At(event.position()), event.recorded.id.to_string()))?;
        }
        Event::ErasureCancelled(_) | Event::Refused(_) => {
            tx.prepare_cached("UPDATE erasures SET position = NULL, event_id = NULL WHERE request_id = ?1")?
                .execute((request_id,))?;
        }
        // What was fulfilled stays as it is: the contact is erased, which says more.
        Event::Received(_)
        | Event::Extended(_)
        | Event::Fulfilled(_)
        | Event::ErasureScheduled(_)
        | Event::ErasureBegun(_)
        | Event::DueSoon(_)
        | Event::Overdue(_)
        | Event::ArchiveMade(_)
        | Event::RecipientsListed(_)
        | Event::RecipientTold(_)
        | Event::RecipientNotTold(_) => {}
    }
    Ok(())
}

/// The approval by which somebody is about to be erased, the first one where there are several.
pub(super) fn approval(
    connection: &Connection,
    contact_id: ContactId,
) -> rusqlite::Result<Option<DecidingStep>> {
    let approved: Option<(Position, String)> = connection
        .prepare_cached(
            "SELECT position, event_id FROM erasures WHERE contact_id = ?1 AND position IS NOT NULL
             ORDER BY position LIMIT 1",
        )?
        .query_row((Word(contact_id),), |row| Ok((row.get::<_, At>(0)?.0, row.get(1)?)))
        .optional()?;
    let step =
        |(position, event_id)| DecidingStep { position, event_id, consent_id: None, valid_until: None };
    Ok(approved.map(step))
}
