//! One process per data directory.

use std::fs::{DirBuilder, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::error::OpenError;

const LOCK_FILE: &str = "lock";
/// Rights on a new data directory.
#[cfg(unix)]
const OWNER_ONLY: u32 = 0o700;
/// Longest process number that is read from the lock file, in bytes.
const PID_BYTES_MAX: u64 = 16;

/// Holds the data directory until it is dropped; the system lets go of it when the process dies.
#[derive(Debug)]
pub(super) struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Takes the directory and writes this process's number into the lock file.
    pub(super) fn acquire(directory: &Path) -> Result<Self, OpenError> {
        let path = directory.join(LOCK_FILE);
        let failed = |source| OpenError::Io { path: path.clone(), source };
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(&mut file, directory)),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        file.set_len(0).map_err(failed)?;
        write!(file, "{}", std::process::id()).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

fn held(file: &mut File, directory: &Path) -> OpenError {
    let mut text = String::new();
    let read = file.take(PID_BYTES_MAX).read_to_string(&mut text);
    let pid = read.ok().and_then(|_| text.trim().parse().ok());
    OpenError::Held { pid, path: directory.to_owned() }
}

/// Creates the directory and makes its name durable.
pub(super) fn create_directory(directory: &Path) -> Result<(), OpenError> {
    let failed = |source| OpenError::Io { path: directory.to_owned(), source };
    if directory.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    // What is exchanged with customers is nobody else's to read, sealed or not.
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, OWNER_ONLY);
    builder.create(directory).map_err(failed)?;
    let parent = directory.parent().filter(|parent| !parent.as_os_str().is_empty());
    sync_directory(parent.unwrap_or(Path::new("."))).map_err(failed)
}

/// Makes the names of a directory's files durable.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(PathBuf::from(directory))?.sync_all() } else { Ok(()) }
}
