//! Making a snapshot, page by page, from a state that stands still while the writer goes on.

use std::fs::File;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rapport_domain::envelope::Position;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::read_model::file::{Checkpoint, UNSHARED};
use crate::read_model::loading;

/// Pages that are copied at a time.
const PAGES: i32 = 256;
/// Bytes that are copied a second at most while others wait for the disk. What is written faster than the disk takes it
/// lies in the system's memory, and the next append that is forced to disk waits until all of it is there.
const BYTES_PER_SECOND: u64 = 48 * 1024 * 1024;
/// Bytes after which the copy is forced to disk: little at a time, for the same reason.
const FORCED_BYTES: u64 = 8 * 1024 * 1024;

/// How much is taken care of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// Queries and the writer come first: as long as the steps take, it rests in between.
    Careful,
    /// The read model answers nobody yet, and goes on fast.
    Full,
}

/// Copies what a connection sees into a file, and says where it stands; nothing when it is not to go on.
pub(super) fn copy(
    source: &mut Connection,
    target: &Path,
    pace: Pace,
    goes_on: impl Fn() -> bool,
) -> rusqlite::Result<Option<Position>> {
    // The state of the first read is the one that is seen to the end.
    let state = source.transaction()?;
    // Without its indexes it is no place to go on from.
    if loading::is_under_way(&state)? {
        return Ok(None);
    }
    let position = Checkpoint::read(&state)?.position;
    let page_bytes: u32 = state.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let step_bytes = u64::from(page_bytes) * u64::from(PAGES.unsigned_abs());
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut copied = Connection::open_with_flags_and_vfs(target, flags, UNSHARED)?;
    copied.pragma_update(None, "journal_mode", "OFF")?;
    copied.pragma_update(None, "synchronous", "OFF")?;
    let backup = Backup::new(&state, &mut copied)?;
    let mut unforced = 0;
    while goes_on() {
        let begun = Instant::now();
        if backup.step(PAGES)? == StepResult::Done {
            return Ok(Some(position));
        }
        unforced += step_bytes;
        if unforced >= FORCED_BYTES {
            force(target);
            unforced = 0;
        }
        if pace == Pace::Careful {
            let took = begun.elapsed();
            thread::sleep(took.max(time_for(step_bytes).saturating_sub(took)));
        }
    }
    Ok(None)
}

/// How long so many bytes are to take.
fn time_for(bytes: u64) -> Duration {
    Duration::from_micros(bytes * 1_000_000 / BYTES_PER_SECOND)
}

/// To spread the writing, and for nothing else: a copy that a power cut leaves half written does not fit its checksum.
fn force(target: &Path) {
    if let Err(error) = File::open(target).and_then(|file| file.sync_data()) {
        tracing::debug!(%error, "a part of a snapshot could not be forced to disk");
    }
}
