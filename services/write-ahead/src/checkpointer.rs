//! Passes over the write-ahead log on a thread and a connection of their own, so that no commit pays for them.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{Builder, JoinHandle};

use parking_lot::Mutex;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ffi};

/// The write-ahead log may grow to so many times the checkpoint interval before the writer looks for a moment to
/// end it, and to half as much again before it ends it anyway.
const WAL_INTERVALS_MAX: u32 = 3;
/// Meanwhile passes follow each other at this fraction of the interval, so that little is left to copy.
const CLOSING_FRACTION: u32 = 64;

/// The writer's end: knows how long the write-ahead log is and asks for passes.
///
/// A pass cannot catch up with a writer that never pauses, and SQLite starts the write-ahead log over only when
/// all of it is copied. So when it has grown long and a pass has just ended, the writer copies the short rest itself.
///
/// To be dropped before the writer's connection. Then the thread has ended, and the write-ahead log is as far copied as
/// it is.
#[derive(Debug)]
pub struct Checkpointer {
    interval: u32,
    wal_pages: Arc<AtomicU32>,
    seen: u32,
    next_request: u32,
    pass: Arc<Pass>,
    requests: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Pass {
    running: AtomicBool,
    copied: AtomicU32,
    /// What could not be forced to disk.
    unforced: Mutex<Option<String>>,
}

impl Pass {
    fn failed(&self, error: &rusqlite::Error) {
        tracing::warn!(%error, "the write-ahead log could not be copied");
        if is_unforced(error) {
            *self.unforced.lock() = Some(error.to_string());
        }
    }
}

impl Checkpointer {
    /// Starts the thread, which opens its own connection, and listens to the writer's commits. After `interval` pages a
    /// pass is asked for. The engine's own checkpoints are off from then on.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn start(
        thread_name: String,
        writer: &mut Connection,
        interval: u32,
        open: impl FnOnce() -> rusqlite::Result<Connection> + Send + 'static,
    ) -> io::Result<Self> {
        let wal_pages = Arc::new(AtomicU32::new(0));
        let pages = Arc::clone(&wal_pages);
        let hook = move |_: &mut rusqlite::hooks::Wal, count| {
            pages.store(u32::try_from(count).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        };
        writer.wal_hook(Some(hook)).map_err(io::Error::other)?;
        let (requests, inbox) = sync_channel(1);
        let pass = Arc::new(Pass::default());
        let thread = Builder::new().name(thread_name).spawn({
            let pass = Arc::clone(&pass);
            move || run(open, &inbox, &pass)
        })?;
        let interval = interval.max(1);
        let (requests, thread) = (Some(requests), Some(thread));
        Ok(Self { interval, wal_pages, seen: 0, next_request: interval, pass, requests, thread })
    }

    /// Asks for passes after other intervals, in pages.
    pub fn set_interval(&mut self, interval: u32) {
        self.interval = interval.max(1);
        self.next_request = self.interval;
    }

    /// To be called by the writer after its commits.
    pub fn after_commit(&mut self, writer: &Connection) {
        let pages = self.wal_pages.load(Ordering::Relaxed);
        if pages < self.seen {
            self.next_request = self.interval;
            self.pass.copied.store(0, Ordering::Relaxed);
        }
        self.seen = pages;
        if pages < self.next_request {
            return;
        }
        let long = self.interval.saturating_mul(WAL_INTERVALS_MAX);
        let step = if pages < long { self.interval } else { (self.interval / CLOSING_FRACTION).max(1) };
        self.next_request = pages.saturating_add(step);
        let rest = pages.saturating_sub(self.pass.copied.load(Ordering::Relaxed));
        let idle = !self.pass.running.load(Ordering::Acquire);
        if pages >= long && idle && (rest <= 2 * step || pages >= long.saturating_add(long / 2)) {
            self.end_wal(writer, pages);
        } else {
            self.request();
        }
    }

    fn request(&self) {
        match self.requests.as_ref().map(|requests| requests.try_send(())) {
            Some(Ok(()) | Err(TrySendError::Full(()))) | None => {}
            Some(Err(TrySendError::Disconnected(()))) => {
                tracing::error!("the thread of checkpoints has ended");
            }
        }
    }

    fn end_wal(&self, writer: &Connection, pages: u32) {
        match checkpoint(writer, "PASSIVE") {
            Ok(copied) if copied >= pages => {}
            Ok(copied) => {
                tracing::warn!(pages, copied, "a reader holds on to the write-ahead log, it goes on growing");
            }
            Err(error) => self.pass.failed(&error),
        }
    }

    /// What could not be forced to disk, once a pass has failed so.
    #[must_use]
    pub fn unforced(&self) -> Option<String> {
        self.pass.unforced.lock().clone()
    }

    /// Ends the thread, then copies everything and empties the write-ahead log.
    pub fn finish(&mut self, writer: &Connection) {
        self.end_thread();
        if let Err(error) = checkpoint(writer, "TRUNCATE") {
            tracing::warn!(%error, "the write-ahead log could not be emptied; the next start will do it");
            keep_wal(writer);
        }
    }

    /// Ends the thread, and leaves the write-ahead log to the next start.
    pub fn abandon(&mut self, writer: &Connection) {
        keep_wal(writer);
        self.end_thread();
    }

    fn end_thread(&mut self) {
        self.requests = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread of checkpoints has panicked");
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.end_thread();
    }
}

fn run(open: impl FnOnce() -> rusqlite::Result<Connection>, inbox: &Receiver<()>, pass: &Pass) {
    let connection = match open() {
        Ok(connection) => connection,
        Err(error) => return tracing::error!(%error, "the file cannot be opened for checkpoints"),
    };
    while inbox.recv().is_ok() {
        // A pass after one that could not be forced may seem to succeed: the system takes its pages for written.
        if pass.unforced.lock().is_some() {
            continue;
        }
        pass.running.store(true, Ordering::Release);
        match checkpoint(&connection, "PASSIVE") {
            Ok(copied) => pass.copied.store(copied, Ordering::Relaxed),
            Err(error) => pass.failed(&error),
        }
        pass.running.store(false, Ordering::Release);
    }
}

/// The last connection that closes copies the write-ahead log and removes it, unless it is told not to.
fn keep_wal(connection: &Connection) {
    if let Err(error) = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true) {
        tracing::error!(%error, "the write-ahead log may be copied and removed when the log is closed");
    }
}

/// Pages copied so far of the present write-ahead log.
fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<u32> {
    let copied: i64 =
        connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get(2))?;
    Ok(u32::try_from(copied).unwrap_or(0))
}

/// Whether the disk did not take what was to be forced to it: from then on nobody knows what it holds.
#[must_use]
pub fn is_unforced(error: &rusqlite::Error) -> bool {
    let codes = [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_DIR_FSYNC];
    error.sqlite_error().is_some_and(|error| codes.contains(&error.extended_code))
}
