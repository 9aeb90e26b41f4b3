//! Where tables go. A file appears under its name when all of the export is whole, and replaces the one before.

use std::fs;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use super::{Form, Options};
use crate::error::Failure;
use crate::pending_file::Pending;

/// Bytes that are gathered before they are written.
const BUFFER_BYTES: usize = 1024 * 1024;

/// Where the tables of an export go.
pub(super) enum Destination {
    /// Standard output: one table.
    Output,
    /// A file: one table.
    File(PathBuf),
    /// A folder with a file for each table.
    Folder(PathBuf),
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
        let (out, pending) = Pending::beside(&file)?;
        Ok((Box::new(BufWriter::with_capacity(BUFFER_BYTES, out)), Some(pending)))
    }
}
