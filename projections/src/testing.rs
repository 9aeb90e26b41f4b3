//! How the tests of a read model are written: a history of events, folded, and then asked.

pub(crate) mod any_deals;
pub(crate) mod commands;
pub(crate) mod company;
pub(crate) mod deals;
mod sample;

use std::collections::BTreeMap;

use rapport_domain::aggregate::{Aggregate, StoredEvent};
use rapport_domain::envelope::{
    EventId, ExpectedRevision, Metadata, NewEvent, Position, Recorded, Revision, StreamId,
};
use rapport_domain::id::derived_uuid;
use rapport_domain::value::Instant;
use rapport_event_store::EventStore;
use rusqlite::Connection;
use rusqlite::types::Value;

pub(crate) use sample::{
    actor, at, contact, currency, day, eur, key, label, month, open_vault, reference, sealed, segments, usd,
};

use crate::page::{Page, PageRequest};
use crate::projection::{ProjectError, Projection};
use crate::query::QueryError;
use crate::read_model::take_in;

/// Log time of the first event of a history; each one is a second later.
pub(crate) const FIRST_RECORDED_AT: &str = "2030-01-01T00:00:00Z";

/// Events as the log would have them.
#[derive(Default, Debug)]
pub(crate) struct History {
    pub(crate) events: Vec<Recorded>,
    revisions: BTreeMap<StreamId, u64>,
}

impl History {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Something happened to an aggregate, at a business time.
    pub(crate) fn add<A: Aggregate>(
        &mut self,
        id: &A::Id,
        occurred_at: &str,
        event: impl Into<A::Event>,
    ) -> &mut Self {
        self.add_at::<A>(id, at(occurred_at), event)
    }

    pub(crate) fn add_at<A: Aggregate>(
        &mut self,
        id: &A::Id,
        occurred_at: Instant,
        event: impl Into<A::Event>,
    ) -> &mut Self {
        let event = event.into();
        let data = event.encode().unwrap().to_string();
        self.add_raw(A::stream(id).unwrap(), event.event_type(), occurred_at, data)
    }

    /// An event with any data.
    pub(crate) fn add_raw(
        &mut self,
        stream: StreamId,
        event_type: &str,
        occurred_at: Instant,
        data: String,
    ) -> &mut Self {
        let revision = self.revisions.entry(stream.clone()).and_modify(|r| *r += 1).or_insert(0);
        let position = u64::try_from(self.events.len()).unwrap() + 1;
        let recorded_at = at(FIRST_RECORDED_AT).micros() + i64::try_from(position - 1).unwrap() * 1_000_000;
        let id = EventId(derived_uuid(&["tests", stream.as_str(), &revision.to_string()]));
        self.events.push(Recorded {
            id,
            stream,
            revision: Revision(*revision),
            position: Position(position),
            event_type: event_type.to_owned(),
            recorded_at: Instant::from_micros(recorded_at).unwrap(),
            metadata: serde_json::to_string(&metadata(occurred_at)).unwrap(),
            data,
        });
        self
    }

    /// The same history, only up to a position.
    pub(crate) fn until(&self, position: Position) -> Self {
        let events = self.events.iter().filter(|event| event.position <= position).cloned().collect();
        Self { events, revisions: BTreeMap::new() }
    }

    pub(crate) fn head(&self) -> Position {
        Position(u64::try_from(self.events.len()).unwrap())
    }

    /// Puts the events from a position on into a store.
    pub(crate) async fn append_to(&self, store: &dyn EventStore, after: Position) {
        for event in self.events.iter().filter(|event| event.position > after) {
            let new = NewEvent {
                id: event.id,
                event_type: event.event_type.clone(),
                metadata: event.metadata.clone(),
                data: event.data.clone(),
            };
            store.append(&event.stream, ExpectedRevision::Any, vec![new]).await.unwrap();
        }
    }
}

fn metadata(occurred_at: Instant) -> Metadata {
    Metadata {
        occurred_at,
        actor: actor(),
        correlation_id: "tests".to_owned(),
        causation_id: None,
        causation_depth: 0,
        request_id: "tests".to_owned(),
        request_digest: "00".repeat(32),
        source: None,
        traceparent: None,
        imported_at: None,
        payload_sha256: "ab".repeat(32),
    }
}

/// Events of the transactions that a history is folded in, one after another.
const TRANSACTIONS: [usize; 6] = [1, 2, 30, 1, 5, 100];

/// A read model in memory.
pub(crate) struct Model<P> {
    pub(crate) connection: Connection,
    projection: P,
}

impl<P: Projection> Model<P> {
    pub(crate) fn empty(projection: P) -> Self {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(P::schema()).unwrap();
        connection.execute_batch(P::indexes()).unwrap();
        Self { connection, projection }
    }

    /// A history, folded.
    pub(crate) fn of(projection: P, history: &History) -> Self {
        Self::in_transactions(projection, history, &TRANSACTIONS)
    }

    /// A history, folded in transactions of so many events, again and again.
    pub(crate) fn in_transactions(projection: P, history: &History, transactions: &[usize]) -> Self {
        let mut model = Self::empty(projection);
        let (mut rest, mut sizes) = (&history.events[..], transactions.iter().cycle());
        while !rest.is_empty() {
            let (events, later) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
            model.fold(events).unwrap();
            rest = later;
        }
        model
    }

    /// Folds events as one transaction.
    fn fold(&mut self, events: &[Recorded]) -> Result<(), ProjectError> {
        let mut projection = self.projection.clone();
        let tx = self.connection.transaction()?;
        for event in events {
            take_in(&mut projection, &tx, event)?;
        }
        projection.settle(&tx)?;
        Ok(tx.commit()?)
    }
}

/// Every row of every table, without some columns.
pub(crate) fn every_row(connection: &Connection, left_out: &[&str]) -> Vec<(String, Vec<Value>)> {
    let tables: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let mut rows = Vec::new();
    for table in tables {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut found = statement.query([]).unwrap();
        while let Some(row) = found.next().unwrap() {
            let kept = columns.iter().filter(|column| !left_out.contains(&column.as_str()));
            rows.push((table.clone(), kept.map(|column| row.get(column.as_str()).unwrap()).collect()));
        }
    }
    rows
}

/// Every entry of a list, read in pages of a size; each page but the last is full.
pub(crate) fn all_pages<T>(
    size: u32,
    mut list: impl FnMut(&PageRequest) -> Result<Page<T>, QueryError>,
) -> Vec<T> {
    let mut entries = Vec::new();
    let mut request = PageRequest::first(size);
    loop {
        let page = list(&request).unwrap();
        let is_last = page.next_page_token.is_empty();
        assert!(
            is_last || page.items.len() == usize::try_from(size).unwrap(),
            "a page in the middle is full"
        );
        entries.extend(page.items);
        if is_last {
            return entries;
        }
        request.token = page.next_page_token;
    }
}

/// The first page, as large as a page can be.
pub(crate) fn first_page() -> PageRequest {
    PageRequest::first(crate::page::PAGE_SIZE_MAX)
}
