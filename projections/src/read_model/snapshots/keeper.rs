//! The task that makes snapshots of a read model while it is followed.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use rapport_event_store::Positions;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::copy::{Pace, copy};
use super::thinning::{SNAPSHOTS_MAX, bytes_max};
use super::{Snapshots, UNFINISHED};
use crate::query::QueryError;
use crate::read_model::past::Past;
use crate::read_model::progress::Progress;
use crate::read_model::source::stride;
use crate::read_model::{Core, Shared};

/// Bytes that are copied for each event that has come since, less than its fold writes: the larger the file, the farther
/// apart its snapshots.
const BYTES_PER_EVENT: u64 = 4 * 1024;
/// Longest wait for a connection to copy from.
const READER_WAIT_MAX: Duration = Duration::from_secs(60);

/// Makes a snapshot whenever the file that serves has taken in enough since the last one. Ends with the read model.
pub(crate) async fn keep(shared: Arc<Shared>, positions: Positions) {
    let mut serving = shared.serving.subscribe();
    loop {
        let core = Arc::clone(&serving.borrow_and_update());
        tokio::select! {
            biased;
            // The sender is a part of what is shared.
            _ = serving.changed() => {}
            () = keep_of(&core, &shared.past, positions) => return,
        }
    }
}

/// Snapshots of one file, until it ends. A file that another definition made has none: they could not be gone on with.
async fn keep_of(core: &Arc<Core>, past: &Arc<Past>, positions: Positions) {
    let mut progress = core.progress.subscribe();
    let is_of_this_build = past.is_of(&core.file);
    let mut not_before = 0;
    loop {
        let is_behind = core.can_answer() && core.is_behind_its_floor();
        let due = due(core, past, positions).max(not_before);
        let has_arrived = |progress: &Progress| is_behind && !progress.is_building();
        let is_due = |progress: &Progress| progress.floor.is_some() && progress.written.0 >= due;
        let is_awaited = |progress: &Progress| {
            progress.ended || (is_of_this_build && (has_arrived(progress) || is_due(progress)))
        };
        match progress.wait_for(is_awaited).await {
            Ok(progress) if progress.ended => return,
            // From here on they are nearer to each other.
            Ok(progress) if !is_due(&progress) => continue,
            Ok(_) => {}
            Err(_) => return,
        }
        let Ok(permit) = Arc::clone(&past.archive().copies).acquire_owned().await else { return };
        // What does not come about is tried again later, and not at once.
        not_before = core.progress.borrow().written.0 + spacing(past, positions);
        let projection = core.file.projection;
        if let Err(error) = make(core, past, permit).await {
            past.snapshots.failed();
            tracing::warn!(projection, %error, "a snapshot of a read model could not be made");
        }
    }
}

/// The position from which on a snapshot is due.
fn due(core: &Core, past: &Past, positions: Positions) -> u64 {
    let (last, bytes) = past.snapshots.newest().map_or((0, 0), |(at, bytes)| (at.0, bytes));
    let written = (bytes / BYTES_PER_EVENT).saturating_mul(stride(positions));
    let kept = if core.can_answer() && core.is_behind_its_floor() {
        kept_apart(last, bytes, core.floor().0)
    } else {
        0
    };
    last + spacing(past, positions).max(written).max(kept)
}

/// How far those are apart that will still be kept when the file is at `head`: others need not be made on the way there.
fn kept_apart(last: u64, bytes: u64, head: u64) -> u64 {
    let bytes_at_head = u128::from(bytes) * u128::from(head) / u128::from(last.max(1));
    let bytes_at_head = u64::try_from(bytes_at_head).unwrap_or(u64::MAX);
    // A file grows about evenly, so they are half as large on the average.
    let count = bytes_max(bytes_at_head).saturating_mul(2) / bytes_at_head.max(1);
    head / count.clamp(1, SNAPSHOTS_MAX as u64)
}

fn spacing(past: &Past, positions: Positions) -> u64 {
    past.archive().spacing.saturating_mul(stride(positions))
}

async fn make(core: &Arc<Core>, past: &Arc<Past>, permit: OwnedSemaphorePermit) -> Result<(), QueryError> {
    let (past, forgotten) = (Arc::clone(past), past.snapshots.forgotten());
    let progress = core.progress.subscribe();
    let pace = if core.is_behind_its_floor() { Pace::Full } else { Pace::Careful };
    let work = move |connection: &mut rusqlite::Connection| {
        // To the end of the copy, also when nobody waits for it any more: the next one has the same name.
        let _permit = permit;
        // A read model that ends, or is folded anew, waits until nobody reads; and a file that was replaced is worth none.
        let goes_on = || {
            let progress = progress.borrow();
            !progress.ended && !progress.superseded && progress.floor.is_some()
        };
        copied(&past.snapshots, connection, pace, forgotten, goes_on)
    };
    core.readers.run(Instant::now() + READER_WAIT_MAX, work).await
}

fn copied(
    snapshots: &Snapshots,
    connection: &mut rusqlite::Connection,
    pace: Pace,
    forgotten: u64,
    goes_on: impl Fn() -> bool,
) -> Result<(), QueryError> {
    let storage = |error: std::io::Error| QueryError::Unavailable { cause: error.kind().to_string() };
    fs::create_dir_all(&snapshots.directory).map_err(storage)?;
    let made = snapshots.directory.join(format!("copy.{UNFINISHED}"));
    // One that was left behind would not be written anew, but over.
    match fs::remove_file(&made) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(storage(error)),
    }
    let kept = match copy(connection, &made, pace, goes_on) {
        Ok(Some(position)) => snapshots.keep(&made, position, forgotten).map_err(storage),
        Ok(None) => Ok(()),
        Err(error) => Err(error.into()),
    };
    // After it was kept there is nothing under this name.
    let _ = fs::remove_file(&made);
    kept
}
