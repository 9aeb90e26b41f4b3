//! A SQLite file of a read model: made, checked, opened, deleted.

mod apart;
mod inspection;
mod standing;
mod survey;

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rapport_domain::envelope::Position;
use rapport_write_ahead::Checkpointer;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use crate::column::At;
use crate::definition::{Definition, sha256};
use crate::projection::Projection;
use crate::read_model::loading;
use crate::storage::StorageTrouble;

pub(super) use self::apart::UNSHARED;
pub use self::inspection::ModelReport;
pub(crate) use self::standing::{Note, Standing};
pub(crate) use self::survey::Survey;

/// Written into the file's header, so that another program's database is not taken for a read model.
const APPLICATION_ID: i64 = 0x5261_7072;
/// Statements that a connection keeps prepared.
const STATEMENTS_CACHED_MAX: usize = 96;
/// Memory that the page cache of a file that is folded takes at most, in KiB; negative, as the engine wants it. There are
/// thirteen such files, which together with the log are to stay below 400 MiB.
const WRITER_CACHE_KIB: i64 = -4_096;
/// Pages that are added to the journal before it is worked into the file, beside the writer.
const JOURNAL_PAGES: u32 = 2_000;
/// The same while the read model is far behind: the same pages change again and again, and are worked in once.
const JOURNAL_PAGES_FAR_BEHIND: u32 = 16_000;
/// Size that the journal is cut to afterwards, in bytes.
const JOURNAL_BYTES: i64 = 64 * 1024 * 1024;
/// How long a connection waits for a lock. There is one writer, so locks are short.
const LOCK_WAIT: Duration = Duration::from_secs(5);
/// Bytes of the file's header that tell its page size and count.
const HEADER_BYTES: usize = 32;

const BOOKKEEPING: &str = "
    CREATE TABLE meta (name TEXT NOT NULL, version INTEGER NOT NULL, schema_sha256 TEXT NOT NULL) STRICT;
    CREATE TABLE build (
        definition_sha256 TEXT NOT NULL,
        serving           INTEGER NOT NULL,
        require_equal     INTEGER NOT NULL,
        comparison        TEXT
    ) STRICT;
    CREATE TABLE checkpoint (position INTEGER NOT NULL, event_id TEXT) STRICT;
    INSERT INTO checkpoint VALUES (0, NULL);
";

/// Why a read model's file could not be opened. The data in it is derived: deleting the file loses nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The directory cannot be made.
    #[error("the directory of the read models cannot be made: {cause}")]
    Directory {
        /// The operating system's words.
        cause: String,
    },
    /// The file is not this read model's.
    #[error(
        "{file} is not the file of the read model {projection} ({found}); delete it, or run `rapport projections rebuild {projection}`"
    )]
    Foreign {
        /// Which read model.
        projection: &'static str,
        /// The file's name.
        file: String,
        /// What it is instead.
        found: String,
    },
    /// The file is cut short or overwritten.
    #[error(
        "{file} is damaged; delete it, or run `rapport projections rebuild {projection}`: its data is derived from the log"
    )]
    Damaged {
        /// Which read model.
        projection: &'static str,
        /// The file's name.
        file: String,
    },
    /// The disk is full, or the file cannot be read or written.
    #[error("{file} cannot be opened: {cause}")]
    Unusable {
        /// The file's name.
        file: String,
        /// What failed.
        cause: String,
    },
}

/// What a file is for when it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be asked as soon as it is there.
    Serve,
    /// To take over from the one that serves; if `require_equal`, only where it says the same.
    Replace { require_equal: bool },
}

/// Where a read model's file is and what must stand in it.
#[derive(Debug, Clone)]
pub(crate) struct ModelFile {
    path: PathBuf,
    pub(crate) projection: &'static str,
    schema: &'static str,
    indexes: &'static str,
    /// What it was begun with.
    pub(crate) definition: Definition,
    purpose: Purpose,
}

impl ModelFile {
    /// The file at a path, as this build would make it.
    fn of<P: Projection>(path: PathBuf, purpose: Purpose) -> Self {
        let definition = Definition::of::<P>();
        Self { path, projection: P::NAME, schema: P::schema(), indexes: P::indexes(), definition, purpose }
    }

    /// The same place with a file that was begun with another definition, and has the same tables.
    fn begun_with(self, definition: Definition) -> Self {
        Self { definition, ..self }
    }

    pub(crate) const fn version(&self) -> u32 {
        self.definition.version
    }

    /// Opens the file to write, and makes it where there is none: one that is going to be loaded without its indexes.
    /// Returns the position it stands at and the id of the event there.
    pub(crate) fn open_writer(&self, is_to_load: bool) -> Result<(Connection, Checkpoint), OpenError> {
        if self.is_cut_short().map_err(|error| self.unusable(&error))? {
            return Err(self.damaged());
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = self.connect(flags).map_err(|error| self.trouble(error))?;
        match self.prepare(&connection, is_to_load) {
            Ok(None) => {}
            Ok(Some(found)) => return Err(self.foreign(found)),
            Err(error) => return Err(self.trouble(error)),
        }
        let checkpoint = Checkpoint::read(&connection).map_err(|error| self.trouble(error))?;
        Ok((connection, checkpoint))
    }

    /// Works the journal into the file from now on, without making the writer wait.
    pub(crate) fn work_in_journal(&self, writer: &mut Connection) -> Result<Checkpointer, OpenError> {
        let (file, name) = (self.clone(), format!("rapport-{}-journal", self.projection));
        let open = move || {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = file.connect(flags)?;
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            Ok(connection)
        };
        Checkpointer::start(name, writer, JOURNAL_PAGES, open).map_err(|error| self.unusable(&error))
    }

    /// Opens the file to read. The writer has made it before.
    pub(crate) fn open_reader(&self) -> rusqlite::Result<Connection> {
        let connection = self.connect(OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }

    /// Deletes the file and its journal. No connection to it may be open.
    pub(crate) fn delete(&self) -> Result<(), OpenError> {
        // The file goes first: a journal without its file is thrown away by the engine, a file whose journal
        // is missing might be taken for a whole one.
        for ending in ["", "-wal", "-shm", "-journal"] {
            let mut path = self.path.clone().into_os_string();
            path.push(ending);
            match fs::remove_file(path) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(self.unusable(&error)),
            }
        }
        Ok(())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn connect(&self, flags: OpenFlags) -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(LOCK_WAIT)?;
        keep_statements(&connection)?;
        Ok(connection)
    }

    /// Makes an empty file this read model's, and checks any other one; `Some` says what it is instead.
    fn prepare(&self, connection: &Connection, is_to_load: bool) -> rusqlite::Result<Option<String>> {
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        if tables > 0 {
            if application != APPLICATION_ID {
                return Ok(Some("another program's database".to_owned()));
            }
            if let Some(found) = self.differs(connection)? {
                return Ok(Some(found));
            }
        }
        write_ahead(connection)?;
        // A crash of the machine may take the last commits away, rows and checkpoint together; they are folded again.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        // What is deleted is overwritten: blind indexes of somebody who was erased must not stay in free pages.
        connection.pragma_update(None, "secure_delete", true)?;
        connection.pragma_update(None, "cache_size", WRITER_CACHE_KIB)?;
        connection.pragma_update(None, "journal_size_limit", JOURNAL_BYTES)?;
        if tables == 0 {
            self.create(connection, is_to_load)?;
        }
        Ok(None)
    }

    fn create(&self, connection: &Connection, is_to_load: bool) -> rusqlite::Result<()> {
        let tx = connection.unchecked_transaction()?;
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.execute_batch(BOOKKEEPING)?;
        tx.execute(
            "INSERT INTO meta VALUES (?1, ?2, ?3)",
            (self.projection, self.version(), sha256(self.schema)),
        )?;
        let (serving, require_equal) = match self.purpose {
            Purpose::Serve => (true, false),
            Purpose::Replace { require_equal } => (false, require_equal),
        };
        let build = (&self.definition.sha256, serving, require_equal);
        tx.execute("INSERT INTO build VALUES (?1, ?2, ?3, NULL)", build)?;
        tx.execute_batch(self.schema)?;
        if is_to_load && !self.indexes.is_empty() {
            loading::begin(&tx)?;
        } else {
            tx.execute_batch(self.indexes)?;
        }
        tx.commit()
    }

    fn differs(&self, connection: &Connection) -> rusqlite::Result<Option<String>> {
        let meta = "SELECT name, version, schema_sha256 FROM meta";
        let found = connection
            .query_row(meta, [], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, u32>(1)?, row.get::<_, String>(2)?))
            })
            .optional()?;
        Ok(match found {
            Some((name, version, _)) if (name.as_str(), version) != (self.projection, self.version()) => {
                Some(format!("it holds {name}, version {version}"))
            }
            Some((_, _, schema)) if schema != sha256(self.schema) => {
                Some("another build made it, with other tables".to_owned())
            }
            Some(_) => None,
            None => Some("it has no name".to_owned()),
        })
    }

    /// Whether the file ends before the last page that its header counts. With a journal beside it, the engine
    /// sets that right; without one, it would notice only when it came to a missing page.
    fn is_cut_short(&self) -> io::Result<bool> {
        let mut journal = self.path.clone().into_os_string();
        journal.push("-wal");
        let has_journal = fs::metadata(journal).is_ok_and(|journal| journal.len() > 0);
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        let length = file.metadata()?.len();
        if length == 0 || has_journal {
            return Ok(false);
        }
        let mut header = [0_u8; HEADER_BYTES];
        match file.read_exact(&mut header) {
            Ok(()) => Ok(length < promised_length(&header)),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(true),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn file_name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn foreign(&self, found: String) -> OpenError {
        OpenError::Foreign { projection: self.projection, file: self.file_name(), found }
    }

    pub(super) fn damaged(&self) -> OpenError {
        OpenError::Damaged { projection: self.projection, file: self.file_name() }
    }

    fn unusable(&self, error: &io::Error) -> OpenError {
        OpenError::Unusable { file: self.file_name(), cause: error.kind().to_string() }
    }

    pub(super) fn trouble(&self, error: rusqlite::Error) -> OpenError {
        match StorageTrouble::from(error) {
            StorageTrouble::Damaged => self.damaged(),
            trouble @ StorageTrouble::Full => {
                OpenError::Unusable { file: self.file_name(), cause: trouble.to_string() }
            }
            StorageTrouble::Passing { cause } => OpenError::Unusable { file: self.file_name(), cause },
            // Our bookkeeping tables are not there, or have other columns.
            StorageTrouble::Refused { cause } => self.foreign(cause),
        }
    }
}

/// How many pages the journal takes before it is worked in, by how far behind the read model is.
pub(super) const fn journal_pages(is_far_behind: bool) -> u32 {
    if is_far_behind { JOURNAL_PAGES_FAR_BEHIND } else { JOURNAL_PAGES }
}

/// The switch is committed when its statement ends, which is after it has answered: so it runs to its end.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let mut switch = connection.prepare("PRAGMA journal_mode = WAL")?;
    let mut rows = switch.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// Page size times page count, as the header of the database file states them (big endian; a size of 1 stands
/// for 65,536).
fn promised_length(header: &[u8; HEADER_BYTES]) -> u64 {
    let page_size = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        size => u64::from(size),
    };
    page_size * u64::from(u32::from_be_bytes([header[28], header[29], header[30], header[31]]))
}

/// How far a read model is: the last event that it has taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    pub(crate) position: Position,
    /// Tells this log from another one.
    pub(crate) event_id: Option<String>,
}

impl Checkpoint {
    pub(crate) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        Self::read_by(connection, "SELECT position, event_id FROM main.checkpoint")
    }

    /// Of a file that is attached to the connection as `older`.
    pub(crate) fn read_of_older(connection: &Connection) -> rusqlite::Result<Self> {
        Self::read_by(connection, "SELECT position, event_id FROM older.checkpoint")
    }

    fn read_by(connection: &Connection, sql: &str) -> rusqlite::Result<Self> {
        connection
            .prepare_cached(sql)?
            .query_row([], |row| Ok(Self { position: row.get::<_, At>(0)?.0, event_id: row.get(1)? }))
    }

    /// Moves on from `before`; `false` when the file stands elsewhere.
    pub(crate) fn write(&self, connection: &Connection, before: Position) -> rusqlite::Result<bool> {
        connection
            .prepare_cached("UPDATE checkpoint SET position = ?1, event_id = ?2 WHERE position = ?3")?
            .execute((At(self.position), &self.event_id, At(before)))
            .map(|rows| rows == 1)
    }
}

/// Statements stay prepared, and their plans as well: else the engine would plan anew each time that other values are bound.
pub(super) fn keep_statements(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED_MAX);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}
