//! One state of a read model, in a file that lives as long as it is kept.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;
use tokio::time::Instant;

use crate::query::QueryError;
use crate::read_model::file::{Checkpoint, ModelFile, OpenError};
use crate::read_model::page_cache;
use crate::read_model::readers::Readers;
use crate::read_model::snapshots::Snapshot;

/// Memory of a view's page cache while it is folded, and of each connection afterwards, in KiB; negative, as the engine
/// wants it.
const FOLDING_CACHE_KIB: i64 = -16_384;
const ASKED_CACHE_KIB: i64 = -512;

/// A view while it is folded, and the one connection to it.
pub(super) struct Draft {
    /// Closed before the files go.
    pub(super) connection: Connection,
    pub(super) checkpoint: Checkpoint,
    file: ModelFile,
    files: Files,
}

/// A read model as it was. It does not change any more, so several may ask it at the same time.
pub(super) struct View {
    readers: Readers,
    files: Files,
}

impl Draft {
    /// A read model that has taken nothing in.
    pub(super) fn empty(file: &ModelFile, path: PathBuf) -> Result<Self, OpenError> {
        let files = Files::new(path);
        make_directory(&files.path).map_err(|error| files.unusable(&error))?;
        let file = file.at(files.path.clone());
        let (connection, checkpoint) = file.create_apart()?;
        Self { connection, checkpoint, file, files }.folding()
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
        page_cache::expect(&files.path);
        let file = file.at(files.path.clone());
        let (connection, checkpoint) = file.open_apart()?;
        Self { connection, checkpoint, file, files }.folding()
    }

    fn folding(self) -> Result<Self, OpenError> {
        let ready = self.connection.pragma_update(None, "cache_size", FOLDING_CACHE_KIB);
        ready.map(|()| self).map_err(|error| unusable("a view", &error))
    }

    pub(super) const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// From now on it is only asked.
    pub(super) fn finished(self) -> rusqlite::Result<View> {
        let Self { connection, file, files, checkpoint: _ } = self;
        asked(&connection)?;
        connection.release_memory()?;
        let projection = file.projection;
        let open = move || {
            let (connection, _) = file.open_apart()?;
            asked(&connection).map_err(|error| unusable("a view", &error))?;
            Ok(connection)
        };
        Ok(View { readers: Readers::of_view(projection, connection, open), files })
    }
}

/// A connection that is only asked.
fn asked(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", ASKED_CACHE_KIB)
}

impl View {
    /// Runs a query.
    pub(super) async fn ask<T, Q>(self: Arc<Self>, deadline: Instant, query: Q) -> Result<T, QueryError>
    where
        T: Send + 'static,
        Q: FnOnce(&Connection) -> Result<T, QueryError> + Send + 'static,
    {
        let view = Arc::clone(&self);
        let asking = move |connection: &mut Connection| {
            // The files stay to the end, also when nobody waits for the answer any more.
            let _view = view;
            query(&*connection.transaction()?)
        };
        self.readers.run(deadline, asking).await
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
        page_cache::leave(&self.path);
        self.delete();
    }
}

fn make_directory(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

fn unusable(file: &str, error: &impl std::fmt::Display) -> OpenError {
    OpenError::Unusable { file: file.to_owned(), cause: error.to_string() }
}
