//! The last commit in the write-ahead log may be in memory only: the process was killed before it was forced to disk, or
//! forcing it failed, after which the system takes its pages for written. What is served must not go away with the
//! power, so it is written once more, and forced, before the engine opens the log. Commits before it are on disk:
//! each is forced before the next one begins. The layout is that of the "WAL-mode File Format" of SQLite's documentation.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;
const CHUNK_BYTES: usize = 1024 * 1024;

/// Writes the last commit of a write-ahead log again, byte for byte, and forces it to disk. No connection may be open.
pub(super) fn force_again(wal: &Path) -> io::Result<()> {
    let mut file = match File::options().read(true).write(true).open(wal) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let Range { start, end } = last_commit(&mut file)?;
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut at = start;
    while at < end {
        let length = usize::try_from(end - at).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
        let bytes = &mut chunk[..length];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(bytes)?;
        file.seek(SeekFrom::Start(at))?;
        file.write_all(bytes)?;
        at += length as u64;
    }
    file.sync_all()
}

/// Where the last commit is, and what a commit that is not complete has left behind it.
fn last_commit(file: &mut (impl Read + Seek)) -> io::Result<Range<u64>> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut header = [0; HEADER_BYTES];
    if length < HEADER_BYTES as u64 {
        return Ok(0..length);
    }
    file.seek(SeekFrom::Start(0))?;
    file.read_exact(&mut header)?;
    let frame_bytes = FRAME_HEADER_BYTES as u64 + u64::from(word(&header, 8));
    let (mut start, mut complete, mut end) = (0, 0, HEADER_BYTES as u64);
    let mut frame = [0; FRAME_HEADER_BYTES];
    while end + frame_bytes <= length {
        file.seek(SeekFrom::Start(end))?;
        file.read_exact(&mut frame)?;
        // Frames of an earlier round carry other salts.
        if frame[8..16] != header[16..24] {
            break;
        }
        end += frame_bytes;
        let commits = word(&frame, 4) != 0;
        if commits {
            (start, complete) = (complete, end);
        }
    }
    Ok(start..end)
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4].iter().fold(0, |word, byte| word << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    const FRAME_BYTES: u64 = 24 + 4_096;

    #[test]
    fn the_last_commit_is_found_and_written_again_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (path, wal) = (folder.path().join("log.db"), folder.path().join("log.db-wal"));
        let connection = Connection::open(&path).unwrap();
        let mode = "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;";
        connection.execute_batch(mode).unwrap();
        connection.execute_batch("CREATE TABLE event (data)").unwrap();
        let before = wal.metadata().unwrap().len();
        connection.execute("INSERT INTO event VALUES (zeroblob(9000))", []).unwrap();
        let after = wal.metadata().unwrap().len();
        let found = last_commit(&mut File::open(&wal).unwrap()).unwrap();
        assert_eq!(found, before..after);
        assert_eq!((after - before) % FRAME_BYTES, 0);

        let bytes = std::fs::read(&wal).unwrap();
        force_again(&wal).unwrap();
        assert_eq!(std::fs::read(&wal).unwrap(), bytes);
    }

    #[test]
    fn a_first_commit_goes_with_the_header_and_no_log_is_no_trouble() {
        let folder = tempfile::tempdir().unwrap();
        let (path, wal) = (folder.path().join("log.db"), folder.path().join("log.db-wal"));
        force_again(&wal).unwrap();
        assert!(!wal.exists());
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE event (data)").unwrap();
        let found = last_commit(&mut File::open(&wal).unwrap()).unwrap();
        assert_eq!(found, 0..wal.metadata().unwrap().len());
    }
}
