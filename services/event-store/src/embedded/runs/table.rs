//! Runs in the file: a row for each run, a row for each of its pages.

use std::ops::Range;
use std::sync::Arc;

use rapport_domain::envelope::Position;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::build::Page;
use super::entry::ENTRY_BYTES;
use super::{Entry, Filter, Run};

/// A page's number is the run's, times this, plus its place in the run.
const PAGES_PER_RUN: i64 = 1 << 32;
/// Bytes of a fence: key and ordinal.
const FENCE_BYTES: usize = 24;

/// `page` and `run` say where, `checksum` is a CRC-32 of the blobs after it.
pub(in crate::embedded) const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS index_runs (
        run      INTEGER PRIMARY KEY,
        level    INTEGER NOT NULL,
        first    INTEGER NOT NULL,
        last     INTEGER NOT NULL,
        keys     INTEGER NOT NULL,
        checksum INTEGER NOT NULL,
        fences   BLOB    NOT NULL,
        filter   BLOB    NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS index_pages (
        page     INTEGER PRIMARY KEY,
        checksum INTEGER NOT NULL,
        entries  BLOB    NOT NULL
    ) STRICT;
";

/// What is wrong with the index on disk.
#[derive(Debug, thiserror::Error)]
pub(in crate::embedded) enum IndexError {
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] rusqlite::Error),
    /// The stored bytes are not what was written.
    #[error("the index of log.db is damaged in run {run}, {place}; run `rapport check`")]
    Damaged {
        /// Which run.
        run: u32,
        /// Where in it.
        place: String,
    },
}

/// All runs, oldest first.
pub(in crate::embedded) fn runs(connection: &Connection) -> Result<Vec<Arc<Run>>, IndexError> {
    let are_there = "SELECT count(*) = 2 FROM sqlite_schema WHERE name IN ('index_runs', 'index_pages')";
    if !connection.query_row(are_there, [], |row| row.get::<_, bool>(0))? {
        return Ok(Vec::new());
    }
    let select =
        "SELECT run, level, first, last, keys, checksum, fences, filter FROM index_runs ORDER BY first";
    let mut statement = connection.prepare(select)?;
    let mut rows = statement.query([])?;
    let mut runs: Vec<Arc<Run>> = Vec::new();
    while let Some(row) = rows.next()? {
        let run = run(row)?;
        if runs.last().is_some_and(|before| before.last.next() != run.first) {
            return Err(damaged(run.number, "the events that it is over"));
        }
        runs.push(Arc::new(run));
    }
    Ok(runs)
}

fn run(row: &Row<'_>) -> Result<Run, IndexError> {
    let number = row.get(0)?;
    let position = |column| row.get::<_, i64>(column).map(|number| Position(number.cast_unsigned()));
    let (level, first, last) = (row.get(1)?, position(2)?, position(3)?);
    let keys: i64 = row.get(4)?;
    let (fences, filter) = (blob(row, 6, number)?, blob(row, 7, number)?);
    if row.get::<_, i64>(5)? != i64::from(run_checksum(number, level, [first, last], keys, fences, filter)) {
        return Err(damaged(number, "its description"));
    }
    let (fences, _) = fences.as_chunks::<FENCE_BYTES>();
    let fence = |bytes: &[u8; FENCE_BYTES]| {
        let mut entry = [0; ENTRY_BYTES];
        entry[..FENCE_BYTES].copy_from_slice(bytes);
        Entry::read(&entry).sorts_as()
    };
    let filter = Filter::from_bytes(filter).ok_or_else(|| damaged(number, "its filter"))?;
    let fences = fences.iter().map(fence).collect();
    Ok(Run { number, level, first, last, fences, filter, keys: keys.cast_unsigned() })
}

/// Adds a run. Its pages are there already.
pub(in crate::embedded) fn add_run(connection: &Connection, run: &Run) -> rusqlite::Result<()> {
    let fences: Vec<u8> = run
        .fences
        .iter()
        .flat_map(|(key, ordinal)| key.to_be_bytes().into_iter().chain(ordinal.to_be_bytes()))
        .collect();
    let (filter, keys) = (run.filter.to_bytes(), run.keys.cast_signed());
    let checksum = run_checksum(run.number, run.level, [run.first, run.last], keys, &fences, &filter);
    let insert = "INSERT INTO index_runs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let (first, last) = (run.first.0.cast_signed(), run.last.0.cast_signed());
    let values = params![run.number, run.level, first, last, keys, checksum, fences, filter];
    connection.prepare_cached(insert)?.execute(values)?;
    Ok(())
}

/// Takes a run out; its pages stay until [`remove_pages`].
pub(in crate::embedded) fn remove_run(connection: &Connection, run: u32) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM index_runs WHERE run = ?1")?.execute([run])?;
    Ok(())
}

/// Adds a page.
pub(in crate::embedded) fn add_page(connection: &Connection, page: &Page) -> rusqlite::Result<()> {
    let insert = "INSERT INTO index_pages VALUES (?1, ?2, ?3)";
    let number = page_number(page.run, page.number);
    let checksum = page_checksum(number, &page.entries);
    connection.prepare_cached(insert)?.execute(params![number, checksum, page.entries])?;
    Ok(())
}

/// Takes pages of a run out; `false` when none was left.
pub(in crate::embedded) fn remove_pages(
    connection: &Connection,
    run: u32,
    pages: Range<u32>,
) -> rusqlite::Result<()> {
    let delete = "DELETE FROM index_pages WHERE page >= ?1 AND page < ?2";
    let range = [page_number(run, pages.start), page_number(run, pages.end)];
    connection.prepare_cached(delete)?.execute(range)?;
    Ok(())
}

/// The entries of a page.
pub(in crate::embedded) fn page(
    connection: &Connection,
    run: u32,
    page: u32,
) -> Result<Vec<Entry>, IndexError> {
    let damage = || damaged(run, &format!("page {page}"));
    let number = page_number(run, page);
    let mut statement =
        connection.prepare_cached("SELECT checksum, entries FROM index_pages WHERE page = ?1")?;
    let read = statement.query_row([number], |row| {
        let (checksum, entries) = (row.get::<_, i64>(0)?, row.get_ref(1)?.as_blob().unwrap_or_default());
        let whole = checksum == i64::from(page_checksum(number, entries));
        let (entries, rest) = entries.as_chunks::<ENTRY_BYTES>();
        Ok((whole && rest.is_empty()).then(|| entries.iter().map(Entry::read).collect()))
    });
    read.optional()?.flatten().ok_or_else(damage)
}

/// Pages that no run has: a crash left them behind. By run, with the number after their last page.
pub(in crate::embedded) fn leftovers(
    connection: &Connection,
    runs: &[Arc<Run>],
) -> rusqlite::Result<Vec<(u32, u32)>> {
    let mut first_from =
        connection.prepare("SELECT page FROM index_pages WHERE page >= ?1 ORDER BY page LIMIT 1")?;
    let mut last_before =
        connection.prepare("SELECT page FROM index_pages WHERE page < ?1 ORDER BY page DESC LIMIT 1")?;
    let mut leftovers = Vec::new();
    let mut from = 0_i64;
    while let Some(page) = first_from.query_row([from], |row| row.get::<_, i64>(0)).optional()? {
        let run = page / PAGES_PER_RUN;
        from = (run + 1) * PAGES_PER_RUN;
        let last: i64 = last_before.query_row([from], |row| row.get(0))?;
        let part = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        let run = part(run);
        if !runs.iter().any(|known| known.number == run) {
            leftovers.push((run, part(last % PAGES_PER_RUN).saturating_add(1)));
        }
    }
    Ok(leftovers)
}

fn page_number(run: u32, page: u32) -> i64 {
    i64::from(run) * PAGES_PER_RUN + i64::from(page)
}

fn page_checksum(number: i64, entries: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&number.to_le_bytes());
    crc.update(entries);
    crc.finalize()
}

fn run_checksum(
    number: u32,
    level: u32,
    events: [Position; 2],
    keys: i64,
    fences: &[u8],
    filter: &[u8],
) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&number.to_le_bytes());
    crc.update(&level.to_le_bytes());
    events.iter().for_each(|position| crc.update(&position.0.to_le_bytes()));
    crc.update(&keys.to_le_bytes());
    for bytes in [fences, filter] {
        crc.update(&(bytes.len() as u64).to_le_bytes());
        crc.update(bytes);
    }
    crc.finalize()
}

fn blob<'a>(row: &'a Row<'_>, column: usize, run: u32) -> Result<&'a [u8], IndexError> {
    row.get_ref(column)?.as_blob().map_err(|_| damaged(run, "its description"))
}

fn damaged(run: u32, place: &str) -> IndexError {
    IndexError::Damaged { run, place: place.to_owned() }
}
