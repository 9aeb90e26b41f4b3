//! The file that holds the checkpoint that was signed last.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::NotaryError;
use crate::note::NOTE_BYTES_MAX;

/// A file that is replaced as a whole.
pub(super) struct Kept(PathBuf);

impl Kept {
    pub(super) const fn at(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn path(&self) -> PathBuf {
        self.0.clone()
    }

    /// What it holds; `None` where it is not there.
    pub(super) fn read(&self) -> Result<Option<String>, NotaryError> {
        let mut text = String::new();
        let bytes_max = u64::try_from(NOTE_BYTES_MAX).unwrap_or(u64::MAX);
        let read = File::open(&self.0).and_then(|file| file.take(bytes_max).read_to_string(&mut text));
        match read {
            Ok(_) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                Err(NotaryError::Foreign { path: self.path() })
            }
            Err(error) => Err(self.unusable(&error)),
        }
    }

    /// Replaces what it holds; durable when this returns.
    pub(super) fn write(&self, text: &str) -> Result<(), NotaryError> {
        self.replace(text).map_err(|error| self.unusable(&error))
    }

    fn replace(&self, text: &str) -> io::Result<()> {
        let partial = self.beside(".partial");
        let mut file = File::create(&partial)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&partial, &self.0)?;
        let folder = self.0.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }

    /// Keeps other processes from signing until it is dropped.
    pub(super) fn lock(&self) -> Result<File, NotaryError> {
        let open = OpenOptions::new().write(true).create(true).truncate(false).open(self.beside(".lock"));
        let locked = open.and_then(|file| file.lock().map(|()| file));
        locked.map_err(|error| self.unusable(&error))
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut path = OsString::from(&self.0);
        path.push(ending);
        path.into()
    }

    fn unusable(&self, error: &io::Error) -> NotaryError {
        NotaryError::Io { path: self.path(), cause: error.to_string() }
    }
}
