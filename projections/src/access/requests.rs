//! What people asked for about their own data: how each request stands, by the day on which it is due.

use rapport_domain::id::SubjectRequestId;
use rapport_domain::subject_request::Event;
use rapport_domain::value::Label;
use rusqlite::{Connection, Row, Transaction};

use super::{AccessProjection, RequestFilter, RequestStatus, SubjectRequest};
use crate::column::{
    At, Json, Micros, Word, instant, instant_or_null, json, json_or_null, word, word_or_null,
};
use crate::page::{Listing, Page, PageRequest};
use crate::projection::Projected;
use crate::query::QueryError;

/// The day on which a request is due, and the position at which it came in.
type Place = (String, i64);

/// Files what happened to a request, the same way as the aggregate: see `rapport_domain::subject_request`.
pub(super) fn change(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    id: SubjectRequestId,
    happened: &Event,
) -> rusqlite::Result<()> {
    let id = Word(id);
    match happened {
        Event::Received(received) => {
            tx.prepare_cached(
                "INSERT OR IGNORE INTO requests VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, NULL, NULL, 0, NULL)",
            )?
            .execute((
                At(event.position()),
                id,
                Word(received.contact_id),
                Word(received.right),
                received.ground.as_ref().map(Word),
                Word(RequestStatus::Received),
                Micros(event.occurred_at()),
                Json(&received.received_by),
                Word(received.due_on),
            ))?;
        }
        Event::Extended(extended) => {
            tx.prepare_cached("UPDATE requests SET due_on = ?2, extended = 1 WHERE subject_request_id = ?1")?
                .execute((id, Word(extended.due_on)))?;
        }
        Event::Approved(approved) => {
            tx.prepare_cached(
                "UPDATE requests SET status = ?2, approved_by = ?3 WHERE subject_request_id = ?1",
            )?
            .execute((id, Word(RequestStatus::Approved), Json(&approved.approved_by)))?;
        }
        Event::ErasureScheduled(scheduled) => {
            tx.prepare_cached("UPDATE requests SET erase_at = ?2 WHERE subject_request_id = ?1")?
                .execute((id, Micros(scheduled.erase_at)))?;
        }
        Event::ErasureBegun(_) => {
            tx.prepare_cached(
                "UPDATE requests SET erase_at = NULL, erasing = 1 WHERE subject_request_id = ?1",
            )?
            .execute((id,))?;
        }
        Event::ErasureCancelled(_) => {
            tx.prepare_cached(
                "UPDATE requests SET status = ?2, approved_by = NULL, erase_at = NULL, erasing = 0
                 WHERE subject_request_id = ?1",
            )?
            .execute((id, Word(RequestStatus::Received)))?;
        }
        Event::Refused(_) => close(tx, event, &id, RequestStatus::Refused)?,
        Event::Fulfilled(_) => close(tx, event, &id, RequestStatus::Fulfilled)?,
        Event::RecipientsListed(listed) => {
            let mut insert = tx.prepare_cached("INSERT OR IGNORE INTO untold VALUES (?1, ?2)")?;
            for recipient in &listed.recipients {
                insert.execute((&id, Word(recipient)))?;
            }
        }
        Event::RecipientTold(told) => settle(tx, &id, &told.recipient)?,
        Event::RecipientNotTold(not_told) => settle(tx, &id, &not_told.recipient)?,
        Event::DueSoon(_) | Event::Overdue(_) | Event::ArchiveMade(_) => {}
    }
    Ok(())
}

/// That there is nothing more to tell a recipient.
fn settle(tx: &Transaction<'_>, id: &Word<SubjectRequestId>, recipient: &Label) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM untold WHERE subject_request_id = ?1 AND recipient = ?2")?
        .execute((id, Word(recipient)))?;
    Ok(())
}

fn close(
    tx: &Transaction<'_>,
    event: &Projected<'_>,
    id: &Word<SubjectRequestId>,
    status: RequestStatus,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE requests SET status = ?2, closed_at = ?3, erase_at = NULL, erasing = 0
         WHERE subject_request_id = ?1",
    )?
    .execute((id, Word(status), Micros(event.occurred_at())))?;
    Ok(())
}

pub(super) fn list(
    connection: &Connection,
    filter: &RequestFilter,
    page: &PageRequest,
) -> Result<Page<SubjectRequest>, QueryError> {
    let listing: Listing<Place> = Listing::open::<AccessProjection>(&("requests", filter), page)?;
    // Days are written so that their order is that of the texts; an empty text comes before all of them.
    let (due_on, position) = listing.after.clone().unwrap_or_default();
    let rows = connection
        .prepare_cached(
            "SELECT *, (SELECT count(*) FROM untold WHERE untold.subject_request_id = requests.subject_request_id)
                 AS recipients_untold
             FROM requests
             WHERE (due_on, position) > (?1, ?2) AND (?3 IS NULL OR due_on <= ?3)
                 AND (?4 IS NULL OR status = ?4) AND (?5 IS NULL OR contact_id = ?5)
                 AND (NOT ?6 OR recipients_untold > 0)
             ORDER BY due_on, position LIMIT ?7",
        )?
        .query_map(
            (
                due_on,
                position,
                filter.due_by.map(Word),
                filter.status.map(Word),
                filter.contact_id.map(Word),
                filter.recipients_untold,
                i64::try_from(listing.rows()).unwrap_or(i64::MAX),
            ),
            |row| Ok((row.get("position")?, request(row)?)),
        )?
        .collect::<Result<Vec<(i64, SubjectRequest)>, _>>()?;
    let page = listing.page(rows, |(position, request)| (request.due_on.to_string(), *position))?;
    Ok(page.map(|(_, request)| request))
}

fn request(row: &Row<'_>) -> rusqlite::Result<SubjectRequest> {
    Ok(SubjectRequest {
        subject_request_id: word(row, "subject_request_id")?,
        contact_id: word(row, "contact_id")?,
        right: word(row, "asked_for")?,
        ground: word_or_null(row, "ground")?,
        status: word(row, "status")?,
        received_at: instant(row, "received_at")?,
        received_by: json(row, "received_by")?,
        due_on: word(row, "due_on")?,
        extended: row.get("extended")?,
        approved_by: json_or_null(row, "approved_by")?,
        erase_at: instant_or_null(row, "erase_at")?,
        erasing: row.get("erasing")?,
        closed_at: instant_or_null(row, "closed_at")?,
        recipients_untold: row.get("recipients_untold")?,
    })
}
