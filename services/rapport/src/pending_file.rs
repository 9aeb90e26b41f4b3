//! Files that appear under their names when they are whole. Only their owner may read them.

use std::fs::File;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::backup::sync_folder;
use crate::error::Failure;

/// What a file is called while it is written.
const PARTIAL: &str = ".rapport-partial-";

/// A file that is not there yet. Dropped, it never comes.
pub(crate) struct Pending {
    partial: NamedTempFile,
    file: PathBuf,
}

impl Pending {
    /// Begins a file in the folder where it will stand; what to write to.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn beside(file: &Path) -> Result<(File, Self), Failure> {
        let failed = |error| Failure::file(file, error);
        let partial =
            tempfile::Builder::new().prefix(PARTIAL).tempfile_in(folder_of(file)).map_err(failed)?;
        let out = partial.as_file().try_clone().map_err(failed)?;
        Ok((out, Self { partial, file: file.to_owned() }))
    }

    /// Puts the file in its place, durably, also where there is one already.
    ///
    /// # Errors
    /// When that fails: the file before is still there.
    pub(crate) fn keep(self) -> Result<PathBuf, Failure> {
        let Self { partial, file } = self;
        let failed = |error| Failure::file(&file, error);
        partial.as_file().sync_all().map_err(failed)?;
        partial.persist(&file).map_err(|error| failed(error.error))?;
        sync_folder(folder_of(&file))?;
        Ok(file)
    }
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
