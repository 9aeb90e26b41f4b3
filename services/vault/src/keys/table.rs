//! The SQL of the data keys.

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rapport_domain::id::ContactId;
use rapport_domain::personal::DataClass;
use rapport_domain::value::Instant;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::epochs::{Epoch, Epochs};
use super::{KeyFate, KeyState, SubjectKey, SubjectKeys};
use crate::error::VaultError;
use crate::secret::Secret;

const KID_BYTES: usize = 16;
const FIRST_VERSION: u32 = 1;

/// Whether a subject's keys of a class are there, in use or destroyed.
pub(super) struct Presence {
    pub(super) class: DataClass,
    pub(super) is_destroyed: bool,
}

/// Every key of a subject, unwrapped, oldest version first.
pub(super) fn load(
    connection: &Connection,
    epochs: &Epochs,
    subject: &ContactId,
) -> Result<SubjectKeys, VaultError> {
    let subject = subject.to_string();
    let mut statement = connection.prepare_cached(
        "SELECT kid, class, version, epoch, wrapped FROM deks WHERE subject = ? ORDER BY class, version",
    )?;
    let mut rows = statement.query([&subject])?;
    let mut keys = Vec::with_capacity(DataClass::ALL.len());
    while let Some(row) = rows.next()? {
        let (kid, class): (String, DataClass) = (row.get(0)?, class_named(row.get_ref(1)?.as_str()?)?);
        let (version, epoch, wrapped): (u32, u32, Option<Vec<u8>>) = (row.get(2)?, row.get(3)?, row.get(4)?);
        let state = match wrapped {
            None => KeyState::Destroyed,
            Some(wrapped) => {
                let place = Place { kid: &kid, subject: &subject, class, version, epoch };
                KeyState::Live(place.unwrap(epochs, &wrapped)?)
            }
        };
        keys.push(SubjectKey { kid, class, state });
    }
    Ok(SubjectKeys(keys))
}

/// Which keys a subject has, without unwrapping them.
pub(super) fn presence(connection: &Connection, subject: &ContactId) -> Result<Vec<Presence>, VaultError> {
    let mut statement =
        connection.prepare_cached("SELECT class, destroyed_at IS NOT NULL FROM deks WHERE subject = ?")?;
    let mut rows = statement.query([subject.to_string()])?;
    let mut found = Vec::with_capacity(DataClass::ALL.len());
    while let Some(row) = rows.next()? {
        found.push(Presence { class: class_named(row.get_ref(0)?.as_str()?)?, is_destroyed: row.get(1)? });
    }
    Ok(found)
}

/// Whether a key id is in the table.
pub(super) fn knows(connection: &Connection, kid: &str) -> Result<bool, VaultError> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM deks WHERE kid = ?")?;
    let found: Option<i64> = statement.query_row([kid], |row| row.get(0)).optional()?;
    Ok(found.is_some())
}

/// Makes the first key of a class for a subject, under the newest epoch, which the file asserts.
pub(super) fn insert(
    tx: &Transaction<'_>,
    newest: &Epoch,
    subject: &ContactId,
    class: DataClass,
    now: Instant,
) -> Result<SubjectKey, VaultError> {
    let (kid, text) = (new_kid()?, subject.to_string());
    let (secret, epoch) = (Secret::random()?, newest.number);
    let place = Place { kid: &kid, subject: &text, class, version: FIRST_VERSION, epoch };
    let wrapped = place.wrap(&newest.key, &secret)?;
    let mut statement = tx.prepare_cached(
        "INSERT INTO deks (kid, subject, class, version, epoch, wrapped, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )?;
    let row = params![kid, text, class.as_str(), FIRST_VERSION, epoch, wrapped, now.micros()];
    statement.execute(row)?;
    Ok(SubjectKey { kid, class, state: KeyState::Live(secret) })
}

/// Destroys every key of a subject and marks the classes that had none, so that none is ever made. Leaves word of it
/// for other processes.
pub(super) fn bury(tx: &Transaction<'_>, subject: &ContactId, now: Instant) -> Result<(), VaultError> {
    let text = subject.to_string();
    let mut changed = tx
        .prepare_cached(
            "UPDATE deks SET wrapped = NULL, destroyed_at = ? WHERE subject = ? AND destroyed_at IS NULL",
        )?
        .execute(params![now.micros(), text])?;
    let found = presence(tx, subject)?;
    let mut statement = tx.prepare_cached(
        "INSERT INTO deks (kid, subject, class, version, epoch, created_at, destroyed_at)
         VALUES (?, ?, ?, ?, 0, ?, ?)",
    )?;
    for class in DataClass::ALL {
        if !found.iter().any(|key| key.class == class) {
            let row = params![new_kid()?, text, class.as_str(), FIRST_VERSION, now.micros(), now.micros()];
            changed += statement.execute(row)?;
        }
    }
    if changed > 0 {
        tx.prepare_cached("INSERT INTO destructions (subject) VALUES (?)")?.execute([text])?;
    }
    Ok(())
}

/// Number of the last destruction; 0 while there is none.
pub(super) fn last_destruction(connection: &Connection) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare_cached("SELECT coalesce(max(number), 0) FROM destructions")?;
    statement.query_row([], |row| row.get(0))
}

/// Whose keys were destroyed after destruction `number`, and the number of each, in order.
pub(super) fn destructions_after(
    connection: &Connection,
    number: i64,
) -> Result<Vec<(i64, ContactId)>, VaultError> {
    let mut statement = connection
        .prepare_cached("SELECT number, subject FROM destructions WHERE number > ? ORDER BY number")?;
    let mut rows = statement.query([number])?;
    let mut destroyed = Vec::new();
    while let Some(row) = rows.next()? {
        let subject = ContactId::parse(row.get_ref(1)?.as_str()?)
            .map_err(|_| VaultError::Damaged { part: "a subject" })?;
        destroyed.push((row.get(0)?, subject));
    }
    Ok(destroyed)
}

/// Changes whenever another connection, of this process or another, has written to the file.
pub(super) fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
}

/// Ids of a subject's destroyed keys, and when the last of them was destroyed.
pub(super) fn graves(
    connection: &Connection,
    subject: &ContactId,
) -> Result<(Vec<String>, Instant), VaultError> {
    let mut statement = connection
        .prepare_cached("SELECT kid, destroyed_at FROM deks WHERE subject = ? ORDER BY class, version")?;
    let mut rows = statement.query([subject.to_string()])?;
    let (mut kids, mut last) = (Vec::new(), Instant::MIN);
    while let Some(row) = rows.next()? {
        let at = Instant::from_micros(row.get(1)?).map_err(|_| VaultError::Damaged { part: "a time" })?;
        kids.push(row.get(0)?);
        last = last.max(at);
    }
    Ok((kids, last))
}

/// Wraps up to `limit` keys after row `after` anew that older epochs wrap, under the newest one; how many there were, and
/// the row of the last.
pub(super) fn wrap_anew(
    tx: &Transaction<'_>,
    epochs: &Epochs,
    newest: &Epoch,
    after: i64,
    limit: i64,
) -> Result<(u64, i64), VaultError> {
    let mut older = tx.prepare_cached(
        "SELECT number, kid, subject, class, version, epoch, wrapped FROM deks
         WHERE wrapped IS NOT NULL AND epoch < ? AND number > ? ORDER BY number LIMIT ?",
    )?;
    let mut update = tx.prepare_cached("UPDATE deks SET wrapped = ?, epoch = ? WHERE number = ?")?;
    let mut rows = older.query(params![newest.number, after, limit])?;
    let (mut count, mut last) = (0, after);
    while let Some(row) = rows.next()? {
        let (number, place, wrapped): (i64, _, Vec<u8>) = (row.get(0)?, Place::of(row)?, row.get(6)?);
        let secret = place.unwrap(epochs, &wrapped)?;
        let wrapped = Place { epoch: newest.number, ..place }.wrap(&newest.key, &secret)?;
        update.execute(params![wrapped, newest.number, number])?;
        (count, last) = (count + 1, number);
    }
    Ok((count, last))
}

/// Keys in use that epochs before this one wrap.
pub(super) fn wrapped_before(connection: &Connection, epoch: u32) -> rusqlite::Result<i64> {
    let query = "SELECT count(*) FROM deks WHERE wrapped IS NOT NULL AND epoch < ?";
    connection.query_row(query, [epoch], |row| row.get(0))
}

/// The number of a row, and what its key is like.
type Inspected = (i64, Result<KeyFate, VaultError>);

/// Up to `limit` rows after `number`, and whether each can be read and, given the keys of the epochs, opens.
pub(super) fn inspect(
    connection: &Connection,
    epochs: Option<&Epochs>,
    number: i64,
    limit: i64,
) -> Result<Vec<Inspected>, VaultError> {
    let mut statement = connection.prepare_cached(
        "SELECT number, kid, subject, class, version, epoch, wrapped FROM deks
         WHERE number > ? ORDER BY number LIMIT ?",
    )?;
    let mut rows = statement.query([number, limit])?;
    let mut seen = Vec::new();
    while let Some(row) = rows.next()? {
        seen.push((row.get(0)?, inspect_row(row, epochs)));
    }
    Ok(seen)
}

fn inspect_row(row: &Row<'_>, epochs: Option<&Epochs>) -> Result<KeyFate, VaultError> {
    let place = Place::of(row)?;
    ContactId::parse(place.subject).map_err(|_| VaultError::Damaged { part: "a subject" })?;
    let Some(wrapped) = row.get_ref(6)?.as_blob_or_null()? else { return Ok(KeyFate::Destroyed) };
    if let Some(epochs) = epochs {
        place.unwrap(epochs, wrapped)?;
    }
    Ok(KeyFate::Live)
}

/// What a wrapped data key is bound to: a row whose columns were exchanged does not open.
struct Place<'a> {
    kid: &'a str,
    subject: &'a str,
    class: DataClass,
    version: u32,
    epoch: u32,
}

impl<'r> Place<'r> {
    /// Of a row of number, kid, subject, class, version, epoch.
    fn of(row: &'r Row<'_>) -> Result<Self, VaultError> {
        Ok(Self {
            kid: row.get_ref(1)?.as_str()?,
            subject: row.get_ref(2)?.as_str()?,
            class: class_named(row.get_ref(3)?.as_str()?)?,
            version: row.get(4)?,
            epoch: row.get(5)?,
        })
    }
}

impl Place<'_> {
    fn wrap(&self, epoch_key: &Secret, secret: &Secret) -> Result<Vec<u8>, VaultError> {
        let (version, epoch) = (self.version.to_string(), self.epoch.to_string());
        Ok(epoch_key.wrap(secret, &self.parts(&version, &epoch))?)
    }

    fn unwrap(&self, epochs: &Epochs, wrapped: &[u8]) -> Result<Secret, VaultError> {
        let (version, epoch) = (self.version.to_string(), self.epoch.to_string());
        let found = epochs.find(self.epoch).ok_or(VaultError::UnknownEpoch { epoch: self.epoch })?;
        found
            .key
            .unwrap(wrapped, &self.parts(&version, &epoch))
            .map_err(|_| VaultError::Damaged { part: "data key" })
    }

    fn parts<'b>(&'b self, version: &'b str, epoch: &'b str) -> [&'b str; 6] {
        ["rapport/dek/v1", self.kid, self.subject, self.class.as_str(), version, epoch]
    }
}

/// A new key id: random, so that it says nothing.
fn new_kid() -> Result<String, VaultError> {
    let mut bytes = [0_u8; KID_BYTES];
    rand::fill(&mut bytes)?;
    Ok(format!("dek_{}", URL_SAFE_NO_PAD.encode(bytes)))
}

fn class_named(text: &str) -> Result<DataClass, VaultError> {
    let class = DataClass::ALL.into_iter().find(|class| class.as_str() == text);
    class.ok_or(VaultError::Damaged { part: "a key class" })
}

#[cfg(test)]
mod tests;
