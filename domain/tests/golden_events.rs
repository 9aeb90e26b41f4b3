//! Stored events are a contract: what was ever written can be read, and is written the same today.
//!
//! `tests/golden/events` at the root of the workspace holds one file for each event type, with every field that
//! the type can have. A file, once it has landed, is never edited: a new form is a new type with a file of its
//! own, and a type with a field more has a second file, `TYPE@WHAT.json`.

#![allow(clippy::unwrap_used, reason = "the lint spares test functions, not what they call")]

use std::collections::BTreeMap;
use std::fs;

use rapport_domain::envelope::{EventId, Position, Recorded, Revision, StreamId};
use rapport_domain::value::Instant;
use rapport_domain::{DomainEvent, StoredEvent};
use serde_json::Value;
use uuid::Uuid;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/events");

#[test]
fn every_event_type_has_a_golden_file() {
    let golden = golden();
    for event_type in DomainEvent::types() {
        assert!(golden.contains_key(event_type), "tests/golden/events/{event_type}.json is missing");
    }
}

#[test]
fn every_golden_event_is_read_and_written_the_same() {
    for (name, data) in golden() {
        let event_type = name.split('@').next().unwrap();
        let event = decode(event_type, &data);
        let stored: Value = serde_json::from_str(&data).unwrap();
        assert_eq!(encode(&event), (event_type, stored), "{name}");
    }
}

/// The stored JSON of every event type ever written, and of each form that it had, by the names of the files.
fn golden() -> BTreeMap<String, String> {
    fs::read_dir(GOLDEN)
        .unwrap()
        .map(|file| {
            let path = file.unwrap().path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap();
            let Some(event_type) = name.strip_suffix(".json") else { panic!("{name} does not end in .json") };
            (event_type.to_owned(), fs::read_to_string(&path).unwrap())
        })
        .collect()
}

fn decode(event_type: &str, data: &str) -> DomainEvent {
    let recorded = Recorded {
        id: EventId(Uuid::nil()),
        stream: StreamId::parse("golden-1").unwrap(),
        revision: Revision(0),
        position: Position(1),
        event_type: event_type.to_owned(),
        recorded_at: Instant::MIN,
        metadata: "{}".to_owned(),
        data: data.to_owned(),
    };
    let event = DomainEvent::decode(&recorded).unwrap_or_else(|error| panic!("{event_type}: {error}"));
    event.unwrap_or_else(|| panic!("{event_type} is not known any more"))
}

/// The type and the JSON that this build writes.
fn encode(event: &DomainEvent) -> (&'static str, Value) {
    let (event_type, data) = match event {
        DomainEvent::Contact(event) => (event.event_type(), event.encode()),
        DomainEvent::Interaction(event) => (event.event_type(), event.encode()),
        DomainEvent::Pipeline(event) => (event.event_type(), event.encode()),
        DomainEvent::Opportunity(event) => (event.event_type(), event.encode()),
        DomainEvent::Subscription(event) => (event.event_type(), event.encode()),
        DomainEvent::Consent(event) => (event.event_type(), event.encode()),
        DomainEvent::Notice(event) => (event.event_type(), event.encode()),
        DomainEvent::SubjectRequest(event) => (event.event_type(), event.encode()),
        DomainEvent::Suppression(event) => (event.event_type(), event.encode()),
        DomainEvent::Access(event) => (event.event_type(), event.encode()),
        DomainEvent::Calendar(event) => (event.event_type(), event.encode()),
        DomainEvent::SlaPolicy(event) => (event.event_type(), event.encode()),
        DomainEvent::Case(event) => (event.event_type(), event.encode()),
        DomainEvent::Lead(event) => (event.event_type(), event.encode()),
        DomainEvent::ScoringModel(event) => (event.event_type(), event.encode()),
        DomainEvent::RoutingPolicy(event) => (event.event_type(), event.encode()),
        DomainEvent::FieldSet(event) => (event.event_type(), event.encode()),
        DomainEvent::Task(event) => (event.event_type(), event.encode()),
        DomainEvent::PriceBook(event) => (event.event_type(), event.encode()),
        DomainEvent::Quote(event) => (event.event_type(), event.encode()),
    };
    (event_type, data.unwrap())
}
