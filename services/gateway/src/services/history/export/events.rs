//! The log as a table: one event a row, its circumstances in columns.

use futures::StreamExt as _;
use rapport_application::{History, contact_of};
use rapport_domain::envelope::{Metadata, Position, Recorded};
use rapport_domain::value::Instant;
use rapport_projections::Answer;
use rapport_projections::export::{Cell, Column, ExportError, Kind, Part, ROWS_BYTES_MAX, ROWS_MAX, Table};
use tokio::sync::mpsc;

use crate::error::Error;

/// The columns. Analysts have queries that name them: added to, never changed.
const COLUMNS: [(&str, Kind); 18] = [
    ("position", Kind::Integer),
    ("stream", Kind::Text),
    ("category", Kind::Text),
    ("revision", Kind::Integer),
    ("event_id", Kind::Text),
    ("type", Kind::Text),
    ("occurred_at", Kind::Time),
    ("recorded_at", Kind::Time),
    ("contact_id", Kind::Text),
    ("actor_kind", Kind::Text),
    ("actor_id", Kind::Text),
    ("on_behalf_of", Kind::Text),
    ("correlation_id", Kind::Text),
    ("causation_id", Kind::Text),
    ("causation_depth", Kind::Integer),
    ("request_id", Kind::Text),
    ("source", Kind::Text),
    ("data", Kind::Json),
];

/// Hands the events over, and says how many there were.
pub(super) async fn hand_over(
    mut history: History,
    to: Position,
    parts: mpsc::Sender<Part>,
) -> Result<Answer<u64>, Error> {
    let send = async |part| parts.send(part).await.map_err(|_| ExportError::Abandoned);
    let columns = COLUMNS.map(|(name, kind)| Column::new(name, kind));
    send(Part::Table(Table::new("events", columns.into()))).await?;
    let (mut rows, mut bytes, mut count) = (Vec::new(), 0, 0);
    while let Some(event) = history.next().await {
        let event = event?;
        bytes += event.data.len() + event.metadata.len();
        rows.push(row(event));
        count += 1;
        if rows.len() >= ROWS_MAX || bytes >= ROWS_BYTES_MAX {
            bytes = 0;
            send(Part::Rows(std::mem::take(&mut rows))).await?;
        }
    }
    if !rows.is_empty() {
        send(Part::Rows(rows)).await?;
    }
    Ok(Answer { position: to, value: count })
}

/// An event that another program wrote may have other metadata: its circumstances are not known then.
fn row(event: Recorded) -> Vec<Cell> {
    let known = event.metadata().ok();
    let known = known.as_ref();
    let text = |value: Option<String>| value.map_or(Cell::Empty, Cell::Text);
    let named = |name: fn(&Metadata) -> Option<String>| text(known.and_then(name));
    vec![
        number(event.position.0),
        Cell::Text(event.stream.to_string()),
        Cell::Text(event.stream.category().to_owned()),
        number(event.revision.0),
        Cell::Text(event.id.to_string()),
        Cell::Text(event.event_type.clone()),
        known.map_or(Cell::Empty, |known| time(known.occurred_at)),
        time(event.recorded_at),
        text(contact_of(&event).map(|contact| contact.to_string())),
        named(|known| Some(known.actor.kind.as_str().to_owned())),
        named(|known| Some(known.actor.id.to_string())),
        named(|known| known.actor.on_behalf_of.as_ref().map(ToString::to_string)),
        named(|known| Some(known.correlation_id.clone())),
        named(|known| known.causation_id.map(|id| id.to_string())),
        known.map_or(Cell::Empty, |known| number(known.causation_depth.into())),
        named(|known| Some(known.request_id.clone())),
        named(|known| known.source.as_ref().map(ToString::to_string)),
        Cell::Text(event.data),
    ]
}

const fn time(instant: Instant) -> Cell {
    Cell::Integer(instant.micros())
}

/// Positions and revisions are far below the largest number.
fn number(number: u64) -> Cell {
    Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}
