//! The events that are written: made up, as large as asked, each with an id of its own.

use rapport_domain::envelope::{EventId, NewEvent, StreamId};
use uuid::Uuid;

use crate::error::Failure;

/// Type of the events.
pub(super) const EVENT_TYPE: &str = "x_bench.measured.v1";
/// Category of their streams.
pub(super) const CATEGORY: &str = "x_bench";
/// What an event is written with when no gateway writes it: as long as what the gateway writes.
const METADATA: &str = r#"{"occurred_at":"2026-01-01T00:00:00.000000Z","actor":{"kind":"service","id":"bench"},"$correlationId":"bench:00000000000000000000000000000000","causation_depth":0,"request_id":"bench:00000000000000000000000000000000","request_digest":"","payload_sha256":"0000000000000000000000000000000000000000000000000000000000000000"}"#;
/// What stands around the filling in [`data`].
const FRAME: &str = r#"{"filling":""}"#;
/// Streams that writers choose from where they do not care for the revision.
const STREAMS: u32 = 10_000;
/// Largest event, in bytes.
pub(super) const BYTES_MAX: usize = 16_384;

/// A JSON object of so many bytes.
///
/// # Errors
/// When so few bytes hold no object, or there are too many.
pub(super) fn data(bytes: usize) -> Result<String, Failure> {
    if !(FRAME.len()..=BYTES_MAX).contains(&bytes) {
        let why = format!("--bytes {bytes}: expected {} to {BYTES_MAX}", FRAME.len());
        return Err(Failure::Usage(why));
    }
    Ok(FRAME.replacen(r#""""#, &format!(r#""{}""#, "x".repeat(bytes - FRAME.len())), 1))
}

/// An id that no other event has.
pub(super) fn fresh_id() -> Uuid {
    uuid::Builder::from_random_bytes(fastrand::u128(..).to_le_bytes()).into_uuid()
}

/// An event for the port.
pub(super) fn event(data: &str) -> NewEvent {
    NewEvent {
        id: EventId(fresh_id()),
        event_type: EVENT_TYPE.to_owned(),
        metadata: METADATA.to_owned(),
        data: data.to_owned(),
    }
}

/// The part after the category of one of many streams, chosen at random.
pub(super) fn some_stream() -> String {
    format!("{:026}", fastrand::u32(..STREAMS))
}

/// The name of a stream, for the port.
///
/// # Errors
/// None: the parts are well formed.
pub(super) fn stream(id: &str) -> Result<StreamId, Failure> {
    StreamId::new(CATEGORY, id).map_err(|error| Failure::Local(error.to_string()))
}

/// The part after the category of a stream that nobody else has.
pub(super) fn own_stream() -> String {
    fresh_id().simple().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_an_object_of_exactly_so_many_bytes() {
        for bytes in [14, 15, 256, 1_000] {
            let data = data(bytes).unwrap();
            assert_eq!(data.len(), bytes);
            assert!(serde_json::from_str::<serde_json::Value>(&data).unwrap().is_object());
        }
        assert!(data(13).is_err() && data(BYTES_MAX + 1).is_err());
    }
}
