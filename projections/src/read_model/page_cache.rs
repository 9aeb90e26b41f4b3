//! What the system keeps in memory of snapshots. They are written all the time and seldom read: left alone, they would push out
//! the log and the files that serve, and each append would wait for the disk.

use std::fs::File;
use std::io;
use std::path::Path;

/// Bytes of a file that is read in advance.
const EXPECTED_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Bytes that are asked for at a time: of more, Linux reads only the beginning.
const STEP_BYTES: u64 = 128 * 1024;

/// Lets the pages of a file go that are on disk: nobody will read it soon.
pub(super) fn leave(path: &Path) {
    told(File::open(path).and_then(|file| let_go(&file)));
}

/// Begins to read a file, page after page: much of it will be asked for, here and there, which takes many times as long. Not
/// where it is so large that it would push out others.
pub(super) fn expect(path: &Path) {
    told(File::open(path).and_then(|file| {
        let bytes = file.metadata()?.len();
        if bytes > EXPECTED_BYTES_MAX {
            return Ok(());
        }
        (0..bytes.div_ceil(STEP_BYTES)).try_for_each(|step| read_ahead(&file, step * STEP_BYTES))
    }));
}

/// Nothing depends on it.
fn told(advised: io::Result<()>) {
    if let Err(error) = advised {
        tracing::debug!(%error, "what is kept in memory of a snapshot is as the system has it");
    }
}

#[cfg(target_os = "linux")]
fn let_go(file: &File) -> io::Result<()> {
    Ok(rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed)?)
}

#[cfg(target_os = "linux")]
fn read_ahead(file: &File, from: u64) -> io::Result<()> {
    let bytes = std::num::NonZeroU64::new(STEP_BYTES);
    Ok(rustix::fs::fadvise(file, from, bytes, rustix::fs::Advice::WillNeed)?)
}

/// Elsewhere the system decides alone.
#[cfg(not(target_os = "linux"))]
fn let_go(_file: &File) -> io::Result<()> {
    Ok(())
}

/// Elsewhere the system decides alone.
#[cfg(not(target_os = "linux"))]
fn read_ahead(_file: &File, _from: u64) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// Bytes of files that this thread has had read from disk, where the system counts them.
    fn bytes_from_disk() -> Option<u64> {
        let counters = std::fs::read_to_string("/proc/thread-self/io").ok()?;
        counters.lines().find_map(|line| line.strip_prefix("read_bytes: "))?.parse().ok()
    }

    #[test]
    fn what_was_let_go_is_read_from_the_disk_again_and_not_its_beginning_alone() {
        const BYTES: usize = 24 * 1024 * 1024;
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), vec![7; BYTES]).unwrap();
        file.as_file().sync_all().unwrap();
        let_go(file.as_file()).unwrap();
        let before = bytes_from_disk();
        expect(file.path());
        let read = bytes_from_disk().zip(before).map_or(0, |(after, before)| after - before);
        if read == 0 {
            eprintln!(
                "skipped: this system does not read its files from a disk, or does not count what it reads"
            );
            return;
        }
        // How much of a file a system reads in advance is its own affair; the beginning alone is a third of this one at most.
        assert!(read > BYTES as u64 / 2, "{read} of {BYTES} bytes");
    }
}
