//! Events, and a store whose rare paths are taken all the time.

use std::path::Path;

use futures::TryStreamExt;
use rapport_domain::envelope::{EventId, ExpectedRevision, NewEvent, Position, Recorded, StreamId};
use rapport_domain::id::derived_uuid;
use rapport_event_store::{
    AppendError, Appended, EmbeddedOptions, EmbeddedStore, EventStore, Filter, ReadError,
};

pub(crate) fn restless() -> EmbeddedOptions {
    EmbeddedOptions { index_interval: 7, checkpoint_pages: 16, recent_bytes: 0, ..EmbeddedOptions::default() }
}

pub(crate) fn open(directory: &Path) -> EmbeddedStore {
    EmbeddedStore::open(directory, restless()).unwrap()
}

pub(crate) fn stream(name: &str) -> StreamId {
    StreamId::new("case", name).unwrap()
}

pub(crate) fn event(number: usize) -> NewEvent {
    sized(number, 16)
}

pub(crate) fn sized(number: usize, bytes: usize) -> NewEvent {
    NewEvent {
        id: EventId(derived_uuid(&["embedded", &number.to_string()])),
        event_type: "case.opened.v1".to_owned(),
        metadata: "{}".to_owned(),
        data: format!("{number:0bytes$}"),
    }
}

pub(crate) async fn append(store: &EmbeddedStore, event: NewEvent) -> Result<Appended, AppendError> {
    store.append(&stream("a"), ExpectedRevision::Any, vec![event]).await
}

pub(crate) async fn fill(store: &EmbeddedStore, count: usize) {
    for number in 1..=count {
        append(store, event(number)).await.unwrap();
    }
}

pub(crate) async fn log(store: &EmbeddedStore) -> Result<Vec<Recorded>, ReadError> {
    store.read_all(Position::START, &Filter::all()).try_collect().await
}
