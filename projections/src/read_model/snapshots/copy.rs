//! Making a snapshot, page by page, from a state that stands still while the writer goes on.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rapport_domain::envelope::Position;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::read_model::file::{Checkpoint, UNSHARED};

/// Pages that are copied at a time.
const PAGES: i32 = 256;
/// Shortest pause between two of them.
const PAUSE_MIN: Duration = Duration::from_micros(100);

/// Copies what a connection sees into a file, and says where it stands; nothing when it is not to go on. As long as the
/// steps take, it rests in between: queries and the writer come first.
///
/// The file is not forced to disk: one that a power cut leaves half written does not fit its checksum.
pub(super) fn copy(
    source: &mut Connection,
    target: &Path,
    goes_on: impl Fn() -> bool,
) -> rusqlite::Result<Option<Position>> {
    // The state of the first read is the one that is seen to the end.
    let state = source.transaction()?;
    let position = Checkpoint::read(&state)?.position;
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut target = Connection::open_with_flags_and_vfs(target, flags, UNSHARED)?;
    target.pragma_update(None, "journal_mode", "OFF")?;
    target.pragma_update(None, "synchronous", "OFF")?;
    let backup = Backup::new(&state, &mut target)?;
    while goes_on() {
        let begun = Instant::now();
        if backup.step(PAGES)? == StepResult::Done {
            return Ok(Some(position));
        }
        thread::sleep(begun.elapsed().max(PAUSE_MIN));
    }
    Ok(None)
}
