//! A read model's file without locks: a view of a past moment, the copy behind it.
//!
//! Several names may stand for one file on disk, each with changes of its own in a journal beside it that is never
//! worked in. The engine knows files by what they are and not by their names, and would mix the journals up; so here
//! it takes no locks and keeps the journal's index in its own memory. That needs one connection for each name while it is
//! written to; once it is not, several may read, each of which makes its index from the journal when it is opened.

use std::path::PathBuf;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::{Checkpoint, ModelFile, OpenError, Purpose, Standing, keep_statements};
use crate::projection::Projection;

/// The way to the operating system that takes no locks and shares no memory.
pub(crate) const UNSHARED: &str = "unix-none";

/// Digits of a definition's hash that tell it from others in names.
const DEFINITION_DIGITS: usize = 12;

/// A read model's name, its version and the beginning of its definition's hash: what is folded by another one is not mixed
/// in.
fn label(projection: &str, version: u32, definition_sha256: &str) -> String {
    let definition = definition_sha256.get(..DEFINITION_DIGITS).unwrap_or_default();
    format!("{projection}.v{version}.{definition}")
}

impl Standing {
    /// What a file is called that says this of itself.
    pub(crate) fn label(&self) -> String {
        label(&self.name, self.version, &self.definition_sha256)
    }
}

impl ModelFile {
    /// A file of this build's, wherever it will be.
    pub(crate) fn somewhere<P: Projection>() -> Self {
        Self::of::<P>(PathBuf::new(), Purpose::Serve)
    }

    /// What it is called, wherever it is.
    pub(crate) fn label(&self) -> String {
        label(self.projection, self.version(), &self.definition.sha256)
    }

    /// The same read model in another file.
    pub(crate) fn at(&self, path: PathBuf) -> Self {
        Self { path, ..self.clone() }
    }

    /// Opens a file that holds this read model. What is written stays in the journal: the file itself does not change.
    pub(crate) fn open_apart(&self) -> Result<(Connection, Checkpoint), OpenError> {
        if self.is_cut_short().map_err(|error| self.unusable(&error))? {
            return Err(self.damaged());
        }
        let opened = self.connect_apart(OpenFlags::SQLITE_OPEN_READ_WRITE);
        let connection = opened.map_err(|error| self.trouble(error))?;
        if let Some(found) = self.differs(&connection).map_err(|error| self.trouble(error))? {
            return Err(self.foreign(found));
        }
        let checkpoint = Checkpoint::read(&connection).map_err(|error| self.trouble(error))?;
        Ok((connection, checkpoint))
    }

    /// Makes a file of this read model that is empty, without a journal: should it not be finished, it is thrown away.
    pub(crate) fn create_apart(&self) -> Result<(Connection, Checkpoint), OpenError> {
        let created = || {
            let connection =
                self.connect_apart(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
            connection.pragma_update(None, "journal_mode", "OFF")?;
            self.create(&connection, false)?;
            let checkpoint = Checkpoint::read(&connection)?;
            Ok((connection, checkpoint))
        };
        created().map_err(|error| self.trouble(error))
    }

    fn connect_apart(&self, flags: OpenFlags) -> rusqlite::Result<Connection> {
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags_and_vfs(&self.path, flags, UNSHARED)?;
        // Before the first look at the file; the index of its journal is in memory from then on.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        keep_statements(&connection)?;
        Ok(connection)
    }
}
