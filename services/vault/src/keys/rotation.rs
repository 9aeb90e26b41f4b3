//! A rotation: a new epoch wraps every key in use, then the older epochs are destroyed.
//!
//! ```text
//! begin: the new key is in its file, then in the key file ── from here on new keys are made under it
//! wrap anew, a part a transaction                          ── both epochs are in use, every key opens
//! end: no key is left under an older epoch                 ── the key file says that they are destroyed
//! scrub: old pages and the files of the older keys go
//! ```
//! Whatever step a process is killed at, every key can be opened, and the next rotation goes on there. Other processes
//! may serve the key file meanwhile. Two rotations at once do the same work, and no harm.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::epochs::{self, Epoch, Epochs};
use super::file::KeyFile;
use super::writer::scrub;
use super::{now, table};
use crate::error::{OpenError, VaultError};
use crate::root_key::RootKey;

/// Keys that are wrapped anew in one transaction: writers of other processes wait no longer than that takes.
const PART_KEYS: i64 = 1_000;

/// A rotation that is under way.
pub struct Rotation {
    connection: Connection,
    epochs: Epochs,
    newest: Option<Epoch>,
    next: Next,
    copies: Option<PathBuf>,
}

enum Next {
    Begin,
    /// After this row.
    WrapAnew(i64),
    End,
    Scrub,
    Nothing,
}

/// What a step of a rotation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The new epoch is in use. It is an older rotation's where that was cut off.
    Begun {
        /// Its number.
        epoch: u32,
        /// Keys that have to be wrapped anew.
        keys: u64,
    },
    /// Keys were wrapped anew.
    WrappedAnew {
        /// How many.
        keys: u64,
    },
    /// No key is left under an older epoch: these are destroyed.
    Ended,
    /// Nothing of the older epochs is left in files here.
    Scrubbed,
}

/// Why a rotation stopped. Every key can still be opened; another one goes on there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RotationError {
    /// The key file could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A step failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl Rotation {
    /// Opens the key file. Nothing is changed yet.
    ///
    /// # Errors
    /// As [`crate::Vault::open`].
    pub fn open(file: &Path, root: &RootKey) -> Result<Self, RotationError> {
        let KeyFile { writer, epochs, .. } = KeyFile::open(file, root)?;
        Ok(Self { connection: writer, epochs, newest: None, next: Next::Begin, copies: None })
    }

    /// Keeps copies of the epoch keys in a folder too: the new one is there before anything is wrapped anew, the older one
    /// goes with its epoch.
    #[must_use]
    pub fn with_copies(mut self, folder: Option<PathBuf>) -> Self {
        self.copies = folder;
        self
    }

    /// Does the next step; `None` when there is none.
    ///
    /// # Errors
    /// What keeps it from being done: do it again.
    pub fn step(&mut self) -> Result<Option<Step>, RotationError> {
        Ok(match self.next {
            Next::Begin => Some(self.begin()?),
            Next::WrapAnew(after) => Some(self.wrap_anew(after)?),
            Next::End => Some(self.end()?),
            Next::Scrub => Some(self.scrub()?),
            Next::Nothing => None,
        })
    }

    fn begin(&mut self) -> Result<Step, VaultError> {
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        self.epochs.follow::<VaultError>(&tx)?;
        // Two in use are a rotation that was cut off: this one goes on with it.
        if let [only] = self.epochs.live() {
            let next = only.number + 1;
            self.epochs.begin::<VaultError>(&tx, next, now()?)?;
        }
        let newest = self.epochs.live().last().cloned();
        let newest = newest.ok_or(VaultError::Damaged { part: "key-encryption keys" })?;
        let (epoch, keys) = (newest.number, table::wrapped_before(&tx, newest.number)?);
        tx.commit()?;
        if let Some(folder) = &self.copies {
            self.epochs.copy_to(folder)?;
        }
        self.newest = Some(newest);
        self.next = Next::WrapAnew(i64::MIN);
        Ok(Step::Begun { epoch, keys: keys.unsigned_abs() })
    }

    fn wrap_anew(&mut self, after: i64) -> Result<Step, VaultError> {
        let newest = newest(self.newest.as_ref())?;
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (keys, last) = table::wrap_anew(&tx, &self.epochs, newest, after, PART_KEYS)?;
        tx.commit()?;
        // No key comes to an older epoch any more: what is behind stays done.
        self.next = if keys == 0 { Next::End } else { Next::WrapAnew(last) };
        Ok(Step::WrappedAnew { keys })
    }

    fn end(&mut self) -> Result<Step, VaultError> {
        let newest = newest(self.newest.as_ref())?;
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if table::wrapped_before(&tx, newest.number)? > 0 {
            return Err(VaultError::Damaged { part: "keys of an epoch that ended" });
        }
        epochs::end_before(&tx, newest.number, now()?)?;
        tx.commit()?;
        self.next = Next::Scrub;
        Ok(Step::Ended)
    }

    fn scrub(&mut self) -> Result<Step, VaultError> {
        scrub(&self.connection)?;
        for folder in [Some(self.epochs.folder()), self.copies.as_deref()].into_iter().flatten() {
            self.epochs.sweep::<VaultError>(&self.connection, folder)?;
        }
        self.next = Next::Nothing;
        Ok(Step::Scrubbed)
    }
}

fn newest(newest: Option<&Epoch>) -> Result<&Epoch, VaultError> {
    newest.ok_or(VaultError::Damaged { part: "key-encryption keys" })
}

#[cfg(test)]
mod tests;
