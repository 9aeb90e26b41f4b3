//! Events and streams.

use futures::TryStreamExt;
use rapport_domain::envelope::{EventId, ExpectedRevision, NewEvent, Position, Recorded, Revision, StreamId};
use rapport_event_store::{AppendError, Appended, Direction, EventStore, Filter};
use uuid::Uuid;

pub(crate) fn stream(name: &str) -> StreamId {
    StreamId::new("case", name).unwrap()
}

pub(crate) fn event(number: u64) -> NewEvent {
    NewEvent {
        id: EventId(Uuid::from_u128(0xE0_0000_0000 + u128::from(number))),
        event_type: "case.opened.v1".to_owned(),
        metadata: format!(r#"{{"number":{number}}}"#),
        data: format!(r#"{{"value":{number}}}"#),
    }
}

pub(crate) fn events(numbers: impl IntoIterator<Item = u64>) -> Vec<NewEvent> {
    numbers.into_iter().map(event).collect()
}

pub(crate) async fn append(store: &dyn EventStore, name: &str, number: u64) -> Result<Appended, AppendError> {
    store.append(&stream(name), ExpectedRevision::Any, vec![event(number)]).await
}

/// The log, from a position on.
pub(crate) async fn log_from(store: &dyn EventStore, from: u64) -> Vec<Recorded> {
    store.read_all(Position(from), &Filter::all()).try_collect().await.unwrap()
}

/// Values of the events of a log.
pub(crate) async fn log(store: &dyn EventStore) -> Vec<String> {
    log_from(store, 0).await.into_iter().map(|event| event.data).collect()
}

pub(crate) async fn of_stream(store: &dyn EventStore, name: &str) -> Vec<u64> {
    let read: Vec<Recorded> =
        store.read_stream(&stream(name), Revision(0), Direction::Forward).try_collect().await.unwrap();
    read.iter().map(|event| event.revision.0).collect()
}

pub(crate) fn values(numbers: impl IntoIterator<Item = u64>) -> Vec<String> {
    numbers.into_iter().map(|number| event(number).data).collect()
}
