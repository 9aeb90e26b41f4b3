//! Why a log cannot be opened, and how SQLite's failures are told to callers.

use std::io;
use std::path::PathBuf;

use rapport_domain::envelope::Position;
use rusqlite::ErrorCode;

use super::runs::table::IndexError;
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
    #[error("log.db is damaged at position {position}: {cause}; restore it from a backup")]
    Damaged {
        /// Where.
        position: Position,
        /// How.
        cause: String,
    },
    /// There is no log to be read.
    #[error("there is no log at {}; give the directory of a log", path.display())]
    NoLog {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The log is gone, and what belongs to it is still there.
    #[error(
        "{} is gone or empty, but its write-ahead log is there; put the file back, or restore both from a backup",
        path.display()
    )]
    LostFile {
        /// The log file.
        path: PathBuf,
    },
    /// The end of the file is missing.
    #[error(
        "{} is cut short: it has {bytes} bytes, and its header promises {promised}; restore it from a backup",
        path.display()
    )]
    CutShort {
        /// The log file.
        path: PathBuf,
        /// Bytes that it has.
        bytes: u64,
        /// Bytes that it should have.
        promised: u64,
    },
    /// Commits that were on disk cannot be read any more.
    #[error(
        "{} is damaged {}: events that were acknowledged are lost if the log is opened so; keep the files as they are, check the disk, and restore the log from a backup{}",
        path.display(),
        frame_place(*frame),
        way_out(*frame)
    )]
    WalDamaged {
        /// The write-ahead log.
        path: PathBuf,
        /// The first frame that is not whole, counted from 1; 0 is the header.
        frame: u64,
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
    /// What is derived from the events cannot be read.
    #[error("{cause}; restore the log from a backup, which makes it anew")]
    Index {
        /// What is wrong with it.
        cause: String,
    },
    /// The engine failed.
    #[error("log.db cannot be opened: {0}; check the disk, and run `rapport check` on the data directory")]
    Sqlite(#[from] rusqlite::Error),
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}

impl OpenError {
    /// Whether the files are not what was written. Everything else is about the way to them, and says nothing of them.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Damaged { .. }
            | Self::CutShort { .. }
            | Self::LostFile { .. }
            | Self::WalDamaged { .. }
            | Self::NotALog { .. }
            | Self::Index { .. } => true,
            Self::Sqlite(error) => is_damage(error),
            Self::Held { .. }
            | Self::UnknownFormat { .. }
            | Self::NoLog { .. }
            | Self::NoSharedMemory { .. }
            | Self::Io { .. } => false,
        }
    }
}

/// The engine replaces the header when everything behind it is in the log file already. A disk that failed in that
/// moment has lost nothing; a header that was damaged later has, and nobody can tell by the header.
fn way_out(frame: u64) -> &'static str {
    if frame == 0 {
        ". Where there is no backup that is new enough: copy the directory, delete log.db-wal in the copy alone, and run `rapport check` there; it tells whether log.db is whole and up to which event, and where that is the last one that was acknowledged, the copy may be served"
    } else {
        ""
    }
}

fn frame_place(frame: u64) -> String {
    if frame == 0 { "in its header".to_owned() } else { format!("at frame {frame}") }
}

/// An event whose stored bytes are not what was written.
pub(super) fn corrupt(position: Position, cause: &str) -> ReadError {
    ReadError::Corrupt { position, cause: format!("in log.db, {cause}") }
}

/// A read of the event at a position that failed in the engine.
pub(super) fn read_failed_at(position: Position, error: &rusqlite::Error) -> ReadError {
    if is_damage(error) {
        corrupt(position, &format!("its page cannot be read ({error})"))
    } else {
        read_failed(error)
    }
}

/// Whether the file is not what the engine wrote.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    code == Some(ErrorCode::DatabaseCorrupt) || code == Some(ErrorCode::NotADatabase)
}

/// A read that failed in the engine.
pub(super) fn read_failed(error: &rusqlite::Error) -> ReadError {
    if is_damage(error) {
        return ReadError::Unavailable { cause: format!("log.db is damaged ({error}); run `rapport check`") };
    }
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

/// A read of the index that failed.
pub(super) fn index_unreadable(error: &IndexError) -> ReadError {
    match error {
        IndexError::Engine(error) => read_failed(error),
        IndexError::Damaged { .. } => ReadError::Unavailable { cause: error.to_string() },
    }
}

/// An append that failed because the index cannot be read.
pub(super) fn index_not_applied(error: &IndexError) -> AppendError {
    match error {
        IndexError::Engine(error) => not_applied(error),
        IndexError::Damaged { .. } => AppendError::Unavailable { cause: error.to_string() },
    }
}
