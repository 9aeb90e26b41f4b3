//! A key file as a process reads it that does not serve it: a check, a backup. Nothing is written to it, and no read
//! lasts long: a server that destroys a key waits for whoever still reads it.

use std::fs::File;
use std::path::Path;

use rapport_domain::value::Instant;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::epochs::Epochs;
use super::file::{BUSY_TIMEOUT, create_empty, follow, unlock};
use super::table;
use crate::error::{OpenError, VaultError};
use crate::root_key::RootKey;

/// Keys that are looked at in one read.
const PAGE_KEYS: i64 = 1_000;
/// Findings that a report names; more of them are counted.
const FINDINGS_MAX: usize = 100;
/// Every page, in one read.
const ALL_PAGES: i32 = -1;

/// A key file, opened to be read.
pub struct KeyFileReader {
    connection: Connection,
    epochs: Option<Epochs>,
}

/// What became of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFate {
    /// It is in use.
    Live,
    /// It was destroyed.
    Destroyed,
    /// The file has never heard of it.
    Unknown,
}

/// What a check of a key file found. Says nothing of any key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyReport {
    /// Keys that are in use.
    pub live: u64,
    /// Keys that are destroyed.
    pub destroyed: u64,
    /// What is wrong, up to a hundred of them: the number of the row, where it is about one, and what it is.
    pub findings: Vec<(Option<i64>, String)>,
    /// Findings beyond those.
    pub more: u64,
}

/// What a key file says of an epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochReport {
    /// Its number.
    pub epoch: u32,
    /// When it began; epochs from before format 3 do not tell.
    pub created_at: Option<Instant>,
    /// When its key was destroyed, if it was.
    pub destroyed_at: Option<Instant>,
    /// Keys of subjects that it wraps.
    pub keys: u64,
    /// Whether its key lies in the key file, and so in every copy of it: the next rotation ends that.
    pub is_in_key_file: bool,
}

impl KeyFileReader {
    /// Opens a key file. Without the root key the keys themselves are not tried.
    ///
    /// # Errors
    /// As [`crate::Vault::open`].
    pub fn open(path: &Path, root: Option<&RootKey>) -> Result<Self, OpenError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        if !connection.table_exists(None, "meta")? {
            return Err(OpenError::Damaged { part: "it is no key file, or an empty one" });
        }
        let snapshot = connection.unchecked_transaction()?;
        let mut epochs =
            root.map(|root| unlock(&snapshot, root)).transpose()?.map(|(epochs, _digest_keys)| epochs);
        if let Some(epochs) = &mut epochs {
            follow(epochs, &snapshot)?;
        }
        drop(snapshot);
        Ok(Self { connection, epochs })
    }

    /// Looks at every key, and at the structure of the file: that takes one long read, which a server is spared.
    #[must_use]
    pub fn check(&self, with_structure: bool) -> KeyReport {
        let mut report = KeyReport::default();
        let structure = if with_structure { self.structure(&mut report) } else { Ok(()) };
        for result in [structure, self.keys(&mut report)] {
            if let Err(error) = result {
                report.found(None, error.to_string());
            }
        }
        report
    }

    /// Every epoch, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn epochs(&self) -> Result<Vec<EpochReport>, VaultError> {
        let known = if self.connection.table_exists(None, "epochs")? {
            "epochs"
        } else {
            "(SELECT epoch, NULL AS created_at, NULL AS destroyed_at FROM keks)"
        };
        let mut statement = self.connection.prepare(&format!(
            "SELECT e.epoch, e.created_at, e.destroyed_at, coalesce(d.keys, 0), k.epoch IS NOT NULL
             FROM {known} e LEFT JOIN keks k ON k.epoch = e.epoch LEFT JOIN (
                 SELECT epoch, count(*) AS keys FROM deks WHERE wrapped IS NOT NULL GROUP BY epoch
             ) d ON d.epoch = e.epoch ORDER BY e.epoch"
        ))?;
        let mut rows = statement.query([])?;
        let mut epochs = Vec::new();
        while let Some(row) = rows.next()? {
            let (created_at, destroyed_at) = (moment(row.get(1)?)?, moment(row.get(2)?)?);
            let keys: i64 = row.get(3)?;
            epochs.push(EpochReport {
                epoch: row.get(0)?,
                created_at,
                destroyed_at,
                keys: keys.unsigned_abs(),
                is_in_key_file: row.get(4)?,
            });
        }
        Ok(epochs)
    }

    /// What became of the key with this id.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn fate(&self, kid: &str) -> Result<KeyFate, VaultError> {
        let mut statement =
            self.connection.prepare_cached("SELECT destroyed_at IS NOT NULL FROM deks WHERE kid = ?")?;
        let destroyed: Option<bool> = statement.query_row([kid], |row| row.get(0)).optional()?;
        Ok(match destroyed {
            Some(true) => KeyFate::Destroyed,
            Some(false) => KeyFate::Live,
            None => KeyFate::Unknown,
        })
    }

    /// Copies the file as it is now to a new one, which only its owner may read. It is on disk when this returns.
    ///
    /// # Errors
    /// The failures of storage; also where the target exists.
    pub fn copy(&self, target: &Path) -> Result<(), OpenError> {
        let storage = |reason: String| OpenError::Storage { reason };
        if target.exists() {
            return Err(storage(format!("{} exists", target.display())));
        }
        create_empty(target)?;
        let mut copy = Connection::open_with_flags(target, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let step = Backup::new(&self.connection, &mut copy)?.step(ALL_PAGES)?;
        if step != StepResult::Done {
            return Err(storage("the key file is locked; try again".to_owned()));
        }
        copy.close().map_err(|(_, error)| OpenError::from(error))?;
        File::open(target).and_then(|file| file.sync_all()).map_err(|error| storage(error.to_string()))
    }

    fn structure(&self, report: &mut KeyReport) -> Result<(), VaultError> {
        let mut statement = self.connection.prepare(&format!("PRAGMA integrity_check({FINDINGS_MAX})"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let says: String = row.get(0)?;
            if says != "ok" {
                report.found(None, format!("the file is damaged: {}", says.replace('\n', "; ")));
            }
        }
        Ok(())
    }

    fn keys(&self, report: &mut KeyReport) -> Result<(), VaultError> {
        let mut after = i64::MIN;
        loop {
            let seen = table::inspect(&self.connection, self.epochs.as_ref(), after, PAGE_KEYS)?;
            let Some((last, _)) = seen.last() else { return Ok(()) };
            after = *last;
            for (number, state) in seen {
                match state {
                    Ok(KeyFate::Live) => report.live += 1,
                    Ok(KeyFate::Destroyed | KeyFate::Unknown) => report.destroyed += 1,
                    Err(error) => report.found(Some(number), error.to_string()),
                }
            }
        }
    }
}

impl KeyReport {
    fn found(&mut self, row: Option<i64>, what: String) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push((row, what));
        } else {
            self.more += 1;
        }
    }
}

fn moment(micros: Option<i64>) -> Result<Option<Instant>, VaultError> {
    let read = |micros| Instant::from_micros(micros).map_err(|_| VaultError::Damaged { part: "a time" });
    micros.map(read).transpose()
}

#[cfg(test)]
mod tests;
