//! One process per data directory.

use std::fs::{DirBuilder, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::OpenError;

const LOCK_FILE: &str = "lock";
/// Rights on a new data directory.
#[cfg(unix)]
const OWNER_ONLY: u32 = 0o700;
/// Longest process number that is read from the lock file, in bytes.
const PID_BYTES_MAX: u64 = 16;

/// Holds the data directory until it and its clones are dropped; the system lets go of it when the process dies.
#[derive(Debug, Clone)]
pub struct DirectoryLock {
    _file: Arc<File>,
}

impl DirectoryLock {
    /// Takes the directory and writes this process's number into the lock file.
    ///
    /// # Errors
    /// When another process has it, or the file cannot be written.
    pub fn acquire(directory: &Path) -> Result<Self, OpenError> {
        Self::acquire_by(directory, File::try_lock)
    }

    /// Takes the directory together with others that only read there: nobody can write until all have dropped it.
    ///
    /// # Errors
    /// When a process that writes has it, or the lock file cannot be written.
    pub fn acquire_to_read(directory: &Path) -> Result<Self, OpenError> {
        Self::acquire_by(directory, File::try_lock_shared)
    }

    fn acquire_by(
        directory: &Path,
        try_lock: fn(&File) -> Result<(), TryLockError>,
    ) -> Result<Self, OpenError> {
        let path = directory.join(LOCK_FILE);
        let failed = |source| OpenError::Io { path: path.clone(), source };
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match try_lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(&mut file, directory)),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        file.set_len(0).map_err(failed)?;
        write!(file, "{}", std::process::id()).map_err(failed)?;
        Ok(Self { _file: Arc::new(file) })
    }
}

fn held(file: &mut File, directory: &Path) -> OpenError {
    let mut text = String::new();
    let read = file.take(PID_BYTES_MAX).read_to_string(&mut text);
    let pid = read.ok().and_then(|_| text.trim().parse().ok());
    OpenError::Held { pid, path: directory.to_owned() }
}

/// Creates the directory and those above it, and makes their names durable.
///
/// # Errors
/// When it cannot be created, or its name cannot be made durable.
pub fn create_directory(directory: &Path) -> Result<(), OpenError> {
    let failed = |source| OpenError::Io { path: directory.to_owned(), source };
    if directory.is_dir() {
        return Ok(());
    }
    let missing = directory.ancestors().take_while(|ancestor| !is_there(ancestor)).count();
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    // What is exchanged with customers is nobody else's to read, sealed or not.
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, OWNER_ONLY);
    builder.create(directory).map_err(failed)?;
    directory.ancestors().take(missing).try_for_each(|made| sync_directory(parent(made))).map_err(failed)
}

/// An empty path is where the process stands.
fn is_there(directory: &Path) -> bool {
    directory.as_os_str().is_empty() || directory.exists()
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the names of a directory's files durable.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(PathBuf::from(directory))?.sync_all() } else { Ok(()) }
}
