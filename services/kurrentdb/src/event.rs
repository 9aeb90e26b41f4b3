//! Events of KurrentDB and events of the port.

use bytes::Bytes;
use eventstore::{EventData, RecordedEvent};
use rapport_domain::envelope::{EventId, NewEvent, Position, Recorded, Revision, StreamId};
use rapport_domain::value::Instant;
use rapport_event_store::ReadError;
use serde_json::value::RawValue;

/// The server's name for the time of an event: 100 ns since 1970, in digits. The library's own field has whole seconds.
const CREATED: &str = "created";
/// 100 ns in a microsecond.
const TICKS_PER_MICRO: u64 = 10;
/// Metadata is JSON in the port, and may be left out in KurrentDB.
const NO_METADATA: &str = "{}";
/// What the names of the server's own streams and types begin with.
const SYSTEM: char = '$';
/// What is shown of an event in a stream of ours that is not text, or the server's own. It stays in KurrentDB as it is,
/// and counts: a stream of which an event is left out ends somewhere else for us than for the server.
const NOT_SHOWN: &str = "{}";

/// A record of the log, as far as Rapport has to do with it.
#[derive(Debug)]
pub(crate) enum Record {
    /// An event in a stream with a name of ours, whoever wrote it.
    Event(Recorded),
    /// In a stream of the server's own or of another program: passed over.
    Foreign,
}

/// The event as it is sent. JSON is marked as such where it is JSON byte for byte, so that the server's own tools
/// show it.
pub(crate) fn to_send(event: &NewEvent) -> EventData {
    let json = serde_json::from_str::<&RawValue>(&event.data)
        .ok()
        .filter(|value| value.get().len() == event.data.len())
        .and_then(|value| EventData::json(&event.event_type, &value).ok());
    let data = json.unwrap_or_else(|| EventData::binary(&event.event_type, Bytes::from(event.data.clone())));
    data.id(event.id.0).metadata(Bytes::from(event.metadata.clone()))
}

/// Reads a record. What Rapport wrote comes back byte for byte; what is not text, or the server's own, comes without
/// its data.
pub(crate) fn read(record: RecordedEvent) -> Result<Record, ReadError> {
    if record.stream_id.starts_with(SYSTEM) {
        return Ok(Record::Foreign);
    }
    let Ok(stream) = StreamId::parse(&record.stream_id) else {
        return Ok(Record::Foreign);
    };
    let position = Position(record.position.commit);
    if record.position.commit != record.position.prepare {
        let cause = format!(
            "its commit position {} is not its prepare position {}: it was written in a transaction of an old client, which Rapport cannot follow",
            record.position.commit, record.position.prepare
        );
        return Err(ReadError::Corrupt { position, cause });
    }
    let recorded_at = recorded_at(&record);
    let (data, metadata) = text_of(&record).unwrap_or_else(|| {
        tracing::debug!(%position, "an event that is not text is shown without its data");
        (NOT_SHOWN.to_owned(), NO_METADATA.to_owned())
    });
    Ok(Record::Event(Recorded {
        id: EventId(record.id),
        stream,
        revision: Revision(record.revision),
        position,
        event_type: record.event_type,
        recorded_at,
        metadata,
        data,
    }))
}

/// Data and metadata, when both are text and an application wrote them.
fn text_of(record: &RecordedEvent) -> Option<(String, String)> {
    if record.event_type.starts_with(SYSTEM) {
        return None;
    }
    let text = |bytes: &Bytes| std::str::from_utf8(bytes).ok().map(str::to_owned);
    let metadata = text(&record.custom_metadata)?;
    let metadata = if metadata.is_empty() { NO_METADATA.to_owned() } else { metadata };
    Some((text(&record.data)?, metadata))
}

fn recorded_at(record: &RecordedEvent) -> Instant {
    let ticks = record.metadata.get(CREATED).and_then(|ticks| ticks.parse::<u64>().ok());
    let micros = ticks.map_or_else(
        || record.created.timestamp_micros(),
        |ticks| i64::try_from(ticks / TICKS_PER_MICRO).unwrap_or(i64::MAX),
    );
    Instant::from_micros(micros).unwrap_or(if micros < 0 { Instant::MIN } else { Instant::MAX })
}
