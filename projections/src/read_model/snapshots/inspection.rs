//! Snapshots as a process reads them that makes none: a check. Nothing is written to them, nor beside them.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rapport_domain::envelope::Position;
use rusqlite::{Connection, OpenFlags};

use super::{Snapshot, UNFINISHED, checksum};
use crate::read_model::file::Standing;
use crate::read_model::past::snapshots_in;
use crate::storage::StorageTrouble;

/// What a check of a snapshot found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotReport {
    /// The file, from the directory of the read models on.
    pub file: PathBuf,
    /// The last event in it, and that event's id; nothing where that cannot be read.
    pub checkpoint: Option<(Position, Option<String>)>,
    /// What is wrong with it.
    pub fault: Option<SnapshotFault>,
}

/// Why a snapshot is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotFault {
    /// It is not called as snapshots are.
    #[error("it does not have the name of a snapshot")]
    Name,
    /// Its bytes are not those that were written.
    #[error("it is damaged: its bytes are not those that its name tells the checksum of")]
    Damaged,
    /// It is no file of a read model, or it cannot be read.
    #[error("it cannot be read: {cause}")]
    Unreadable {
        /// What failed.
        cause: String,
    },
    /// It holds something else than its place and its name say.
    #[error("it holds {found} at position {position}, which is not what its folder and its name say")]
    Misplaced {
        /// Read model, version and definition.
        found: String,
        /// The last event in it.
        position: Position,
    },
}

/// Looks through the snapshots of the read models in a directory, of this build's definitions and of others. Each is read
/// once, as a whole; nothing is written. A server may go on serving: what it deletes meanwhile is left out.
#[must_use]
pub fn inspect_snapshots(directory: &Path) -> Vec<SnapshotReport> {
    let mut found: Vec<PathBuf> =
        entries(&snapshots_in(directory)).flat_map(|folder| entries(&folder).collect::<Vec<_>>()).collect();
    found.retain(|path| path.extension().is_none_or(|ending| ending != UNFINISHED));
    found.sort();
    found.iter().filter_map(|path| report(directory, path)).collect()
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

/// Nothing where a server has deleted it meanwhile.
fn report(directory: &Path, path: &Path) -> Option<SnapshotReport> {
    let file = path.strip_prefix(directory).unwrap_or(path).to_owned();
    let mut report = SnapshotReport { file, checkpoint: None, fault: None };
    match look(path, &mut report) {
        Ok(fault) => report.fault = fault,
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        Err(error) => report.fault = Some(SnapshotFault::Unreadable { cause: error.kind().to_string() }),
    }
    Some(report)
}

fn look(path: &Path, report: &mut SnapshotReport) -> io::Result<Option<SnapshotFault>> {
    let bytes = fs::metadata(path)?.len();
    let Some(snapshot) = Snapshot::named(path.to_owned(), bytes) else {
        return Ok(Some(SnapshotFault::Name));
    };
    if checksum(path)? != snapshot.checksum {
        return Ok(Some(SnapshotFault::Damaged));
    }
    let standing = match standing(path) {
        Ok(standing) => standing,
        Err(error) => {
            let cause = StorageTrouble::from(error).to_string();
            return Ok(Some(SnapshotFault::Unreadable { cause }));
        }
    };
    let position = standing.checkpoint.position;
    let label = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
    let found = standing.label();
    report.checkpoint = Some((position, standing.checkpoint.event_id));
    let is_in_place = found == label && position == snapshot.position;
    Ok((!is_in_place).then_some(SnapshotFault::Misplaced { found, position }))
}

/// What a file that does not change says of itself. A file that might would leave traces beside it.
fn standing(path: &Path) -> rusqlite::Result<Standing> {
    let escaped = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags)?;
    Standing::read(&connection)?.ok_or(rusqlite::Error::QueryReturnedNoRows)
}
