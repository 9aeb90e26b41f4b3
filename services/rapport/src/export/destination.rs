//! Where tables go. A file appears under its name when all of the export is whole, and replaces the one before. Only its
//! owner may read it.

use std::fs;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{Form, Options};
use crate::backup::sync_folder;
use crate::error::Failure;

/// Bytes that are gathered before they are written.
const BUFFER_BYTES: usize = 1024 * 1024;
/// What a file is called while it is written.
const PARTIAL: &str = ".rapport-export-";

/// Where the tables of an export go.
pub(super) enum Destination {
    /// Standard output: one table.
    Output,
    /// A file: one table.
    File(PathBuf),
    /// A folder with a file for each table.
    Folder(PathBuf),
}

/// A file that is not there yet.
pub(super) struct Pending {
    partial: NamedTempFile,
    file: PathBuf,
}

impl Destination {
    /// Where the options want it.
    ///
    /// # Errors
    /// When several tables would go to one place, or Parquet to a terminal.
    pub(super) fn of(options: &Options) -> Result<Self, Failure> {
        let to_output = options.to.as_os_str() == "-";
        let several = options.model.is_some() && options.table.is_none();
        if to_output && several {
            let why =
                "a read model has several tables: name a folder with --to, or one of the tables with --table";
            return Err(Failure::Usage(why.to_owned()));
        }
        if to_output && options.form == Form::Parquet && io::stdout().is_terminal() {
            let why = "Parquet is not for a terminal: name a file with --to, or pass the output on";
            return Err(Failure::Usage(why.to_owned()));
        }
        Ok(match (to_output, several) {
            (true, _) => Self::Output,
            (false, true) => Self::Folder(options.to.clone()),
            (false, false) => Self::File(options.to.clone()),
        })
    }

    /// Where a table is written to, and the file that comes of it.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(super) fn open(
        &self,
        table: &str,
        form: Form,
    ) -> Result<(Box<dyn Write + Send>, Option<Pending>), Failure> {
        let file = match self {
            Self::Output => {
                return Ok((Box::new(BufWriter::with_capacity(BUFFER_BYTES, io::stdout())), None));
            }
            Self::File(file) => file.clone(),
            Self::Folder(folder) => {
                fs::create_dir_all(folder).map_err(|error| Failure::file(folder, error))?;
                // The name came over the wire: it names a file in the folder, whatever it says.
                let name = Path::new(table).file_name().unwrap_or_default();
                folder.join(name).with_extension(form.extension())
            }
        };
        let failed = |error| Failure::file(&file, error);
        let partial =
            tempfile::Builder::new().prefix(PARTIAL).tempfile_in(folder_of(&file)).map_err(failed)?;
        let out = partial.as_file().try_clone().map_err(failed)?;
        Ok((Box::new(BufWriter::with_capacity(BUFFER_BYTES, out)), Some(Pending { partial, file })))
    }
}

impl Pending {
    /// Puts the file in its place, durably.
    ///
    /// # Errors
    /// When that fails: the file before is still there.
    pub(super) fn keep(self) -> Result<PathBuf, Failure> {
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
