//! A read model's tables as they are, for analysts: every row of one consistent state, a few at a time.
//!
//! Nothing is gathered: rows are read while they are taken. The state is held meanwhile, which keeps the journal from
//! being worked into the file; so whoever does not take them is left, and there are few exports at a time.

mod copy;
mod tables;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rapport_domain::id::ContactId;
use rapport_domain::personal::PersonalSlot;
use rapport_vault::VaultError;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout_at;

use crate::query::{Answer, Freshness, QueryError};
use crate::read_model::Reader;
use copy::copy;
use tables::tables;

/// Exports of read models at a time; others wait.
pub const EXPORTS_MAX: usize = 2;
/// Most rows that are handed over at a time.
pub const ROWS_MAX: usize = 1_000;
/// Bytes of text after which rows are handed over, however few they are.
pub const ROWS_BYTES_MAX: usize = 1024 * 1024;
/// How long an export waits for somebody to take rows.
pub const STALL_MAX: Duration = Duration::from_secs(30);

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Numbers.
    Integer,
    /// Texts.
    Text,
    /// JSON.
    Json,
    /// No or yes, as 0 or 1.
    Flag,
    /// Moments, in microseconds since 1970.
    Time,
    /// Days since 1970-01-01.
    Day,
    /// Personal data, as it is shown to whoever asks.
    Personal,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What its values are.
    pub kind: Kind,
    /// Reads a personal value as it is stored.
    slot: Option<tables::Slot>,
}

impl Column {
    /// A column of values that are not personal.
    #[must_use]
    pub fn new(name: &str, kind: Kind) -> Self {
        Self { name: name.to_owned(), kind, slot: None }
    }
}

/// A table.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// What its rows are ordered by.
    order: String,
}

impl Table {
    /// A table that somebody else fills.
    #[must_use]
    pub fn new(name: &str, columns: Vec<Column>) -> Self {
        Self { name: name.to_owned(), columns, order: String::new() }
    }
}

/// The value of a column in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// None.
    Empty,
    /// Of a column of numbers, flags, moments or days.
    Integer(i64),
    /// Of any other column.
    Text(String),
}

/// A part of an export.
#[derive(Debug)]
pub enum Part {
    /// A table begins.
    Table(Table),
    /// Rows of the table that began last: for each its cells, in the order of the columns.
    Rows(Vec<Vec<Cell>>),
}

/// What is shown in place of a sealed value of a subject.
pub type Show = Arc<dyn Fn(&ContactId, &mut dyn PersonalSlot) -> Result<String, VaultError> + Send + Sync>;

/// Why an export ended before its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The read model could not be read.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// A personal value could not be shown.
    #[error("a personal value cannot be shown: {0}")]
    Vault(#[from] VaultError),
    /// Nobody took rows for too long.
    #[error("nobody took rows for {} seconds", STALL_MAX.as_secs())]
    Stalled,
    /// Whoever wanted the rows is gone.
    #[error("nobody wants the rows any more")]
    Abandoned,
}

impl From<rusqlite::Error> for ExportError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Query(error.into())
    }
}

/// The tables of a read model, ready to be handed over.
pub struct ModelExport {
    projection: &'static str,
    reader: Reader,
    tables: Vec<Table>,
    turns: Arc<Semaphore>,
}

impl ModelExport {
    pub(crate) fn new(
        projection: &'static str,
        reader: Reader,
        schema: &'static str,
        turns: Arc<Semaphore>,
    ) -> Self {
        // A schema that makes no tables would have made no file either.
        let tables = tables(schema).unwrap_or_default();
        Self { projection, reader, tables, turns }
    }

    /// The tables.
    #[must_use]
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// Only the table of this name.
    pub fn only(&mut self, name: &str) {
        self.tables.retain(|table| table.name == name);
    }

    /// Hands every row over, of one state of the read model, and says how many there were.
    ///
    /// # Errors
    /// [`ExportError`]; [`QueryError::Busy`] when there are too many exports already.
    pub async fn run(
        self,
        freshness: Freshness,
        show: Show,
        parts: mpsc::Sender<Part>,
    ) -> Result<Answer<u64>, ExportError> {
        let Self { projection, reader, tables, turns } = self;
        let _turn = match timeout_at(freshness.deadline, turns.acquire()).await {
            Ok(Ok(turn)) => turn,
            Ok(Err(_)) => return Err(QueryError::Closed { projection }.into()),
            Err(_) => return Err(QueryError::Busy { projection }.into()),
        };
        let begun = AtomicBool::new(false);
        let answer = reader.read(freshness, move |connection| {
            // A query may be asked again when its file is thrown away under it. What was handed over cannot be taken
            // back.
            if begun.swap(true, Ordering::Relaxed) {
                return Err(QueryError::Unavailable {
                    cause: "the read model was rebuilt meanwhile".to_owned(),
                });
            }
            match copy(connection, &tables, &show, &parts) {
                Err(ExportError::Query(error)) => Err(error),
                outcome => Ok(outcome),
            }
        });
        let Answer { position, value } = answer.await?;
        Ok(Answer { position, value: value? })
    }
}
