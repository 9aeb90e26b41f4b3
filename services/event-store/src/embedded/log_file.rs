//! A log as a process reads it that does not serve it: a check, a backup, a restore. Another process may have it open
//! and go on appending; no read holds it up.

use std::fmt;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rapport_domain::envelope::{EventId, Position, Recorded};
use rusqlite::{Connection, ErrorCode};
use sha2::{Digest as _, Sha256};

use super::error::{OpenError, corrupt, read_failed, read_failed_at};
use super::lock::DirectoryLock;
use super::schema::{self, Content};
use super::soundness;
use super::wal::Wal;
use super::{open, row};
use crate::port::ReadError;

/// Events that are read at a time: short reads hold up nobody who appends.
pub(super) const STEP_EVENTS: u64 = 2_000;
/// Bytes of events after which a step ends as well.
pub(super) const STEP_BYTES: usize = 16 * 1024 * 1024;

/// A log, opened to be read.
#[derive(Debug)]
pub struct LogFile {
    pub(super) connection: Connection,
    path: PathBuf,
    log_id: String,
    head: Position,
    lock: Option<DirectoryLock>,
    wal: Wal,
}

impl LogFile {
    /// Opens the log of a directory. Where no process writes to it, none can until this is dropped or
    /// [shared](Self::share); others may read.
    ///
    /// # Errors
    /// See [`OpenError`]; never [`OpenError::Held`].
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        let path = schema::log_path(directory);
        if !path.exists() {
            return Err(OpenError::NoLog { path });
        }
        let lock = match DirectoryLock::acquire_to_read(directory) {
            Ok(lock) => Some(lock),
            Err(OpenError::Held { .. }) => None,
            Err(error) => return Err(error),
        };
        // What a server holds changes under the eyes of whoever looks at the file beside it.
        let wal = if lock.is_some() { soundness::judge(&path)? } else { Wal::Sound };
        let connection = schema::open_reader(&path).map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => OpenError::NotALog { path: path.clone() },
            Some(_) | None => error.into(),
        })?;
        if matches!(schema::identify(&connection, &path)?, Content::Nothing) {
            return Err(OpenError::NoLog { path });
        }
        let (log_id, head) = (schema::log_id(&connection)?, open::end(&connection)?.position);
        Ok(Self { connection, path, log_id, head, lock, wal })
    }

    /// Random name of the log, 32 hexadecimal digits.
    #[must_use]
    pub fn log_id(&self) -> &str {
        &self.log_id
    }

    /// The last event when it was opened. Later ones are not read.
    #[must_use]
    pub const fn head(&self) -> Position {
        self.head
    }

    /// Whether another process had the log open to write to it.
    #[must_use]
    pub const fn is_served(&self) -> bool {
        self.lock.is_none()
    }

    /// Whether its write-ahead log ends in a commit that is not whole: a crash cut it off before it was
    /// acknowledged, or it was damaged after. Nobody can tell.
    #[must_use]
    pub fn ends_in_a_torn_commit(&self) -> bool {
        self.wal == Wal::CutOff
    }

    /// The log file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lets other processes open the log for writing while this one reads on.
    pub fn share(&mut self) {
        self.lock = None;
    }

    /// Id of the event at a position; nothing where there is none.
    ///
    /// # Errors
    /// When it is damaged, or the log cannot be read.
    pub fn event_id_at(&self, position: Position) -> Result<Option<EventId>, ReadError> {
        Ok(row::event_at(&self.connection, position)?.map(|event| event.id))
    }

    /// The event at a position; nothing where there is none.
    pub(super) fn event_at(&self, position: Position) -> Result<Option<Recorded>, ReadError> {
        row::event_at(&self.connection, position)
    }

    /// Visits the events from `from` to `to` in order, each checked, up to the first one that is not as it was
    /// written.
    ///
    /// # Errors
    /// [`ReadError::Corrupt`] with the position, or that the log cannot be read. What was visited before is good.
    pub fn visit(
        &self,
        from: Position,
        to: Position,
        visit: &mut dyn FnMut(Recorded),
    ) -> Result<(), ReadError> {
        self::visit(&self.connection, from, to, &mut |event| {
            visit(event);
            ControlFlow::Continue(())
        })
        .map(|_last| ())
    }

    /// As [`Self::visit`], in steps of bounded size, and up to where `visit` breaks off.
    ///
    /// # Errors
    /// As [`Self::visit`].
    pub fn walk(
        &self,
        from: Position,
        to: Position,
        visit: &mut dyn FnMut(Recorded) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let (mut next, mut broke_off) = (from, false);
        while next <= to && !broke_off {
            next = step(&self.connection, next, to, &mut |event| {
                let goes_on = visit(event);
                broke_off = goes_on.is_break();
                goes_on
            })?
            .next();
        }
        Ok(())
    }
}

/// Visits events up to the end of a step, and returns the last one that was visited.
pub(super) fn step(
    connection: &Connection,
    from: Position,
    to: Position,
    visit: &mut dyn FnMut(Recorded) -> ControlFlow<()>,
) -> Result<Position, ReadError> {
    let to = to.min(Position(from.0.saturating_add(STEP_EVENTS - 1)));
    let mut bytes = 0;
    self::visit(connection, from, to, &mut |event| {
        bytes += event.data.len() + event.metadata.len();
        visit(event)?;
        if bytes < STEP_BYTES { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })
}

/// Visits events in order, each checked, until the visitor breaks off, and returns the last one that was visited.
fn visit(
    connection: &Connection,
    from: Position,
    to: Position,
    visit: &mut dyn FnMut(Recorded) -> ControlFlow<()>,
) -> Result<Position, ReadError> {
    let missing = |position| corrupt(position, "it is missing");
    let mut next = from;
    let failed = |error: rusqlite::Error| read_failed(&error);
    let mut statement = connection.prepare_cached(row::SELECT_RANGE).map_err(failed)?;
    let mut rows = statement.query([from.0.cast_signed(), to.0.cast_signed()]).map_err(failed)?;
    while next <= to {
        let found = rows.next().map_err(|error| read_failed_at(next, &error))?;
        let event = found.map_or_else(|| Err(missing(next)), row::recorded)?;
        if event.position != next {
            return Err(missing(next));
        }
        next = next.next();
        if visit(event).is_break() {
            break;
        }
    }
    Ok(Position(next.0.saturating_sub(1)))
}

/// A digest over all events of a log from the first one on: two logs with the same digest hold the same events.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of no event.
    pub const EMPTY: Self = Self([0; 32]);

    /// The digest with one more event.
    #[must_use]
    pub fn and(self, event: &Recorded) -> Self {
        let mut sha = Sha256::new();
        sha.update(self.0);
        sha.update(event.position.0.to_le_bytes());
        sha.update(event.revision.0.to_le_bytes());
        sha.update(event.recorded_at.micros().to_le_bytes());
        sha.update(event.id.0.as_bytes());
        for text in [event.stream.as_str(), &event.event_type, &event.metadata, &event.data] {
            sha.update((text.len() as u64).to_le_bytes());
            sha.update(text);
        }
        Self(sha.finalize().into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
