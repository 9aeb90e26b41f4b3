//! A file that is read again whenever it changes. One that makes no sense changes nothing: what was known stays.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::Mutex;

use crate::error::Failure;

/// How a file is read.
type Read<T> = Box<dyn Fn(&Path) -> Result<T, Failure> + Send + Sync>;

/// What a file says, as it is now.
pub(crate) struct Reread<T> {
    path: PathBuf,
    /// What the file is for, in the log.
    what: &'static str,
    read: Read<T>,
    known: Mutex<Known<T>>,
}

struct Known<T> {
    version: Option<Version>,
    content: Arc<T>,
}

/// What tells one version of a file from another: it may be written anew within a tick of the clock, or be replaced.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Version {
    modified: Option<SystemTime>,
    bytes: u64,
    inode: u64,
}

impl Version {
    fn of(path: &Path) -> Option<Self> {
        let metadata = path.metadata().ok()?;
        Some(Self { modified: metadata.modified().ok(), bytes: metadata.len(), inode: metadata.ino() })
    }
}

impl<T> Reread<T> {
    /// Reads a file.
    ///
    /// # Errors
    /// Those of `read`.
    pub(crate) fn open(
        path: &Path,
        what: &'static str,
        read: impl Fn(&Path) -> Result<T, Failure> + Send + Sync + 'static,
    ) -> Result<Self, Failure> {
        // Looked at before it is read: a change in between is seen the next time.
        let version = Version::of(path);
        let content = Arc::new(read(path)?);
        let known = Mutex::new(Known { version, content });
        Ok(Self { path: path.to_path_buf(), what, read: Box::new(read), known })
    }

    /// What it says.
    pub(crate) fn current(&self) -> Arc<T> {
        let mut known = self.known.lock();
        let version = Version::of(&self.path);
        if version != known.version {
            known.version = version;
            match (self.read)(&self.path) {
                Ok(content) => known.content = Arc::new(content),
                Err(error) => {
                    tracing::error!(what = self.what, %error, "a file that changed cannot be used; what it said before stays");
                }
            }
        }
        Arc::clone(&known.content)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn number(path: &Path) -> Result<u32, Failure> {
        let text = fs::read_to_string(path).map_err(|error| Failure::file(path, error))?;
        text.parse().map_err(|error| Failure::file(path, error))
    }

    #[test]
    fn a_file_that_changed_is_read_again_and_one_that_makes_no_sense_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("number");
        assert!(Reread::open(&path, "a number", number).is_err(), "it is not there");
        fs::write(&path, "1").unwrap();
        let reread = Reread::open(&path, "a number", number).unwrap();
        let mut said = vec![*reread.current()];
        for text in ["22", "none", "333"] {
            fs::write(&path, text).unwrap();
            said.push(*reread.current());
        }
        fs::remove_file(&path).unwrap();
        said.push(*reread.current());
        assert_eq!(said, [1, 22, 22, 333, 333]);
    }
}
