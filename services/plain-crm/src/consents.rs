//! Whether somebody may be addressed, as a CRM keeps it: a row for each purpose and channel, and one for each opt-out.

use rapport_domain::consent::{Channel, Event, Topic};
use rapport_domain::suppression::{self, Kind, Scope};
use rapport_domain::value::Instant;
use rusqlite::Connection;

use crate::take::execute;
use crate::{PlainCrm, PlainError};

const MAY: &str = "SELECT EXISTS (SELECT 1 FROM consents WHERE contact_id = ?1 AND purpose = ?2 AND channel = ?3
        AND status = 'given' AND (valid_until IS NULL OR valid_until > ?4))
    AND NOT EXISTS (SELECT 1 FROM opt_outs WHERE contact_id = ?1 AND purpose IN (?2, '') AND channel IN (?3, ''))";

impl PlainCrm {
    /// Whether a contact may be addressed at a time, by what the rows say now.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn may_address(&self, contact: &str, topic: &Topic, at: Instant) -> Result<bool, PlainError> {
        let key = (contact, topic.purpose.as_str(), word(topic.channel), at.micros());
        Ok(self.connection.prepare_cached(MAY)?.query_row(key, |row| row.get(0))?)
    }
}

pub(crate) fn take(tx: &Connection, id: &str, happened: &Event) -> rusqlite::Result<()> {
    let (status, until) = match happened {
        Event::Requested(_) => ("requested", None),
        Event::Given(given) => ("given", given.valid_until),
        Event::Refused(_) => ("refused", None),
        Event::Withdrawn(_) => ("withdrawn", None),
        Event::Expired(expired) => ("expired", Some(expired.valid_until)),
        Event::ConfirmationRequested(_) => ("pending", None),
        Event::Renewed(renewed) => ("given", renewed.valid_until),
        Event::Revoked(_) => ("revoked", None),
        Event::Invalidated(_) => ("invalid", None),
        // It counts until somebody else agrees.
        Event::InvalidationProposed(_) => return Ok(()),
    };
    let Topic { purpose, channel } = happened.topic();
    let replace = "INSERT OR REPLACE INTO consents VALUES (?1, ?2, ?3, ?4, ?5)";
    execute(tx, replace, (id, purpose.as_str(), word(*channel), status, until.map(Instant::micros)))
}

pub(crate) fn take_suppression(
    tx: &Connection,
    id: &str,
    happened: &suppression::Event,
) -> rusqlite::Result<()> {
    use suppression::Event;
    const RAISE: &str = "INSERT OR IGNORE INTO opt_outs VALUES (?1, ?2, ?3, ?4)";
    const LIFT: &str =
        "DELETE FROM opt_outs WHERE contact_id = ?1 AND kind = ?2 AND purpose = ?3 AND channel = ?4";
    match happened {
        Event::Raised(raised) => execute(tx, RAISE, opt_out(id, raised.kind, &raised.scope)),
        Event::Lifted(lifted) => execute(tx, LIFT, opt_out(id, lifted.kind, &lifted.scope)),
        Event::LiftRequested(_) | Event::Retained(_) => Ok(()),
    }
}

fn opt_out<'a>(id: &'a str, kind: Kind, scope: &'a Scope) -> (&'a str, &'static str, &'a str, &'static str) {
    let kind = match kind {
        Kind::Objection => "objection",
        Kind::OptOutSignal => "signal",
        Kind::Unsubscribe => "unsubscribe",
    };
    let purpose = scope.purpose.as_ref().map_or("", |purpose| purpose.as_str());
    (id, kind, purpose, scope.channel.map_or("", word))
}

const fn word(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "email",
        Channel::Sms => "sms",
        Channel::Voice => "voice",
        Channel::Push => "push",
        Channel::Post => "post",
        Channel::InApp => "in_app",
    }
}
