//! Whether a subject may be addressed.

use rapport_domain::consent::Topic;
use rapport_domain::id::ContactId;
use rapport_domain::value::Instant;
use rusqlite::{Connection, OptionalExtension as _};

use super::{ConsentStatus, DecidingStep, Decision, Verdict};
use crate::column::{At, Micros, Word, instant_or_null, word, word_or_null};
use crate::query::QueryError;

/// The steps of a subject in the order of the log, of those that had occurred by a time. Few: the aggregate sees to it.
const STEPS: &str = "
    SELECT status, position, event_id, consent_id, valid_until FROM steps
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
            Ok((word::<ConsentStatus>(row, "status")?, step))
        },
    )?;
    let (mut status, mut decided_by) = (None, None);
    for found in steps {
        let (said, step) = found?;
        if let Some(next) = ConsentStatus::after(status, said) {
            (status, decided_by) = (Some(next), Some(step));
        }
    }
    let ran_out = decided_by.as_ref().and_then(|step| step.valid_until).is_some_and(|until| until <= at);
    Ok(Decision { contact_id, verdict: verdict(status, ran_out), decided_by })
}

const fn verdict(status: Option<ConsentStatus>, ran_out: bool) -> Verdict {
    match status {
        None => Verdict::NotAsked,
        Some(ConsentStatus::Requested) => Verdict::NotAnswered,
        Some(ConsentStatus::Given) if ran_out => Verdict::Expired,
        Some(ConsentStatus::Given) => Verdict::Allowed,
        Some(ConsentStatus::Refused) => Verdict::Refused,
        Some(ConsentStatus::Withdrawn) => Verdict::Withdrawn,
        Some(ConsentStatus::Expired) => Verdict::Expired,
    }
}
