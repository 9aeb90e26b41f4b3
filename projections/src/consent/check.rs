//! Whether a subject may be addressed.

use rapport_domain::consent::Topic;
use rapport_domain::id::ContactId;
use rapport_domain::value::Instant;
use rusqlite::{Connection, OptionalExtension as _};

use super::{DecidingStep, Decision, Verdict};
use crate::column::{At, Micros, Word, instant_or_null, word_or_null};
use crate::query::QueryError;

/// The steps of a subject in the order of the log, of those that had occurred by a time. Few: the aggregate sees to it.
const STEPS: &str = "
    SELECT event_type, position, event_id, consent_id, valid_until FROM steps
    WHERE contact_id = ?1 AND purpose = ?2 AND channel = ?3 AND occurred_at <= ?4
    ORDER BY position";

pub(super) fn decisions(
    connection: &Connection,
    contacts: &[ContactId],
    topic: &Topic,
    at: Instant,
) -> Result<Vec<Decision>, QueryError> {
    contacts.iter().map(|contact_id| decision(connection, *contact_id, topic, at)).collect()
}

fn decision(
    connection: &Connection,
    contact_id: ContactId,
    topic: &Topic,
    at: Instant,
) -> Result<Decision, QueryError> {
    let erased: Option<bool> = connection
        .prepare_cached("SELECT erased FROM contacts WHERE contact_id = ?1")?
        .query_row((Word(contact_id),), |row| row.get(0))
        .optional()?;
    let without_step = |verdict| Ok(Decision { contact_id, verdict, decided_by: None });
    match erased {
        None => return without_step(Verdict::ContactUnknown),
        Some(true) => return without_step(Verdict::ContactErased),
        Some(false) => {}
    }
    let mut statement = connection.prepare_cached(STEPS)?;
    let steps = statement.query_map(
        (Word(contact_id), Word(&topic.purpose), Word(topic.channel), Micros(at)),
        |row| {
            let step = DecidingStep {
                position: row.get::<_, At>("position")?.0,
                event_id: row.get("event_id")?,
                consent_id: word_or_null(row, "consent_id")?,
                valid_until: instant_or_null(row, "valid_until")?,
            };
            Ok((row.get::<_, String>("event_type")?, step))
        },
    )?;
    let (mut verdict, mut decided_by) = (Verdict::NotAsked, None);
    for found in steps {
        let (event_type, step) = found?;
        if let Some(next) = after(verdict, &event_type) {
            (verdict, decided_by) = (next, Some(step));
        }
    }
    let ran_out = decided_by.as_ref().and_then(|step| step.valid_until).is_some_and(|until| until <= at);
    let verdict = if verdict == Verdict::Allowed && ran_out { Verdict::Expired } else { verdict };
    Ok(Decision { contact_id, verdict, decided_by })
}

/// What follows from a step; nothing where it changes nothing: what a subject said no to stays so until they are asked
/// again.
fn after(before: Verdict, event_type: &str) -> Option<Verdict> {
    let ended = [Verdict::Refused, Verdict::Withdrawn, Verdict::Expired].contains(&before);
    match event_type {
        "consent.withdrawn.v1" => Some(Verdict::Withdrawn),
        "consent.given.v1" | "consent.refused.v1" | "consent.expired.v1" if ended => None,
        "consent.given.v1" => Some(Verdict::Allowed),
        "consent.refused.v1" => Some(Verdict::Refused),
        "consent.expired.v1" => Some(Verdict::Expired),
        // A request, and whatever a later version of a step may be: nothing but a consent allows.
        _ => Some(Verdict::NotAnswered),
    }
}
