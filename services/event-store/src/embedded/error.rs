//! Why a log cannot be opened, and how SQLite's failures are told to callers.

use std::io;
use std::path::PathBuf;

use rapport_domain::envelope::Position;
use rusqlite::ErrorCode;

use crate::port::{AppendError, ReadError};

/// Why a log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error(
        "the data directory {} is in use by {}; stop that process or choose another directory",
        path.display(),
        holder(*pid)
    )]
    Held {
        /// The process, when its number could be read.
        pid: Option<u32>,
        /// The data directory.
        path: PathBuf,
    },
    /// Another version of Rapport wrote it.
    #[error("the log has format {found}, this version reads format {expected}; use the version of Rapport that wrote it", expected = super::schema::FORMAT)]
    UnknownFormat {
        /// The format that the file names.
        found: i64,
    },
    /// The file belongs to another program.
    #[error("{} is not a log of Rapport; move it away or choose another directory", path.display())]
    NotALog {
        /// The file.
        path: PathBuf,
    },
    /// The log contradicts itself.
    #[error("the log is damaged at position {position}: {cause}; restore it from a backup")]
    Damaged {
        /// Where.
        position: Position,
        /// How.
        cause: String,
    },
    /// The file system does not offer what the log needs.
    #[error("the file system of {} cannot share memory between connections; use a local disk", path.display())]
    NoSharedMemory {
        /// The log file.
        path: PathBuf,
    },
    /// A file or directory cannot be used.
    #[error("{} cannot be used: {source}; check that it exists and may be written", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The engine failed.
    #[error("the log cannot be opened: {0}; check the disk")]
    Sqlite(#[from] rusqlite::Error),
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}

/// A read that failed in the engine.
pub(super) fn read_failed(error: &rusqlite::Error) -> ReadError {
    ReadError::Unavailable { cause: error.to_string() }
}

/// A write that failed before its commit: nothing of it is in the log.
pub(super) fn not_applied(error: &rusqlite::Error) -> AppendError {
    if is_full(error) {
        AppendError::StorageFull
    } else {
        AppendError::Unavailable { cause: error.to_string() }
    }
}

/// Whether there was no space.
pub(super) fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
}
