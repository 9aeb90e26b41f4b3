//! One state of a read model, in a file that lives as long as it is kept.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::query::QueryError;
use crate::read_model::file::{Checkpoint, ModelFile, OpenError};
use crate::read_model::snapshots::Snapshot;

/// Memory of a view's page cache while it is folded, and afterwards, in KiB; negative, as the engine wants it.
const FOLDING_CACHE_KIB: i64 = -65_536;
const ASKED_CACHE_KIB: i64 = -2_048;

/// A read model as it was, and the one connection to it.
pub(super) struct View {
    /// Closed before the files go.
    pub(super) connection: Connection,
    pub(super) checkpoint: Checkpoint,
    files: Files,
}

impl View {
    /// A read model that has taken nothing in.
    pub(super) fn empty(file: &ModelFile, path: PathBuf) -> Result<Self, OpenError> {
        let files = Files::new(path);
        make_directory(&files.path).map_err(|error| files.unusable(&error))?;
        let (connection, checkpoint) = file.at(files.path.clone()).create_apart()?;
        Self { connection, checkpoint, files }.folding()
    }

    /// What a snapshot holds. The snapshot's file is shared and does not change.
    pub(super) fn of(snapshot: &Snapshot, file: &ModelFile, path: PathBuf) -> Result<Self, OpenError> {
        let files = Files::new(path);
        let is_gone =
            |error: &std::io::Error| [ErrorKind::InvalidData, ErrorKind::NotFound].contains(&error.kind());
        snapshot.prove().map_err(|error| {
            if is_gone(&error) {
                file.at(snapshot.path().to_owned()).damaged()
            } else {
                files.unusable(&error)
            }
        })?;
        let linked = make_directory(&files.path).and_then(|()| fs::hard_link(snapshot.path(), &files.path));
        linked.map_err(|error| files.unusable(&error))?;
        let (connection, checkpoint) = file.at(files.path.clone()).open_apart()?;
        Self { connection, checkpoint, files }.folding()
    }

    fn folding(self) -> Result<Self, OpenError> {
        let ready = self.connection.pragma_update(None, "cache_size", FOLDING_CACHE_KIB);
        ready.map(|()| self).map_err(|error| unusable("a view", &error))
    }

    /// From now on it is only asked.
    pub(super) fn finished(self) -> rusqlite::Result<Self> {
        self.connection.pragma_update(None, "query_only", true)?;
        self.connection.pragma_update(None, "cache_size", ASKED_CACHE_KIB)?;
        self.connection.release_memory()?;
        Ok(self)
    }

    pub(super) const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Runs a query.
    pub(super) fn ask<T>(
        &mut self,
        query: impl FnOnce(&Connection) -> Result<T, QueryError>,
    ) -> Result<T, QueryError> {
        query(&*self.connection.transaction()?)
    }

    /// Bytes of the disk that are free again once it is gone.
    pub(super) fn bytes(&self) -> u64 {
        let own =
            |path: &Path| fs::metadata(path).ok().filter(|file| file.nlink() == 1).map(|file| file.len());
        own(&self.files.path).unwrap_or(0) + own(&self.files.journal()).unwrap_or(0)
    }
}

/// The files of a view; they go with it.
struct Files {
    path: PathBuf,
}

impl Files {
    /// A name that another run may have left behind is free again.
    fn new(path: PathBuf) -> Self {
        let files = Self { path };
        files.delete();
        files
    }

    fn journal(&self) -> PathBuf {
        let mut journal = self.path.clone().into_os_string();
        journal.push("-wal");
        journal.into()
    }

    fn delete(&self) {
        // A file that stays is overwritten when its name comes up again.
        let _ = fs::remove_file(&self.path);
        let _ = fs::remove_file(self.journal());
    }

    fn unusable(&self, error: &impl std::fmt::Display) -> OpenError {
        unusable(&self.path.file_name().unwrap_or_default().to_string_lossy(), error)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        self.delete();
    }
}

fn make_directory(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

fn unusable(file: &str, error: &impl std::fmt::Display) -> OpenError {
    OpenError::Unusable { file: file.to_owned(), cause: error.to_string() }
}
