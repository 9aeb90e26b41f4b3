//! Reading the whole log in order.

use std::sync::Arc;

use rapport_domain::envelope::{Position, Recorded};
use rapport_domain::value::Instant;
use rusqlite::Connection;

use super::error::{corrupt, read_failed, read_failed_at};
use super::readers::{PAGE_EVENTS, Page, Readers, pages};
use super::row;
use super::shared::Shared;
use super::sound_types::SoundTypes;
use crate::port::{EventStream, Filter, ReadError};

/// Rows that one page looks at, so that a filter which lets little through does not keep a connection for long.
const SCAN_EVENTS_MAX: u64 = PAGE_EVENTS * 16;

const SELECT_TYPES: &str =
    "SELECT position, type FROM events WHERE position BETWEEN ?1 AND ?2 ORDER BY position";

/// The events from `from` to `to` that pass the filter.
pub(super) fn read(
    readers: &Arc<Readers>,
    shared: &Arc<Shared>,
    from: Position,
    to: Position,
    filter: Filter,
) -> EventStream {
    let (readers, shared, filter) = (Arc::clone(readers), Arc::clone(shared), Arc::new(filter));
    pages(Position(from.0.max(1)), move |from| {
        let (readers, shared, filter) = (Arc::clone(&readers), Arc::clone(&shared), Arc::clone(&filter));
        async move {
            if from > to {
                return Ok(None);
            }
            if let Some(page) = shared.recent.read().page(from, to, &filter) {
                return Ok(Some(page));
            }
            let look = move |connection: &Connection| {
                if filter.type_prefixes.is_empty() {
                    page(connection, from, to, &filter)
                } else {
                    skimmed(connection, from, to, &filter, &shared.sound_types)
                }
            };
            readers.run(look).await.map(Some)
        }
    })
}

/// A page and the position after it. Every row is checked, those that do not pass the filter too: a damaged
/// stream must not make an event invisible.
fn page(
    connection: &Connection,
    from: Position,
    to: Position,
    filter: &Filter,
) -> Result<(Vec<Recorded>, Position), ReadError> {
    let to = to.min(Position(from.0.saturating_add(SCAN_EVENTS_MAX - 1)));
    let mut statement = connection.prepare_cached(row::SELECT_RANGE).map_err(|e| read_failed(&e))?;
    let range = [from.0.cast_signed(), to.0.cast_signed()];
    let mut rows = statement.query(range).map_err(|e| read_failed(&e))?;
    let mut page = Page::default();
    let mut next = from;
    while next <= to && !page.is_full() && page.len() < PAGE_EVENTS {
        let row = rows.next().map_err(|e| read_failed_at(next, &e))?;
        let checked = row.map_or_else(|| Err(missing(next)), row::checked)?;
        if checked.position != next {
            return Err(missing(next));
        }
        let event = checked.recorded()?;
        if filter.passes_stream(&event.stream) {
            page.push(event);
        }
        next = next.next();
    }
    Ok((page.into_events(), next))
}

/// The same for some types. Of the other rows only the type is read, where that is sound: most of a row is what it says.
fn skimmed(
    connection: &Connection,
    from: Position,
    to: Position,
    filter: &Filter,
    sound: &SoundTypes,
) -> Result<(Vec<Recorded>, Position), ReadError> {
    let to = to.min(Position(from.0.saturating_add(SCAN_EVENTS_MAX - 1)));
    let mut statement = connection.prepare_cached(SELECT_TYPES).map_err(|e| read_failed(&e))?;
    let range = [from.0.cast_signed(), to.0.cast_signed()];
    let mut rows = statement.query(range).map_err(|e| read_failed(&e))?;
    let mut page = Page::default();
    let mut next = from;
    while next <= to && !page.is_full() && page.len() < PAGE_EVENTS {
        let row = rows.next().map_err(|e| read_failed_at(next, &e))?.ok_or_else(|| missing(next))?;
        if row.get::<_, i64>(0).ok() != Some(next.0.cast_signed()) {
            return Err(missing(next));
        }
        // A type that is no text is damage, as the look at the whole row says.
        let event_type = row.get_ref(1).ok().and_then(|value| value.as_str().ok()).unwrap_or_default();
        if filter.passes_type(event_type) || !sound.contains(event_type) {
            let event = row::event_at(connection, next)?.ok_or_else(|| missing(next))?;
            if filter.passes_type(&event.event_type) {
                if filter.passes_stream(&event.stream) {
                    page.push(event);
                }
            } else {
                sound.remember(event.event_type);
            }
        }
        next = next.next();
    }
    Ok((page.into_events(), next))
}

fn missing(position: Position) -> ReadError {
    corrupt(position, "it is missing")
}

/// The last event recorded at or before a time. Times never go backwards, so a binary search finds it.
pub(super) fn position_at(
    connection: &Connection,
    head: Position,
    time: Instant,
) -> Result<Position, ReadError> {
    let select = "SELECT recorded_at FROM events WHERE position = ?1";
    let mut statement = connection.prepare_cached(select).map_err(|e| read_failed(&e))?;
    let (mut low, mut high) = (0, head.0);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        let recorded_at = statement.query_row([middle.cast_signed()], |row| row.get::<_, i64>(0));
        if recorded_at.map_err(|e| read_failed(&e))? <= time.micros() {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    Ok(Position(low))
}
