//! What the timeline answers.

use rapport_domain::envelope::Position;
use rapport_domain::interaction::Channel;
use rusqlite::{Connection, Row, named_params};

use super::{Entry, Exchange, Kind, TimelineProjection, TimelineQuery};
use crate::column::{
    At, Json, Micros, Word, instant, instant_or_null, json, json_or_null, money_or_null, word, word_or_null,
};
use crate::page::{Listing, Page, PageRequest};
use crate::query::{QueryError, Thing};

/// The inner query finds the page in the index alone; only the rows of the page are read.
const ENTRIES: &str = "
    SELECT {columns} FROM entries {earlier} WHERE entries.position IN (
        SELECT position FROM entries
        WHERE contact_id = :contact
          AND (occurred_at, position) < (:time, :position)
          AND occurred_at >= :from
          AND position <= :known
          AND (:kinds IS NULL OR kind IN (SELECT value FROM json_each(:kinds)))
          AND (:channels IS NULL OR channel IN (SELECT value FROM json_each(:channels)))
        ORDER BY occurred_at DESC, position DESC LIMIT :rows)
    ORDER BY occurred_at DESC, entries.position DESC";

/// What a row said at a position: as before the first change after that, or as it is. The first column of a name counts.
const COLUMNS_THEN: &str = "
    iif(earlier.until IS NULL, entries.summary, earlier.summary) AS summary,
    iif(earlier.until IS NULL, entries.duration_seconds, earlier.duration_seconds) AS duration_seconds,
    iif(earlier.until IS NULL, entries.outcome, earlier.outcome) AS outcome,
    iif(earlier.until IS NULL, entries.redacted, earlier.redacted) AS redacted,
    iif(earlier.until IS NULL, entries.corrected_at, earlier.corrected_at) AS corrected_at,
    entries.*";
const EARLIER: &str = "
    LEFT JOIN earlier ON earlier.position = entries.position AND earlier.until =
        (SELECT min(until) FROM earlier WHERE position = entries.position AND until > :known)";

/// Time and position of an entry.
type Place = (i64, i64);
const NEWEST: Place = (i64::MAX, i64::MAX);
/// No event stands behind it.
const NOW: Position = Position(i64::MAX.unsigned_abs());

/// What was known at a position, or what is known now.
pub(super) fn entries(
    connection: &Connection,
    known: Option<Position>,
    query: &TimelineQuery,
    page: &PageRequest,
) -> Result<Page<Entry>, QueryError> {
    let TimelineQuery { contact_id, channels, kinds, occurred_from, occurred_before, valid_at } = query;
    let described = ("entries", contact_id, channels, kinds, occurred_from, occurred_before);
    let listing: Listing<Place> = match valid_at {
        None => Listing::open::<TimelineProjection>(&described, page)?,
        Some(valid_at) => Listing::open::<TimelineProjection>(&(described, valid_at), page)?,
    };
    // What occurred before a time lies below that time's first place; so there is one upper bound, for the index.
    let before = occurred_before.map_or(NEWEST, |time| (time.micros(), i64::MIN));
    // What occurred by a time lies at that time's last place, or below.
    let by = valid_at.map_or(NEWEST, |time| (time.micros(), i64::MAX));
    let (time, position) = listing.after.unwrap_or(NEWEST).min(before).min(by);
    let (columns, earlier) = known.map_or(("*", ""), |_| (COLUMNS_THEN, EARLIER));
    let known = At(known.unwrap_or(NOW));
    let rows = connection
        .prepare_cached(&ENTRIES.replace("{columns}", columns).replace("{earlier}", earlier))?
        .query_map(
            named_params! {
                ":contact": Word(contact_id),
                ":time": time,
                ":position": position,
                ":known": known,
                ":from": occurred_from.map_or(i64::MIN, |time| time.micros()),
                ":kinds": (!kinds.is_empty()).then_some(Json(kinds)),
                ":channels": (!channels.is_empty()).then_some(Json(channels)),
                ":rows": i64::try_from(listing.rows()).unwrap_or(i64::MAX),
            },
            entry,
        )?
        .collect::<Result<Vec<_>, _>>()?;
    if rows.is_empty() && !is_known(connection, &known, query)? {
        return Err(QueryError::NotFound { what: Thing::Contact });
    }
    let place =
        |entry: &Entry| (entry.occurred_at.micros(), i64::try_from(entry.position.0).unwrap_or(i64::MAX));
    listing.page(rows, place)
}

/// Every contact that there is has an entry: its registration.
fn is_known(connection: &Connection, at: &At, query: &TimelineQuery) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM entries WHERE contact_id = ?1 AND position <= ?2)")?
        .query_row((Word(query.contact_id), at), |row| row.get(0))
}

pub(super) fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let kind: Kind = word(row, "kind")?;
    let channel: Option<Channel> = word_or_null(row, "channel")?;
    Ok(Entry {
        position: row.get::<_, At>("position")?.0,
        event_type: row.get("event_type")?,
        kind,
        occurred_at: instant(row, "occurred_at")?,
        recorded_at: row.get::<_, Micros>("recorded_at")?.0,
        actor: json(row, "actor")?,
        exchange: channel.map(|channel| exchange(row, channel)).transpose()?,
        related: json_or_null(row, "related")?.unwrap_or_default(),
        segments: json_or_null(row, "segments")?.unwrap_or_default(),
        description: row.get("description")?,
    })
}

fn exchange(row: &Row<'_>, channel: Channel) -> rusqlite::Result<Exchange> {
    Ok(Exchange {
        interaction_id: word(row, "interaction_id")?,
        channel,
        direction: word(row, "direction")?,
        summary: json_or_null(row, "summary")?,
        topic: word_or_null(row, "topic")?,
        duration_seconds: row.get("duration_seconds")?,
        outcome: word_or_null(row, "outcome")?,
        value: money_or_null(row, "value", "currency")?,
        source: json_or_null(row, "source")?,
        redacted: row.get("redacted")?,
        corrected_at: instant_or_null(row, "corrected_at")?,
    })
}
