//! What stands in the log, and what says how files are to be read.

use rapport::import::mapping::Mapping;
use rapport_domain::envelope::{EventId, Position, Recorded, Revision, StreamId};
use rapport_domain::event::DomainEvent;
use rapport_domain::id::derived_uuid;
use rapport_domain::value::Instant;
use rapport_transparency::header::{self, Header};

use super::feed;
use super::seeds::{Seed, folder};

/// Another program wrote it, of the type that the file is named after, up to an `@`.
fn recorded(seed: &Seed, data: &str) -> Recorded {
    Recorded {
        id: EventId(derived_uuid(&[&seed.name])),
        stream: StreamId::parse("contact-1").unwrap(),
        revision: Revision(0),
        position: Position(1),
        event_type: seed.name.trim_end_matches(".json").split('@').next().unwrap_or_default().to_owned(),
        recorded_at: Instant::MAX,
        metadata: data.to_owned(),
        data: data.to_owned(),
    }
}

#[test]
fn a_stored_event_is_read_or_refused_and_has_its_leaf_either_way() {
    let seeds = folder("golden/events");
    for seed in &seeds {
        let event = recorded(seed, seed.text().unwrap());
        assert!(matches!(DomainEvent::decode(&event), Ok(Some(_))), "{}", seed.name);
    }
    feed(&seeds, |seed| {
        let Some(text) = seed.text() else { return };
        let event = recorded(seed, text);
        assert!(!matches!(DomainEvent::decode(&event), Ok(None)), "its type is known");
        let leaf = header::leaf(&event).unwrap();
        assert_eq!(Header::parse(&leaf), Some(Header::of(&event)), "whatever it holds, it is proved");
    });
}

#[test]
fn a_mapping_is_read_or_refused_with_its_line() {
    feed(&folder("../services/rapport/presets"), |seed| {
        let Some(text) = seed.text() else { return };
        if let Err(error) = Mapping::parse("m.toml", text) {
            assert!(error.to_string().starts_with("m.toml:"), "{error}");
        }
    });
}
