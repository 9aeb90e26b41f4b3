//! Both indexes, in the order of their keys.

use rapport_domain::envelope::{Position, Revision};
use rusqlite::{Connection, Row, params};

use super::fault::LogFault;
use super::sum::Sums;
use super::{LogReport, PAGE_ENTRIES};
use crate::embedded::log_file::LogFile;

/// The table of the index by stream.
pub(super) const STREAMS: &str = "stream_index";
/// The table of the index by id.
pub(super) const IDS: &str = "id_index";

/// What the indexes hold of the events that they are said to hold.
#[derive(Default)]
pub(super) struct Walked {
    pub(super) sums: Sums,
    /// Streams.
    pub(super) streams: u64,
}

/// An entry of the index by stream.
pub(super) struct StreamEntry {
    pub(super) stream: String,
    pub(super) revision: i64,
    pub(super) position: Position,
}

/// An entry of the index by id.
pub(super) struct IdEntry {
    pub(super) id: Vec<u8>,
    pub(super) position: Position,
}

/// Goes through both indexes; nothing where one of them cannot be read to the end.
///
/// An interrupted merge leaves entries of later events. They are looked up one by one, and not counted.
pub(super) fn check(log: &LogFile, indexed_to: Position, report: &mut LogReport) -> Option<Walked> {
    let mut walked = Walked::default();
    let mut last: Option<StreamEntry> = None;
    let streams = walk_streams(&log.connection, &mut |entry| {
        if entry.position > indexed_to {
            if !names_stream(&log.connection, &entry) {
                report.found(Some(entry.position), LogFault::WrongEntry { index: STREAMS });
            }
            return;
        }
        walked.sums.add_stream(&entry.stream, entry.revision, entry.position);
        let before = last.take().filter(|last| last.stream == entry.stream);
        walked.streams += u64::from(before.is_none());
        follows(before.as_ref(), &entry, report);
        last = Some(entry);
    });
    let ids = walk_ids(&log.connection, &mut |entry| {
        if entry.position <= indexed_to {
            walked.sums.add_id(&entry.id, entry.position);
        } else if !names_id(&log.connection, &entry) {
            report.found(Some(entry.position), LogFault::WrongEntry { index: IDS });
        }
    });
    let mut whole = true;
    for stopped in [streams, ids].into_iter().filter_map(Result::err) {
        report.found(None, stopped);
        whole = false;
    }
    whole.then_some(walked)
}

fn follows(before: Option<&StreamEntry>, entry: &StreamEntry, report: &mut LogReport) {
    let expected = before.map_or(0, |before| before.revision + 1);
    let in_order = before.is_none_or(|before| before.position < entry.position);
    if entry.revision != expected || !in_order {
        let revision = |number: i64| Revision(number.cast_unsigned());
        let before = before.map(|before| revision(before.revision));
        report.found(Some(entry.position), LogFault::Revision { before, found: revision(entry.revision) });
    }
}

/// Visits the index by stream, a page at a time.
pub(super) fn walk_streams(
    connection: &Connection,
    visit: &mut dyn FnMut(StreamEntry),
) -> Result<(), LogFault> {
    let select = "SELECT stream, revision, position FROM stream_index
        WHERE (stream, revision) > (?1, ?2) ORDER BY stream, revision LIMIT ?3";
    let (mut stream, mut revision) = (String::new(), i64::MIN);
    loop {
        let page: Vec<StreamEntry> =
            page(connection, select, params![stream, revision, PAGE_ENTRIES.cast_signed()], |row| {
                Ok(StreamEntry { stream: row.get(0)?, revision: row.get(1)?, position: position(row, 2)? })
            })?;
        let Some(last) = page.last() else { return Ok(()) };
        let after = (last.stream.clone(), last.revision);
        let keys = page.iter().map(|entry| (entry.stream.as_str(), entry.revision));
        if !std::iter::once((stream.as_str(), revision)).chain(keys).is_sorted_by(|one, other| one < other) {
            return Err(LogFault::Disorder { index: STREAMS });
        }
        (stream, revision) = after;
        page.into_iter().for_each(&mut *visit);
    }
}

/// Visits the index by id, a page at a time.
pub(super) fn walk_ids(connection: &Connection, visit: &mut dyn FnMut(IdEntry)) -> Result<(), LogFault> {
    let select = "SELECT id, position FROM id_index WHERE id > ?1 ORDER BY id LIMIT ?2";
    let mut id: Vec<u8> = Vec::new();
    loop {
        let page: Vec<IdEntry> = page(connection, select, params![id, PAGE_ENTRIES.cast_signed()], |row| {
            Ok(IdEntry { id: row.get(0)?, position: position(row, 1)? })
        })?;
        let Some(last) = page.last().map(|last| last.id.clone()) else { return Ok(()) };
        let keys = page.iter().map(|entry| entry.id.as_slice());
        if !std::iter::once(id.as_slice()).chain(keys).is_sorted_by(|one, other| one < other) {
            return Err(LogFault::Disorder { index: IDS });
        }
        id = last;
        page.into_iter().for_each(&mut *visit);
    }
}

fn page<T>(
    connection: &Connection,
    select: &str,
    parameters: impl rusqlite::Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, LogFault> {
    let mut statement = connection.prepare_cached(select).map_err(engine)?;
    let rows = statement.query_map(parameters, read).map_err(engine)?;
    rows.collect::<rusqlite::Result<Vec<T>>>().map_err(engine)
}

fn engine(error: rusqlite::Error) -> LogFault {
    LogFault::Engine { says: error.to_string() }
}

fn position(row: &Row<'_>, column: usize) -> rusqlite::Result<Position> {
    Ok(Position(row.get::<_, i64>(column)?.cast_unsigned()))
}

/// Whether the event at the entry's position is the one that the key names. An event that cannot be read is named
/// elsewhere.
pub(super) fn names_stream(connection: &Connection, entry: &StreamEntry) -> bool {
    let select = "SELECT stream = ?2 AND revision = ?3 FROM events WHERE position = ?1";
    is_named(connection, select, params![entry.position.0.cast_signed(), entry.stream, entry.revision])
}

/// As [`names_stream`], by id.
pub(super) fn names_id(connection: &Connection, entry: &IdEntry) -> bool {
    let select = "SELECT id = ?2 FROM events WHERE position = ?1";
    is_named(connection, select, params![entry.position.0.cast_signed(), entry.id])
}

fn is_named(connection: &Connection, select: &str, parameters: impl rusqlite::Params) -> bool {
    let named = connection
        .prepare_cached(select)
        .and_then(|mut statement| statement.query_row(parameters, |row| row.get(0)));
    match named {
        Ok(named) => named,
        Err(rusqlite::Error::QueryReturnedNoRows) => false,
        Err(_unreadable) => true,
    }
}
