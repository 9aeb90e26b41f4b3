//! Events and streams for the cases.

use futures::TryStreamExt;
use rapport_domain::envelope::{EventId, NewEvent, Position, Recorded, Revision, StreamId};
use uuid::Uuid;

use crate::port::{AppendError, Appended, Direction, EventStore, Filter};

/// The stream `case-<name>`.
pub(super) fn stream(name: &str) -> StreamId {
    StreamId::new("case", name).unwrap()
}

/// The event number `number`: same number, same event.
pub(super) fn event(number: u64) -> NewEvent {
    NewEvent {
        id: EventId(Uuid::from_u128(0xE0_0000_0000 + u128::from(number))),
        event_type: "case.opened.v1".to_owned(),
        metadata: format!(r#"{{"number":{number}}}"#),
        data: format!(r#"{{"value":{number}}}"#),
    }
}

/// Events with these numbers.
pub(super) fn events(numbers: impl IntoIterator<Item = u64>) -> Vec<NewEvent> {
    numbers.into_iter().map(event).collect()
}

/// What an append answers whose last event is here.
pub(super) fn appended(revision: u64, position: u64) -> Appended {
    Appended { revision: Some(Revision(revision)), position: Position(position), repeated: false }
}

/// The answer to an append that repeats the one that was answered so.
pub(super) fn repeated(first: Appended) -> Appended {
    Appended { repeated: true, ..first }
}

/// The whole log.
pub(super) async fn log(store: &dyn EventStore) -> Vec<Recorded> {
    store.read_all(Position::START, &Filter::all()).try_collect().await.unwrap()
}

/// The numbers of a stream's events, as they are read.
pub(super) async fn numbers(
    store: &dyn EventStore,
    stream: &StreamId,
    from: u64,
    direction: Direction,
) -> Vec<u64> {
    let read: Vec<Recorded> =
        store.read_stream(stream, Revision(from), direction).try_collect().await.unwrap();
    read.iter().map(number).collect()
}

/// The number that an event was made with.
pub(super) fn number(event: &Recorded) -> u64 {
    u64::try_from(event.id.0.as_u128() - 0xE0_0000_0000).unwrap()
}

/// The id that an append was refused for.
pub(super) fn reused(answer: &Result<Appended, AppendError>) -> EventId {
    match answer {
        Err(AppendError::IdReused { id }) => *id,
        other => panic!("expected a reused id, got {other:?}"),
    }
}

/// The revision where a refused append found the stream.
pub(super) fn actual(answer: &Result<Appended, AppendError>) -> Option<Revision> {
    match answer {
        Err(AppendError::WrongRevision { actual, .. }) => *actual,
        other => panic!("expected a wrong revision, got {other:?}"),
    }
}

/// The event with other data.
pub(super) fn with_data(mut event: NewEvent, data: &str) -> NewEvent {
    data.clone_into(&mut event.data);
    event
}

/// JSON of so many bytes: what stores keep is JSON, and some of them see to it.
pub(super) fn json_of(bytes: usize) -> String {
    format!("\"{}\"", "x".repeat(bytes - 2))
}
