//! A log that follows another one: what a backup is, and how a restore makes a log of it again.
//!
//! A copy has the same format and the same events. It is extended at its end, in transactions of bounded size, and can
//! be killed at any moment: what is there is whole, and the next run goes on after it. Every event is checked on its
//! way, and again whenever the copy is opened.

mod indexing;

use std::ops::ControlFlow;
use std::path::Path;

use rapport_domain::envelope::{Position, Recorded};
use rapport_domain::value::Instant;
use rusqlite::{Connection, TransactionBehavior};

use super::error::{OpenError, corrupt, is_damage, is_full, read_failed};
use super::lock::{self, DirectoryLock};
use super::log_file::{self, Digest, LogFile};
use super::row::{self, EventRow};
use super::{open, schema, soundness};
use crate::port::ReadError;

/// A log that is only ever extended by what another one holds.
#[derive(Debug)]
pub struct LogCopy {
    connection: Connection,
    end: End,
    _lock: DirectoryLock,
}

/// Where a copy ends.
#[derive(Debug, Clone, Copy)]
struct End {
    head: Position,
    recorded_at: Instant,
    digest: Digest,
}

impl End {
    const START: Self = Self { head: Position::START, recorded_at: Instant::MIN, digest: Digest::EMPTY };

    /// With one more event, which does not lie before the last one in time.
    fn and(self, event: &Recorded) -> Result<Self, ReadError> {
        if event.recorded_at < self.recorded_at {
            return Err(corrupt(event.position, "it was recorded before the event in front of it"));
        }
        let digest = self.digest.and(event);
        Ok(Self { head: event.position, recorded_at: event.recorded_at, digest })
    }
}

/// Why a log could not be copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The copy cannot be opened.
    #[error("the copy: {0}")]
    Open(#[from] OpenError),
    /// The log or the copy cannot be read.
    #[error("{0}")]
    Read(#[from] ReadError),
    /// The copy is one of another log.
    #[error("the copy there is one of log {found}, and this is log {expected}; choose another directory")]
    AnotherLog {
        /// The log that the copy follows.
        found: String,
        /// The log that it is asked to follow.
        expected: String,
    },
    /// The copy has what the log does not.
    #[error(
        "the copy holds another event at position {position} than the log, or more than it: the log was restored from an earlier state; keep this copy, and choose another directory"
    )]
    Diverged {
        /// The last position of the copy.
        position: Position,
    },
    /// No space is left.
    #[error("no space is left for the copy; make room and run it again, it goes on where it stopped")]
    Full,
    /// The copy cannot be written.
    #[error("the copy cannot be written: {0}")]
    Write(rusqlite::Error),
}

impl CopyError {
    /// Whether the log or the copy is not what was written.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Open(error) => error.is_damage(),
            Self::Read(ReadError::Corrupt { .. }) => true,
            Self::Write(error) => is_damage(error),
            Self::Read(ReadError::Unavailable { .. } | ReadError::Closed)
            | Self::AnotherLog { .. }
            | Self::Diverged { .. }
            | Self::Full => false,
        }
    }
}

impl From<rusqlite::Error> for CopyError {
    fn from(error: rusqlite::Error) -> Self {
        if is_full(&error) { Self::Full } else { Self::Write(error) }
    }
}

impl LogCopy {
    /// Opens the copy of a log in a directory, and makes both where there is none. What it holds already is read and
    /// checked; `progress` is told how far that is.
    ///
    /// # Errors
    /// See [`CopyError`].
    pub fn open(
        directory: &Path,
        log_id: &str,
        progress: &mut dyn FnMut(Position),
    ) -> Result<Self, CopyError> {
        lock::create_directory(directory)?;
        Self::open_held(directory, DirectoryLock::acquire(directory)?, log_id, progress)
    }

    /// As [`Self::open`], in a directory that is held already.
    ///
    /// # Errors
    /// See [`CopyError`].
    pub fn open_held(
        directory: &Path,
        lock: DirectoryLock,
        log_id: &str,
        progress: &mut dyn FnMut(Position),
    ) -> Result<Self, CopyError> {
        let path = schema::log_path(directory);
        soundness::judge(&path)?;
        let connection = schema::open_writer(&path)?;
        // Sorting a million entries for an index is not to be done in memory.
        connection.pragma_update(None, "temp_store", "FILE")?;
        let end = open::end(&connection)?;
        let found = schema::log_id(&connection)?;
        if end.position == Position::START {
            schema::write_log_id(&connection, log_id)?;
        } else if found != log_id {
            return Err(CopyError::AnotherLog { found, expected: log_id.to_owned() });
        }
        let end = read_back(&schema::open_reader(&path)?, end.position, progress)?;
        Ok(Self { connection, end, _lock: lock })
    }

    /// The last event that it holds.
    #[must_use]
    pub const fn head(&self) -> Position {
        self.end.head
    }

    /// Digest over all events that it holds.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.end.digest
    }

    /// Takes over the log's events up to `to`, and brings the indexes after them. They are on disk when this returns.
    ///
    /// # Errors
    /// See [`CopyError`]; what was taken over before stays.
    pub fn extend(
        &mut self,
        log: &LogFile,
        to: Position,
        progress: &mut dyn FnMut(Position),
    ) -> Result<(), CopyError> {
        self.follows(log)?;
        while self.head() < to {
            self.take_over(log, to)?;
            empty_wal(&self.connection)?;
            progress(self.head());
        }
        let head = self.head();
        indexing::extend(&mut self.connection, head)
    }

    /// Writes a step of the log's events, in one transaction. Where one is damaged, those before it are kept.
    fn take_over(&mut self, log: &LogFile, to: Position) -> Result<(), CopyError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (mut end, mut written) = (self.end, Ok(()));
        let read = log_file::step(&log.connection, end.head.next(), to, &mut |event| {
            match write(&transaction, end, &event) {
                Ok(next) => end = next,
                Err(error) => written = Err(error),
            }
            if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        match written {
            Ok(()) | Err(CopyError::Read(_)) => {}
            Err(unwritten) => return Err(unwritten),
        }
        transaction.commit()?;
        self.end = end;
        written?;
        read?;
        Ok(())
    }

    /// Whether the log goes on where the copy ends.
    fn follows(&self, log: &LogFile) -> Result<(), CopyError> {
        let position = self.head();
        if position == Position::START {
            return Ok(());
        }
        let here = row::event_at(&self.connection, position)?.map(|event| event.id);
        let there = if position > log.head() { None } else { log.event_id_at(position)? };
        if here == there { Ok(()) } else { Err(CopyError::Diverged { position }) }
    }
}

fn write(connection: &Connection, end: End, event: &Recorded) -> Result<End, CopyError> {
    let next = end.and(event)?;
    let row = EventRow {
        position: event.position,
        stream: event.stream.as_str(),
        revision: event.revision,
        event_type: &event.event_type,
        recorded_at: event.recorded_at.micros(),
        id: event.id.0.as_bytes(),
        metadata: &event.metadata,
        data: &event.data,
    };
    row.insert(connection)?;
    Ok(next)
}

/// Reads and checks everything up to `head`.
fn read_back(
    connection: &Connection,
    head: Position,
    progress: &mut dyn FnMut(Position),
) -> Result<End, CopyError> {
    let (mut end, mut judged) = (End::START, Ok(()));
    while end.head < head {
        log_file::step(connection, end.head.next(), head, &mut |event| match end.and(&event) {
            Ok(next) => {
                end = next;
                ControlFlow::Continue(())
            }
            Err(error) => {
                judged = Err(error);
                ControlFlow::Break(())
            }
        })?;
        judged.clone()?;
        progress(end.head);
    }
    Ok(end)
}

/// Copies the write-ahead log into the file, so that it stays short and a copy is one file.
fn empty_wal(connection: &Connection) -> Result<(), ReadError> {
    connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .map_err(|error| read_failed(&error))
}
