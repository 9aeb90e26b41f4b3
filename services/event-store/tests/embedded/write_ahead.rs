//! A write-ahead log that is damaged, cut off or without its log: told before anything is lost.

use std::fs;
use std::path::Path;

use rapport_event_store::{EmbeddedOptions, EmbeddedStore, OpenError};
use tempfile::TempDir;

use crate::check::check;
use crate::sample::{append, fill, log, open, sized};

const HEADER_BYTES: usize = 32;
const FRAME_BYTES: usize = 24 + 8_192;

/// A log as a killed process leaves it: ten events in the file, and ten in the write-ahead log.
async fn killed() -> TempDir {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    fill(&store, 10).await;
    store.close().await;
    let store = EmbeddedStore::open(directory.path(), EmbeddedOptions::default()).unwrap();
    for number in 11..=20 {
        append(&store, sized(number, 3_000)).await.unwrap();
    }
    let left = TempDir::new().unwrap();
    for file in ["log.db", "log.db-wal"] {
        fs::copy(directory.path().join(file), left.path().join(file)).unwrap();
    }
    left
}

fn refusal(directory: &Path) -> OpenError {
    EmbeddedStore::open(directory, EmbeddedOptions::default()).unwrap_err()
}

/// Places of the frames that end a commit.
fn commits(wal: &[u8]) -> Vec<usize> {
    let frames = (HEADER_BYTES..wal.len()).step_by(FRAME_BYTES);
    frames.filter(|frame| wal[frame + 4..frame + 8] != [0; 4]).collect()
}

#[tokio::test]
async fn what_a_killed_process_left_is_whole() {
    let directory = killed().await;
    assert_eq!((check(directory.path()).findings.len(), check(directory.path()).events), (0, 20));
    assert_eq!(log(&open(directory.path())).await.unwrap().len(), 20);
}

#[tokio::test]
async fn a_damaged_write_ahead_log_is_refused_and_left_as_it_is() {
    let directory = killed().await;
    let path = directory.path().join("log.db-wal");
    let good = fs::read(&path).unwrap();
    let commits = commits(&good);
    // In the header, and in the page, the checksum, the salt and the page number of a frame.
    for (at, frame) in [
        (5, 0),
        (17, 0),
        (commits[2] + 1_000, 1 + (commits[2] - HEADER_BYTES) / FRAME_BYTES),
        (commits[2] + 17, 1 + (commits[2] - HEADER_BYTES) / FRAME_BYTES),
        (commits[2] + 9, 1 + (commits[2] - HEADER_BYTES) / FRAME_BYTES),
        (commits[2] + 3, 1 + (commits[2] - HEADER_BYTES) / FRAME_BYTES),
        (HEADER_BYTES + 30, 1),
    ] {
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        fs::write(&path, &bytes).unwrap();
        let refused = refusal(directory.path());
        let OpenError::WalDamaged { path: named, frame: found } = &refused else { panic!("{refused}") };
        assert_eq!((named, *found), (&path, frame as u64), "byte {at}");
        assert!(refused.to_string().contains("restore"), "{refused}");
        let without_backup = refused.to_string().contains("delete log.db-wal in the copy alone");
        assert_eq!(without_backup, frame == 0, "{refused}");
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
    fs::write(&path, good).unwrap();
    assert_eq!(log(&open(directory.path())).await.unwrap().len(), 20);
}

#[tokio::test]
async fn a_last_commit_that_was_cut_off_was_never_acknowledged() {
    let directory = killed().await;
    let path = directory.path().join("log.db-wal");
    let good = fs::read(&path).unwrap();
    let last = *commits(&good).last().unwrap();
    // The end is missing, or the disk has written the end and not what is before it.
    let (cut, mut torn) = (good[..last + 5_000].to_vec(), good.clone());
    torn[last + 100..last + 4_000].fill(0);
    for bytes in [cut, torn] {
        fs::write(&path, bytes).unwrap();
        let report = check(directory.path());
        assert_eq!((report.findings.len(), report.events), (0, 19));
        let store = open(directory.path());
        assert_eq!(log(&store).await.unwrap().len(), 19);
        assert_eq!(append(&store, sized(20, 3_000)).await.unwrap().position.0, 20);
        drop(store);
        fs::write(&path, &good).unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(log(&open(directory.path())).await.unwrap().len(), 20);
        return_to(directory.path(), &killed().await);
    }
}

fn return_to(directory: &Path, state: &TempDir) {
    for file in ["log.db", "log.db-wal"] {
        fs::copy(state.path().join(file), directory.join(file)).unwrap();
    }
}

#[tokio::test]
async fn a_log_that_is_gone_or_empty_is_not_made_anew_beside_its_write_ahead_log() {
    let directory = killed().await;
    let path = directory.path().join("log.db");
    let wal = fs::read(directory.path().join("log.db-wal")).unwrap();
    fs::write(&path, []).unwrap();
    assert!(matches!(refusal(directory.path()), OpenError::LostFile { .. }));
    fs::remove_file(&path).unwrap();
    let refused = refusal(directory.path());
    assert!(matches!(&refused, OpenError::LostFile { path: named } if *named == path), "{refused}");
    assert!(!path.exists());
    assert_eq!(fs::read(directory.path().join("log.db-wal")).unwrap(), wal);
}

#[tokio::test]
async fn a_log_that_is_cut_short_is_refused() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    fill(&store, 40).await;
    store.close().await;
    let path = directory.path().join("log.db");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 100]).unwrap();
    let refused = refusal(directory.path());
    let expected = format!(
        "{} is cut short: it has {} bytes, and its header promises {}; restore it from a backup",
        path.display(),
        bytes.len() - 100,
        bytes.len()
    );
    assert_eq!(refused.to_string(), expected);
}
