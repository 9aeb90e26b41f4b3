//! The storage engine's failures, in words that hold neither SQL nor stored values.

use rusqlite::ErrorCode;

/// What a failure of a read model's file means.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StorageTrouble {
    /// The disk is full.
    #[error("no space is left for the read model")]
    Full,
    /// The file is damaged.
    #[error("the read model's file is damaged; delete it, or run `rapport projections rebuild` for it")]
    Damaged,
    /// The file is locked, or the disk did not answer.
    #[error("the read model's file cannot be used at the moment: {cause}")]
    Passing {
        /// What failed, for the operator's log.
        cause: String,
    },
    /// The engine refused; a fault of ours.
    #[error("the storage engine refused: {cause}")]
    Refused {
        /// What failed, for the operator's log.
        cause: String,
    },
}

impl StorageTrouble {
    /// Whether the file itself is at fault.
    pub(crate) const fn is_damage(&self) -> bool {
        match self {
            Self::Damaged => true,
            Self::Full | Self::Passing { .. } | Self::Refused { .. } => false,
        }
    }

    /// Whether the same attempt may succeed later.
    pub(crate) const fn may_pass(&self) -> bool {
        match self {
            Self::Full | Self::Passing { .. } => true,
            Self::Damaged | Self::Refused { .. } => false,
        }
    }
}

impl From<rusqlite::Error> for StorageTrouble {
    fn from(error: rusqlite::Error) -> Self {
        let Some(failure) = error.sqlite_error() else {
            return Self::Refused { cause: row_cause(&error).to_owned() };
        };
        // Only the code: the engine's message may quote SQL.
        let cause = rusqlite::ffi::code_to_str(failure.extended_code).to_owned();
        if failure.code == ErrorCode::DiskFull {
            Self::Full
        } else if [ErrorCode::NotADatabase, ErrorCode::DatabaseCorrupt].contains(&failure.code) {
            Self::Damaged
        } else if PASSING.contains(&failure.code) {
            Self::Passing { cause }
        } else {
            Self::Refused { cause }
        }
    }
}

/// Codes after which the same attempt may succeed.
const PASSING: [ErrorCode; 6] = [
    ErrorCode::DatabaseBusy,
    ErrorCode::DatabaseLocked,
    ErrorCode::SystemIoFailure,
    ErrorCode::CannotOpen,
    ErrorCode::OutOfMemory,
    ErrorCode::FileLockingProtocolFailed,
];

fn row_cause(error: &rusqlite::Error) -> &'static str {
    if matches!(error, rusqlite::Error::QueryReturnedNoRows) {
        "a row is missing"
    } else if matches!(
        error,
        rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::InvalidColumnType(..)
    ) {
        "a stored value does not have the form of its column"
    } else if matches!(error, rusqlite::Error::ToSqlConversionFailure(_)) {
        "a value has no stored form"
    } else {
        "a statement does not fit its table"
    }
}

/// Where a JSON text goes wrong, without a word of it.
pub(crate) fn json_cause(error: &serde_json::Error) -> String {
    format!("{:?} error at line {}, column {}", error.classify(), error.line(), error.column()).to_lowercase()
}
