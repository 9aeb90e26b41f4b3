//! From the log's values to the protocol's, and back.

use std::collections::BTreeMap;
use std::time::SystemTime;

use prost_types::Timestamp;
use rapport_domain::envelope::{Position, Recorded, Revision};
use rapport_domain::value::Instant;
use rapport_proto::kurrent as wire;
use rapport_proto::kurrent::streams::read_resp::read_event::{self, RecordedEvent};
use rapport_proto::kurrent::streams::read_resp::{
    CaughtUp, Checkpoint, Content, ReadEvent, SubscriptionConfirmation,
};
use rapport_proto::kurrent::streams::{ReadResp, read_resp};
use rapport_proto::kurrent::uuid::{Structured, Value};
use uuid::Uuid;

/// The content type of every event, as it is given.
pub(crate) const JSON: &str = "application/json";
/// The content type that is taken too, where the bytes are JSON.
pub(crate) const BINARY: &str = "application/octet-stream";
/// What stands in the log for metadata that was left out, because the log keeps JSON.
pub(crate) const NO_METADATA: &str = "{}";
/// The protocol counts time in units of 100 ns.
const TICKS_PER_MICROSECOND: i64 = 10;

/// In which form ids are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdForm {
    /// As two numbers.
    Structured,
    /// As text.
    Text,
}

/// An id as it is sent.
pub(crate) fn uuid(id: Uuid, form: IdForm) -> wire::Uuid {
    let value = match form {
        IdForm::Text => Value::String(id.to_string()),
        IdForm::Structured => {
            let (most, least) = id.as_u64_pair();
            Value::Structured(Structured {
                most_significant_bits: most.cast_signed(),
                least_significant_bits: least.cast_signed(),
            })
        }
    };
    wire::Uuid { value: Some(value) }
}

/// An id as it came; `None` where it is none.
pub(crate) fn id(sent: Option<wire::Uuid>) -> Option<Uuid> {
    match sent?.value? {
        Value::String(text) => Uuid::try_parse(&text).ok(),
        Value::Structured(bits) => {
            let most = bits.most_significant_bits.cast_unsigned();
            Some(Uuid::from_u64_pair(most, bits.least_significant_bits.cast_unsigned()))
        }
    }
}

/// A stream's name as it is sent.
pub(crate) fn identifier(name: impl Into<Vec<u8>>) -> wire::StreamIdentifier {
    wire::StreamIdentifier { stream_name: name.into() }
}

/// Time as the protocol counts it.
pub(crate) fn ticks(time: Instant) -> i64 {
    time.micros().saturating_mul(TICKS_PER_MICROSECOND)
}

/// An event as it is sent.
pub(crate) fn event(recorded: Recorded, form: IdForm) -> ReadResp {
    let Position(position) = recorded.position;
    let custom_metadata = if recorded.metadata == NO_METADATA { String::new() } else { recorded.metadata };
    let event = RecordedEvent {
        id: Some(uuid(recorded.id.0, form)),
        stream_identifier: Some(identifier(String::from(recorded.stream))),
        stream_revision: recorded.revision.0,
        prepare_position: position,
        commit_position: position,
        metadata: BTreeMap::from([
            ("type".to_owned(), recorded.event_type),
            ("content-type".to_owned(), JSON.to_owned()),
            ("created".to_owned(), ticks(recorded.recorded_at).to_string()),
        ]),
        custom_metadata: custom_metadata.into_bytes(),
        data: recorded.data.into_bytes(),
    };
    let position = Some(read_event::Position::CommitPosition(position));
    response(Content::Event(ReadEvent { event: Some(event), link: None, position }))
}

/// The first message of a subscription.
pub(crate) fn confirmation() -> ReadResp {
    response(Content::Confirmation(SubscriptionConfirmation { subscription_id: Uuid::now_v7().to_string() }))
}

/// How far a filtered subscription is.
pub(crate) fn checkpoint(Position(position): Position) -> ReadResp {
    response(Content::Checkpoint(Checkpoint {
        commit_position: position,
        prepare_position: position,
        timestamp: Some(now()),
    }))
}

/// A subscription to the log has sent everything there is.
pub(crate) fn caught_up_with_all(at: Position) -> ReadResp {
    let Position(position) = at;
    let place = read_resp::Position { commit_position: position, prepare_position: position };
    response(Content::CaughtUp(CaughtUp {
        timestamp: Some(now()),
        stream_revision: None,
        position: (at > Position::START).then_some(place),
    }))
}

/// A subscription to a stream has sent everything there is.
pub(crate) fn caught_up_with_stream(next: Revision) -> ReadResp {
    let last = next.0.checked_sub(1).and_then(|last| i64::try_from(last).ok());
    response(Content::CaughtUp(CaughtUp { timestamp: Some(now()), stream_revision: last, position: None }))
}

/// There is no such stream.
pub(crate) fn stream_not_found(name: Vec<u8>) -> ReadResp {
    let stream_identifier = Some(identifier(name));
    response(Content::StreamNotFound(read_resp::StreamNotFound { stream_identifier }))
}

/// The last revision of a stream.
pub(crate) fn last_revision(Revision(revision): Revision) -> ReadResp {
    response(Content::LastStreamPosition(revision))
}

fn response(content: Content) -> ReadResp {
    ReadResp { content: Some(content) }
}

fn now() -> Timestamp {
    SystemTime::now().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_same_in_both_forms() {
        let given = Uuid::try_parse("0192f0c1-2b3c-7d4e-8f90-a1b2c3d4e5f6").unwrap();
        let structured = uuid(given, IdForm::Structured);
        let bits = Structured {
            most_significant_bits: 0x0192_f0c1_2b3c_7d4e,
            least_significant_bits: -0x706f_5e4d_3c2b_1a0a,
        };
        assert_eq!(structured.value, Some(Value::Structured(bits)), "two's complement of the last 64 bits");
        assert_eq!(id(Some(structured)), Some(given));
        assert_eq!(id(Some(uuid(given, IdForm::Text))), Some(given));
    }

    #[test]
    fn what_is_no_id_is_none() {
        assert_eq!(id(None), None);
        assert_eq!(id(Some(wire::Uuid { value: None })), None);
        assert_eq!(id(Some(wire::Uuid { value: Some(Value::String("event 1".to_owned())) })), None);
    }

    #[test]
    fn time_is_counted_in_tenths_of_microseconds_since_1970() {
        assert_eq!(ticks(Instant::from_micros(1_700_000_000_123_456).unwrap()), 17_000_000_001_234_560);
    }
}
