//! Copies of a read model's file as it stood at positions of the log: where its past is folded on from.
//!
//! A copy that is there is never changed. It is named after its position and the checksum of its bytes, and is looked
//! through before it is first used in a run: one that is damaged is thrown away and another one used, or none. Like the
//! read models, copies may be deleted at any time.

mod copy;
mod inspection;
mod keeper;
mod thinning;

use std::fs::{self, File};
use std::io::{self, BufReader, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use rapport_domain::envelope::Position;

pub use self::inspection::{SnapshotFault, SnapshotReport, inspect_snapshots};
pub(super) use self::keeper::keep;
pub use self::thinning::{SNAPSHOTS_BYTES_FREE, SNAPSHOTS_MAX};
use super::page_cache;

/// Bytes that are read at a time to look through a copy.
const CHUNK_BYTES: usize = 1024 * 1024;
/// Ending of a copy that is being made.
const UNFINISHED: &str = "unfinished";

/// A read model's file as it stood.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    /// The last event in it.
    pub(super) position: Position,
    checksum: u32,
    bytes: u64,
    path: PathBuf,
    /// Whether this process has looked it through, or made it.
    is_proved: Arc<AtomicBool>,
}

impl Snapshot {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes sure that the bytes are those that were written. Takes one read of the file, once in a run.
    pub(super) fn prove(&self) -> io::Result<()> {
        if self.is_proved.load(Ordering::Acquire) {
            return Ok(());
        }
        if checksum(&self.path)? != self.checksum {
            return Err(io::Error::new(ErrorKind::InvalidData, "its bytes are not those that were written"));
        }
        self.is_proved.store(true, Ordering::Release);
        Ok(())
    }

    fn named(path: PathBuf, bytes: u64) -> Option<Self> {
        let (position, checksum) = path.file_name()?.to_str()?.strip_suffix(".db")?.split_once('.')?;
        Some(Self {
            position: Position(position.parse().ok()?),
            checksum: u32::from_str_radix(checksum, 16).ok()?,
            bytes,
            is_proved: Arc::default(),
            path,
        })
    }
}

/// The snapshots of one read model, oldest first.
pub(super) struct Snapshots {
    directory: PathBuf,
    kept: Mutex<Vec<Snapshot>>,
    /// How often all were thrown away; changed while `kept` is locked.
    forgotten: AtomicU64,
    /// How often one could not be made, or was found to be unfit.
    failures: AtomicU64,
}

/// What there is of snapshots.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SnapshotStock {
    pub(crate) count: u64,
    pub(crate) bytes: u64,
    /// The last event in the newest one; [`Position::START`] where there is none.
    pub(crate) newest: Position,
    /// Those that could not be made, and those that were found to be unfit, since the process started.
    pub(crate) failures: u64,
}

impl Snapshots {
    /// Those that are in a directory; it need not exist.
    pub(super) fn open(directory: PathBuf) -> Self {
        let mut kept = Vec::new();
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            if entry.path().extension().is_some_and(|ending| ending == UNFINISHED) {
                // Should it stay, it is overwritten by the next one.
                let _ = fs::remove_file(entry.path());
            } else if let Ok(metadata) = entry.metadata() {
                kept.extend(Snapshot::named(entry.path(), metadata.len()));
            }
        }
        kept.sort_by_key(|snapshot| snapshot.position);
        let (forgotten, failures) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { directory, kept: Mutex::new(kept), forgotten, failures }
    }

    pub(super) fn stock(&self) -> SnapshotStock {
        let kept = self.kept.lock();
        SnapshotStock {
            count: u64::try_from(kept.len()).unwrap_or(u64::MAX),
            bytes: kept.iter().map(|snapshot| snapshot.bytes).sum(),
            newest: kept.last().map_or(Position::START, |newest| newest.position),
            failures: self.failures.load(Ordering::Relaxed),
        }
    }

    fn failed(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// Those at or before a position, the nearest first.
    pub(super) fn before(&self, position: Position) -> Vec<Snapshot> {
        let kept = self.kept.lock();
        kept.iter().rev().filter(|snapshot| snapshot.position <= position).cloned().collect()
    }

    /// The last one, and its bytes.
    fn newest(&self) -> Option<(Position, u64)> {
        self.kept.lock().last().map(|snapshot| (snapshot.position, snapshot.bytes))
    }

    /// How often all were thrown away, for [`Self::keep`].
    fn forgotten(&self) -> u64 {
        self.forgotten.load(Ordering::Acquire)
    }

    /// Keeps a copy that was made, under the name of what is in it, and lets go of those that are not needed as much.
    /// Not where all were thrown away since it was begun: it is of the file that they were of.
    fn keep(&self, made: &Path, position: Position, forgotten: u64) -> io::Result<()> {
        let checksum = checksum(made)?;
        // From here on it is read from the disk.
        File::open(made)?.sync_data()?;
        page_cache::leave(made);
        let bytes = fs::metadata(made)?.len();
        let path = self.directory.join(format!("{:020}.{checksum:08x}.db", position.0));
        fs::rename(made, &path)?;
        let is_proved = Arc::new(AtomicBool::new(true));
        let snapshot = Snapshot { position, checksum, bytes, path, is_proved };
        let mut kept = self.kept.lock();
        if self.forgotten() != forgotten {
            delete(&snapshot);
            return Ok(());
        }
        kept.retain(|snapshot| snapshot.position != position);
        kept.push(snapshot);
        kept.sort_by_key(|snapshot| snapshot.position);
        let gone = thinning::thin(&mut kept);
        drop(kept);
        gone.iter().for_each(delete);
        Ok(())
    }

    /// Throws one away that is unfit.
    pub(super) fn discard(&self, snapshot: &Snapshot) {
        self.failed();
        self.kept.lock().retain(|kept| kept.path != snapshot.path);
        delete(snapshot);
    }

    /// Throws all of them away.
    pub(super) fn forget(&self) {
        let gone = {
            let mut kept = self.kept.lock();
            self.forgotten.fetch_add(1, Ordering::AcqRel);
            std::mem::take(&mut *kept)
        };
        gone.iter().for_each(delete);
    }
}

/// One that is gone already is as good, and one that stays is judged again when it is used.
fn delete(snapshot: &Snapshot) {
    let _ = fs::remove_file(&snapshot.path);
}

fn checksum(path: &Path) -> io::Result<u32> {
    let mut file = BufReader::with_capacity(CHUNK_BYTES, File::open(path)?);
    let mut hasher = crc32fast::Hasher::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match file.read(&mut chunk) {
            Ok(0) => return Ok(hasher.finalize()),
            Ok(length) => hasher.update(chunk.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_that_was_begun_before_all_were_thrown_away_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let snapshots = Snapshots::open(folder.path().to_owned());
        let made = folder.path().join("made");
        let begun = snapshots.forgotten();
        fs::write(&made, "of the older file").unwrap();
        snapshots.forget();
        snapshots.keep(&made, Position(5), begun).unwrap();
        assert!(snapshots.before(Position(9)).is_empty());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(&made, "of the newer file").unwrap();
        snapshots.keep(&made, Position(5), snapshots.forgotten()).unwrap();
        assert_eq!(snapshots.before(Position(9)).len(), 1);
    }
}
