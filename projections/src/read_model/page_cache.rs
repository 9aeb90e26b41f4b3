//! What the system keeps in memory of snapshots. They are written all the time and seldom read: left alone, they would push out
//! the log and the files that serve, and each append would wait for the disk.

use std::fs::File;
use std::io;
use std::path::Path;

/// Bytes of a file that is read in advance.
const EXPECTED_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Forces a file to disk, and lets its pages go: nobody will read it soon.
pub(super) fn leave(path: &Path) {
    tell(path, |file| {
        // What is not on disk yet would stay.
        file.sync_data()?;
        advise(file, Advice::Leave)
    });
}

/// Begins to read a file, page after page: much of it will be asked for, here and there, which takes many times as long. Not
/// where it is so large that it would push out others.
pub(super) fn expect(path: &Path) {
    tell(path, |file| {
        if file.metadata()?.len() <= EXPECTED_BYTES_MAX { advise(file, Advice::Expect) } else { Ok(()) }
    });
}

/// Nothing depends on it.
fn tell(path: &Path, advise: impl FnOnce(&File) -> io::Result<()>) {
    if let Err(error) = File::open(path).and_then(|file| advise(&file)) {
        tracing::debug!(%error, "what is kept in memory of a snapshot is as the system has it");
    }
}

enum Advice {
    Leave,
    Expect,
}

#[cfg(target_os = "linux")]
fn advise(file: &File, advice: Advice) -> io::Result<()> {
    let advice = match advice {
        Advice::Leave => rustix::fs::Advice::DontNeed,
        Advice::Expect => rustix::fs::Advice::WillNeed,
    };
    Ok(rustix::fs::fadvise(file, 0, None, advice)?)
}

/// Elsewhere the system decides alone.
#[cfg(not(target_os = "linux"))]
fn advise(_file: &File, _advice: Advice) -> io::Result<()> {
    Ok(())
}
