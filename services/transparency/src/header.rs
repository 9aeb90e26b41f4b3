//! The canonical header of an event: the data of its leaf.
//!
//! It is derived from the log alone, and its form is a promise: a proof that was taken away years ago has to fit the
//! leaf of today. Form 1 is one JSON object in the canonical form of RFC 8785 (JCS): members in the order of their
//! names, no spaces, only texts and whole numbers.
//!
//! | member | what it is |
//! |---|---|
//! | `actor` | who caused it, `kind:id` |
//! | `event_id` | its identity |
//! | `metadata_sha256` | SHA-256 of the stored metadata, in hex |
//! | `occurred_at` | business time, as the metadata say it |
//! | `on_behalf_of` | for whom, where that is not the actor |
//! | `payload_sha256` | SHA-256 of the stored data, in hex |
//! | `recorded_at` | log time, RFC 3339 in UTC with microseconds |
//! | `revision` | its place in its stream, from 0 |
//! | `stream` | its stream |
//! | `type` | its type |
//! | `v` | 1, the form of the header |
//!
//! `actor`, `occurred_at` and `on_behalf_of` are left out where the metadata are another program's, or have another digest
//! than the data: then they are not of this event. Every event has a leaf, whoever wrote it. Nothing in it is personal. The data itself is not in it: a key can be destroyed, or the data blanked, and every proof still
//! holds.

use std::borrow::Cow;

use rapport_domain::envelope::Recorded;
use serde::{Deserialize, Serialize};

use crate::hash::Hash;

/// The form of headers that is written.
const FORM: u32 = 1;
/// Longest text of another program that is written as it is, in bytes; a longer one as `sha256:` and its hash, so that no
/// leaf is larger than an entry of a tile, whatever was written to the log.
pub const TEXT_BYTES_MAX: usize = 1_000;

/// A header; members in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Who caused it, `kind:id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Its identity.
    pub event_id: String,
    /// SHA-256 of the stored metadata, in hex.
    pub metadata_sha256: String,
    /// Business time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<String>,
    /// For whom, where that is not the actor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<String>,
    /// SHA-256 of the stored data, in hex.
    pub payload_sha256: String,
    /// Log time.
    pub recorded_at: String,
    /// Its place in its stream.
    pub revision: u64,
    /// Its stream.
    pub stream: String,
    /// Its type.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The form of the header.
    pub v: u32,
}

/// What is read of the metadata.
#[derive(Deserialize)]
struct Circumstances<'a> {
    #[serde(borrow)]
    occurred_at: Cow<'a, str>,
    #[serde(borrow)]
    actor: Named<'a>,
    #[serde(borrow)]
    payload_sha256: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, default)]
    on_behalf_of: Option<Cow<'a, str>>,
}

impl Header {
    /// The header of an event.
    #[must_use]
    pub fn of(event: &Recorded) -> Self {
        let payload_sha256 = Hash::of(event.data.as_bytes()).to_hex();
        let said: Option<Circumstances<'_>> = serde_json::from_str(&event.metadata).ok();
        let said = said.filter(|said| said.payload_sha256 == payload_sha256);
        let (occurred_at, actor) = said.map(|said| (said.occurred_at, said.actor)).unzip();
        Self {
            actor: actor.as_ref().map(|actor| bounded(format!("{}:{}", actor.kind, actor.id))),
            event_id: event.id.to_string(),
            metadata_sha256: Hash::of(event.metadata.as_bytes()).to_hex(),
            occurred_at: occurred_at.map(|time| bounded(time.into_owned())),
            on_behalf_of: actor.and_then(|actor| actor.on_behalf_of).map(|whom| bounded(whom.into_owned())),
            payload_sha256,
            recorded_at: event.recorded_at.to_string(),
            revision: event.revision.0,
            stream: event.stream.to_string(),
            event_type: bounded(event.event_type.clone()),
            v: FORM,
        }
    }

    /// Reads the data of a leaf; `None` where it is not a header in the one form that it has.
    #[must_use]
    pub fn parse(leaf: &[u8]) -> Option<Self> {
        let header: Self = serde_json::from_slice(leaf).ok()?;
        let written = serde_json::to_vec(&header).ok()?;
        (header.v == FORM && written == leaf).then_some(header)
    }
}

/// The data of an event's leaf.
///
/// # Errors
/// None that is known: texts and numbers can be written as JSON.
pub fn leaf(event: &Recorded) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Header::of(event))
}

fn bounded(text: String) -> String {
    if text.len() <= TEXT_BYTES_MAX { text } else { format!("sha256:{}", Hash::of(text.as_bytes()).to_hex()) }
}

#[cfg(test)]
mod tests {
    use rapport_domain::envelope::{EventId, Position, Revision, StreamId};
    use rapport_domain::value::Instant;

    use super::*;

    fn event(metadata: &str, data: &str) -> Recorded {
        Recorded {
            id: EventId(uuid::Uuid::from_u128(7)),
            stream: StreamId::parse("consent-contact_1").unwrap(),
            revision: Revision(2),
            position: Position(9),
            event_type: "consent.given.v1".to_owned(),
            recorded_at: Instant::parse("2026-11-21T09:30:00.000001Z").unwrap(),
            metadata: metadata.to_owned(),
            data: data.to_owned(),
        }
    }

    /// The form is stored in every tree and in every proof that was taken away.
    #[test]
    fn the_header_of_an_event_is_frozen() {
        let payload = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        let metadata = format!(
            r#"{{"occurred_at":"2026-11-20T00:00:00.000000Z","actor":{{"kind":"service","id":"web","on_behalf_of":"ann"}},"payload_sha256":"{payload}"}}"#
        );
        let written = String::from_utf8(leaf(&event(&metadata, "{}")).unwrap()).unwrap();
        let expected = format!(
            r#"{{"actor":"service:web","event_id":"00000000-0000-0000-0000-000000000007","metadata_sha256":"{}","occurred_at":"2026-11-20T00:00:00.000000Z","on_behalf_of":"ann","payload_sha256":"{payload}","recorded_at":"2026-11-21T09:30:00.000001Z","revision":2,"stream":"consent-contact_1","type":"consent.given.v1","v":1}}"#,
            Hash::of(metadata.as_bytes()).to_hex()
        );
        assert_eq!(written, expected);
        assert_eq!(Header::parse(written.as_bytes()), Some(Header::of(&event(&metadata, "{}"))));
    }

    #[test]
    fn metadata_of_another_program_are_covered_and_not_read() {
        for foreign in ["", "{}", r#"{"payload_sha256":"none of ours"}"#, r#"{"actor":1}"#] {
            let header = Header::of(&event(foreign, "anything"));
            assert_eq!((header.actor, header.occurred_at), (None, None));
            assert_eq!(header.payload_sha256, Hash::of(b"anything").to_hex());
            assert_eq!(header.metadata_sha256, Hash::of(foreign.as_bytes()).to_hex());
        }
    }

    #[test]
    fn metadata_that_are_not_of_the_data_say_nothing_of_it() {
        let metadata = r#"{"occurred_at":"2026-11-20T00:00:00Z","actor":{"kind":"user","id":"u"},"payload_sha256":"00"}"#;
        let header = Header::of(&event(metadata, "{}"));
        assert_eq!((header.actor, header.occurred_at), (None, None));
        assert_eq!(header.payload_sha256, Hash::of(b"{}").to_hex());
    }

    #[test]
    fn no_leaf_is_larger_than_an_entry_of_a_tile() {
        let long = "\u{1}".repeat(TEXT_BYTES_MAX);
        let mut event = event("", "");
        event.event_type.clone_from(&long);
        assert!(Header::of(&event).event_type == long && leaf(&event).unwrap().len() < 16_384);
        event.event_type.push('x');
        assert_eq!(
            Header::of(&event).event_type,
            format!("sha256:{}", Hash::of(event.event_type.as_bytes()).to_hex())
        );
    }

    #[test]
    fn a_header_is_read_in_one_form_only() {
        let leaf = leaf(&event("", "")).unwrap();
        assert!(Header::parse(&leaf).is_some());
        let text = String::from_utf8(leaf).unwrap();
        for other in [text.replace(":2,", ": 2,"), text.replace("\"v\":1", "\"v\":2"), format!("{text}\n")] {
            assert_eq!(Header::parse(other.as_bytes()), None, "{other}");
        }
    }
}
