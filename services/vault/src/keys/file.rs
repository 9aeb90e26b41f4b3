//! The key file: made, or opened and checked against the root key.
//!
//! The root key, spread by HKDF with the file's own salt, wraps the keys of epochs and the blind-index key, and gives
//! the keys of pseudonyms and of the suppression list. A check value beside the salt tells a wrong root key before
//! anything is unwrapped.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use aws_lc_rs::{constant_time, rand};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior, params};

use super::epochs::{self, Epochs};
use super::now;
use crate::error::OpenError;
use crate::root_key::RootKey;
use crate::secret::{SALT_BYTES, SECRET_BYTES, Secret};

/// The newest form of the key file that this build reads, and the one that it writes.
const FORMAT: u32 = 3;
const FIRST_EPOCH: u32 = 1;
const FILE_MODE: u32 = 0o600;
/// Longest wait for another process, such as a backup, that holds the file.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Pause between two attempts where SQLite does not wait by itself.
const BUSY_PAUSE: Duration = Duration::from_millis(5);
/// Extension of the file that is locked while a process opens the key file.
const TURN_EXTENSION: &str = "lock";
const CHECK_BYTES: usize = 16;
const CHECK_INFO: &[u8] = b"rapport/root/v1/check";
const WRAP_INFO: &[u8] = b"rapport/root/v1/wrap";
const BLIND_PLACE: &[&str] = &["rapport/blind-key/v1"];
const PSEUDONYM_INFO: &[u8] = b"rapport/pseudonym/v1/key";
const SUPPRESSION_INFO: &[u8] = b"rapport/suppression/v1/key";

/// Rows of `deks` are added at the end and never taken away, so that no page is split or merged: a wrapped key
/// stays where it was written, and is gone once it is overwritten there. `keks` holds keys of epochs from before format 3.
const SCHEMA: &str = "
    CREATE TABLE meta (
        only_row    INTEGER PRIMARY KEY CHECK (only_row = 1),
        format      INTEGER NOT NULL,
        root_salt   BLOB NOT NULL,
        root_check  BLOB NOT NULL,
        blind_key   BLOB NOT NULL
    ) STRICT;
    CREATE TABLE keks (
        epoch       INTEGER PRIMARY KEY,
        wrapped     BLOB NOT NULL
    ) STRICT;
    CREATE TABLE deks (
        number       INTEGER PRIMARY KEY,
        kid          TEXT NOT NULL,
        subject      TEXT NOT NULL,
        class        TEXT NOT NULL,
        version      INTEGER NOT NULL,
        epoch        INTEGER NOT NULL,
        wrapped      BLOB,
        created_at   INTEGER NOT NULL,
        destroyed_at INTEGER,
        CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
    ) STRICT;
    CREATE UNIQUE INDEX deks_kid_key ON deks (kid);
    CREATE UNIQUE INDEX deks_subject_class_version_key ON deks (subject, class, version);
    CREATE TRIGGER deks_stay BEFORE DELETE ON deks
        BEGIN SELECT RAISE(ABORT, 'a key is destroyed, its row stays'); END;
    CREATE TRIGGER deks_stay_destroyed BEFORE UPDATE ON deks WHEN OLD.destroyed_at IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'a destroyed key does not come back'); END;
";

/// New in format 2: whose keys were destroyed, in order, so that other processes learn of it.
const DESTRUCTIONS: &str = "
    CREATE TABLE destructions (
        number      INTEGER PRIMARY KEY,
        subject     TEXT NOT NULL
    ) STRICT;
    CREATE TRIGGER destructions_stay BEFORE DELETE ON destructions
        BEGIN SELECT RAISE(ABORT, 'a destruction stays'); END;
";

/// An open key file.
pub(crate) struct KeyFile {
    /// The connection that changes it.
    pub(crate) writer: Connection,
    /// A connection that reads it.
    pub(crate) reader: Connection,
    /// Its epochs in use.
    pub(crate) epochs: Epochs,
    /// Its keys of digests.
    pub(crate) digest_keys: DigestKeys,
}

/// The keys of digests over every subject's values, one a purpose.
pub(crate) struct DigestKeys {
    /// Of blind indexes.
    pub(crate) blind: Secret,
    /// Of pseudonyms.
    pub(crate) pseudonym: Secret,
    /// Of the suppression list.
    pub(crate) suppression: Secret,
}

impl KeyFile {
    /// Opens the file, or makes it where there is none.
    pub(crate) fn open(path: &Path, root: &RootKey) -> Result<Self, OpenError> {
        let _opening = wait_for_turn(path)?;
        create_empty(path)?;
        let mut writer = connect(path)?;
        force_again(&writer)?;
        let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let is_new = is_empty(&tx)?;
        if is_new {
            make(&tx, root)?;
        }
        let (mut epochs, digest_keys) = unlock(&tx, root)?;
        upgrade(&tx)?;
        if is_new {
            let now = now().map_err(|error| OpenError::Storage { reason: error.to_string() })?;
            epochs.begin::<OpenError>(&tx, FIRST_EPOCH, now)?;
        }
        follow(&mut epochs, &tx)?;
        tx.commit()?;
        // A rotation may have been killed before it did. What cannot be taken away now is left to the next start.
        let _: Result<(), OpenError> = epochs.sweep(&writer, epochs.folder());
        Ok(Self { writer, reader: connect(path)?, epochs, digest_keys })
    }
}

/// Processes open a file one after the other: SQLite does not wait by itself where two of them make it. The turn ends
/// when what is returned is dropped.
fn wait_for_turn(path: &Path) -> Result<File, OpenError> {
    let failed = |error: std::io::Error| OpenError::Storage { reason: error.to_string() };
    let lock = path.with_extension(TURN_EXTENSION);
    let turn = OpenOptions::new().write(true).create(true).truncate(false).mode(FILE_MODE).open(lock);
    let (turn, began) = (turn.map_err(failed)?, Instant::now());
    loop {
        match turn.try_lock() {
            Ok(()) => return Ok(turn),
            Err(TryLockError::WouldBlock) if began.elapsed() < BUSY_TIMEOUT => thread::sleep(BUSY_PAUSE),
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::Storage { reason: "another process is opening it".to_owned() });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
    }
}

/// Copies the journal into the file, which forces both to disk. The last commit may be in memory only: the process was
/// killed before it was forced, or forcing it failed, after which the system takes its pages for written. A key that
/// something is sealed under must not go away with the power.
/// Where another process has the file open, it did so.
fn force_again(writer: &Connection) -> Result<(), OpenError> {
    match writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(()),
        outcome => Ok(outcome?),
    }
}

/// An empty file that only its owner may read; SQLite gives its journal the same rights.
pub(super) fn create_empty(path: &Path) -> Result<(), OpenError> {
    let created = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path);
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match created.and_then(|_| File::open(directory)?.sync_all()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) if error.kind() == ErrorKind::StorageFull => Err(OpenError::StorageFull),
        Err(error) => Err(OpenError::Storage { reason: error.to_string() }),
    }
}

fn connect(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Else the engine would plan statements anew each time that other values are bound.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    write_ahead(&connection)?;
    // The journal is copied into the file where a failure is seen: by the writer, and when the file is opened.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.execute_batch(
        "PRAGMA wal_autocheckpoint = 0;
         PRAGMA synchronous = FULL;
         PRAGMA secure_delete = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA trusted_schema = OFF;",
    )?;
    Ok(connection)
}

/// Whether nothing was made here yet. Asks the file: what the connection remembers of it may be older than the lock.
fn is_empty(tx: &Transaction<'_>) -> rusqlite::Result<bool> {
    tx.query_row("SELECT count(*) = 0 FROM sqlite_schema WHERE name = 'meta'", [], |row| row.get(0))
}

/// Sets the journal. The switch is committed when its statement ends, which is after it has answered: so it runs to its
/// end.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let mut switch = connection.prepare("PRAGMA journal_mode = WAL")?;
    let mut rows = switch.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

fn make(tx: &Transaction<'_>, root: &RootKey) -> Result<(), OpenError> {
    let mut salt = [0_u8; SALT_BYTES];
    rand::fill(&mut salt)?;
    let check = root.secret().derive::<CHECK_BYTES>(&salt, CHECK_INFO)?;
    let wrapping = wrapping_key(root, &salt)?;
    let blind_key = wrapping.wrap(&Secret::random()?, BLIND_PLACE)?;
    for schema in [SCHEMA, DESTRUCTIONS, epochs::SCHEMA] {
        tx.execute_batch(schema)?;
    }
    tx.execute(
        "INSERT INTO meta (only_row, format, root_salt, root_check, blind_key) VALUES (1, ?, ?, ?, ?)",
        params![FORMAT, salt, check.as_slice(), blind_key],
    )?;
    Ok(())
}

/// Brings an older file to the newest form. A build that does not know it could not tell others of what it destroys, and
/// would look for the keys of epochs where they are not.
fn upgrade(tx: &Transaction<'_>) -> Result<(), OpenError> {
    let found: u32 = tx.query_row("SELECT format FROM meta", [], |row| row.get(0))?;
    if found < 2 {
        tx.execute_batch(DESTRUCTIONS)?;
    }
    if found < 3 {
        tx.execute_batch(epochs::SCHEMA)?;
        tx.execute("INSERT INTO epochs (epoch) SELECT epoch FROM keks", [])?;
    }
    if found < FORMAT {
        tx.execute("UPDATE meta SET format = ?", [FORMAT])?;
    }
    Ok(())
}

/// Proves the root key, and unwraps what it wraps, but for the keys of epochs: [`follow`] does that.
pub(super) fn unlock(tx: &Transaction<'_>, root: &RootKey) -> Result<(Epochs, DigestKeys), OpenError> {
    let found: u32 = tx.query_row("SELECT format FROM meta", [], |row| row.get(0))?;
    if found > FORMAT {
        return Err(OpenError::NewerFormat { found, known: FORMAT });
    }
    let (salt, check, blind_key): (Vec<u8>, Vec<u8>, Vec<u8>) =
        tx.query_row("SELECT root_salt, root_check, blind_key FROM meta", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let expected = root.secret().derive::<CHECK_BYTES>(&salt, CHECK_INFO)?;
    constant_time::verify_slices_are_equal(expected.as_slice(), &check)
        .map_err(|_| OpenError::WrongRootKey)?;
    let wrapping = wrapping_key(root, &salt)?;
    let blind = wrapping
        .unwrap(&blind_key, BLIND_PLACE)
        .map_err(|_| OpenError::Damaged { part: "blind-index key" })?;
    let pseudonym = spread(root, &salt, PSEUDONYM_INFO)?;
    let suppression = spread(root, &salt, SUPPRESSION_INFO)?;
    let epochs = Epochs::of(wrapping, root.epochs().to_owned(), &salt);
    Ok((epochs, DigestKeys { blind, pseudonym, suppression }))
}

/// Finds the keys of the epochs in use: there is always one.
pub(super) fn follow(epochs: &mut Epochs, connection: &Connection) -> Result<(), OpenError> {
    epochs.follow::<OpenError>(connection)?;
    if epochs.live().is_empty() { Err(OpenError::Damaged { part: "key-encryption keys" }) } else { Ok(()) }
}

fn wrapping_key(root: &RootKey, salt: &[u8]) -> Result<Secret, OpenError> {
    spread(root, salt, WRAP_INFO)
}

/// A key of the root key, for one purpose of this file.
fn spread(root: &RootKey, salt: &[u8], purpose: &[u8]) -> Result<Secret, OpenError> {
    let bytes = root.secret().derive::<SECRET_BYTES>(salt, purpose)?;
    Secret::from_bytes(bytes.as_slice()).ok_or(OpenError::Crypto)
}

#[cfg(test)]
mod tests;
