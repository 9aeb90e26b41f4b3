//! What can go wrong, in words that hold neither keys nor personal data.

use std::path::PathBuf;

use aws_lc_rs::error::Unspecified;
use rapport_domain::id::ContactId;
use rusqlite::ErrorCode;
use rusqlite::types::FromSqlError;

use crate::secret_file::SecretFault;

/// What is wrong with the key of an epoch, which wraps the keys of subjects.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EpochError {
    /// Its file is not there.
    #[error("the key of epoch {epoch} is not at {path}: restore it from its copy; where it was destroyed by a rotation this is a key file from before it, which nothing opens any more: take the one of now", path = path.display())]
    Gone {
        /// The epoch.
        epoch: u32,
        /// Its file.
        path: PathBuf,
    },
    /// Its file cannot be read or written.
    #[error("the key of epoch {epoch} at {path}: {fault}", path = path.display())]
    Unusable {
        /// The epoch.
        epoch: u32,
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        fault: SecretFault,
    },
    /// It is not what the root key wrapped for this key file and this epoch.
    #[error("the key of epoch {epoch} is damaged, or of another key file; restore it from its copy")]
    Damaged {
        /// The epoch.
        epoch: u32,
    },
}

/// Why the key file could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The file was made with another root key.
    #[error("this is not the root key that the key file was made with; give the path of the right one")]
    WrongRootKey,
    /// The file was written by a newer build.
    #[error("the key file has format {found}, this build reads up to {known}; start a newer build")]
    NewerFormat {
        /// The format of the file.
        found: u32,
        /// The newest format of this build.
        known: u32,
    },
    /// The file is not a key file, or a part of it is broken.
    #[error("the key file is damaged ({part}); restore it from its backup")]
    Damaged {
        /// What could not be read.
        part: &'static str,
    },
    /// The key of an epoch is not there, or not right.
    #[error(transparent)]
    Epoch(#[from] EpochError),
    /// The disk is full.
    #[error("no space is left for the key file")]
    StorageFull,
    /// The operating system gave no randomness, or the cryptographic library refused.
    #[error("the cryptographic library failed")]
    Crypto,
    /// The file cannot be read or written.
    #[error("the key file cannot be opened: {reason}")]
    Storage {
        /// The storage engine's words.
        reason: String,
    },
}

/// Why the vault could not do something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// There is no key, and none was ever destroyed. When sealing: `ensure_keys` was not called. When opening:
    /// keys are lost, which somebody has to look at.
    #[error("{subject} has no such key, and it was never destroyed")]
    KeyMissing {
        /// The subject.
        subject: ContactId,
    },
    /// The subject's keys are destroyed: nothing is sealed for them any more.
    #[error("{subject} is erased")]
    SubjectErased {
        /// The subject.
        subject: ContactId,
    },
    /// The envelope was sealed for another subject.
    #[error("the envelope was not sealed for {subject}")]
    ForeignEnvelope {
        /// The subject that it was to be opened for.
        subject: ContactId,
    },
    /// The envelope is not what was sealed, or stands in another field.
    #[error("the envelope in field {field} is not what was sealed there")]
    Tampered {
        /// The field.
        field: &'static str,
    },
    /// The envelope's version or algorithm is not one that this build knows.
    #[error("the envelope in field {field} has a form that this build does not know")]
    UnknownForm {
        /// The field.
        field: &'static str,
    },
    /// The value has no JSON form, or what was sealed is not a value of this field.
    #[error("the value of field {field} cannot be written or read")]
    Unreadable {
        /// The field.
        field: &'static str,
    },
    /// The value is longer than the vault seals.
    #[error("the value of field {field} has more than {limit} bytes")]
    TooLarge {
        /// The field.
        field: &'static str,
        /// The limit, in bytes.
        limit: usize,
    },
    /// The keys are destroyed, but somebody else reads the key file and so keeps its old pages on the disk.
    /// Destroying them again finishes the work.
    #[error("the keys are destroyed, but another reader keeps old pages of the key file; repeat it")]
    NotScrubbed,
    /// The disk did not take what was to be forced to it. No keys are made or destroyed until the vault is opened again.
    #[error("the key file could not be forced to disk; check the disk, then restart")]
    Unforced,
    /// The disk is full. Nothing was changed.
    #[error("no space is left for the key file")]
    StorageFull,
    /// The key file is damaged.
    #[error("the key file is damaged ({part}); restore it from its backup")]
    Damaged {
        /// What could not be read.
        part: &'static str,
    },
    /// A key is wrapped under an epoch that is not in use.
    #[error(
        "the key file is damaged (a key of epoch {epoch}, which is not in use); restore it from its backup"
    )]
    UnknownEpoch {
        /// The epoch.
        epoch: u32,
    },
    /// The key of an epoch is not there, or not right.
    #[error(transparent)]
    Epoch(#[from] EpochError),
    /// The key file cannot be read or written. The call may be repeated.
    #[error("the key file cannot be used: {reason}")]
    Storage {
        /// The storage engine's words.
        reason: String,
    },
    /// The operating system gave no randomness, or the cryptographic library refused.
    #[error("the cryptographic library failed")]
    Crypto,
    /// The clock of the machine stands before 1970 or after 9999.
    #[error("the machine's clock is not set")]
    ClockUnset,
    /// The vault is closing, or its writer has ended.
    #[error("the vault is closed")]
    Closed,
}

impl From<Unspecified> for OpenError {
    fn from(_: Unspecified) -> Self {
        Self::Crypto
    }
}

impl From<Unspecified> for VaultError {
    fn from(_: Unspecified) -> Self {
        Self::Crypto
    }
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        match Trouble::of(&error) {
            Trouble::Full => Self::StorageFull,
            Trouble::Damage => Self::Damaged { part: "the database" },
            Trouble::Unforced | Trouble::Other => Self::Storage { reason: error.to_string() },
        }
    }
}

impl From<rusqlite::Error> for VaultError {
    fn from(error: rusqlite::Error) -> Self {
        match Trouble::of(&error) {
            Trouble::Unforced => Self::Unforced,
            Trouble::Full => Self::StorageFull,
            Trouble::Damage => Self::Damaged { part: "the database" },
            Trouble::Other => Self::Storage { reason: error.to_string() },
        }
    }
}

impl From<FromSqlError> for VaultError {
    fn from(_: FromSqlError) -> Self {
        Self::Damaged { part: "a column" }
    }
}

/// What a failure of the storage engine means for the caller.
enum Trouble {
    Unforced,
    Full,
    Damage,
    Other,
}

impl Trouble {
    fn of(error: &rusqlite::Error) -> Self {
        let forcing = [rusqlite::ffi::SQLITE_IOERR_FSYNC, rusqlite::ffi::SQLITE_IOERR_DIR_FSYNC];
        if error.sqlite_error().is_some_and(|error| forcing.contains(&error.extended_code)) {
            return Self::Unforced;
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Damage,
            Some(_) | None => Self::Other,
        }
    }
}
