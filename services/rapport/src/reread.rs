//! Files that are read again whenever one of them changes. What makes no sense changes nothing: what was known stays.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use parking_lot::Mutex;

use crate::error::Failure;

/// How they are read.
type Read<T> = Box<dyn Fn() -> Result<T, Failure> + Send + Sync>;

/// What files say, as they are now.
pub(crate) struct Reread<T> {
    paths: Vec<PathBuf>,
    /// What they are for, in the log.
    what: &'static str,
    read: Read<T>,
    known: Mutex<Known<T>>,
}

struct Known<T> {
    versions: Vec<Option<Version>>,
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
    /// Reads files.
    ///
    /// # Errors
    /// Those of `read`.
    pub(crate) fn open(
        paths: &[&Path],
        what: &'static str,
        read: impl Fn() -> Result<T, Failure> + Send + Sync + 'static,
    ) -> Result<Self, Failure> {
        let paths: Vec<PathBuf> = paths.iter().map(|path| path.to_path_buf()).collect();
        // Looked at before they are read: a change in between is seen the next time.
        let versions = paths.iter().map(|path| Version::of(path)).collect();
        let content = Arc::new(read()?);
        let known = Mutex::new(Known { versions, content });
        Ok(Self { paths, what, read: Box::new(read), known })
    }

    /// What they say.
    pub(crate) fn current(&self) -> Arc<T> {
        let mut known = self.known.lock();
        let versions: Vec<_> = self.paths.iter().map(|path| Version::of(path)).collect();
        if versions != known.versions {
            known.versions = versions;
            match (self.read)() {
                Ok(content) => known.content = Arc::new(content),
                Err(error) => {
                    tracing::error!(what = self.what, %error, "what changed cannot be used; what was said before stays");
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
        let open = || {
            let read = path.clone();
            Reread::open(&[&path], "a number", move || number(&read))
        };
        assert!(open().is_err(), "it is not there");
        fs::write(&path, "1").unwrap();
        let reread = open().unwrap();
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
