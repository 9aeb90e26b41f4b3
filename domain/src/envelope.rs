//! What surrounds an event in the log: where it stands, when it was written, who caused it.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::value::Instant;

/// Names a stream: `<category>-<id>`. Never holds personal data.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct StreamId(String);

/// Why a text is not a stream name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected `<category>-<id>`: a category of lower-case letters, digits and `_`, an id of letters, digits, `_`, `.`, `:` and `-`, at most {max} characters in all",
    max = StreamId::LENGTH_MAX
)]
pub struct StreamIdError;

impl StreamId {
    /// Longest stream name, in characters.
    pub const LENGTH_MAX: usize = 200;

    /// The stream `<category>-<id>`.
    ///
    /// # Errors
    /// When a part is empty, too long or holds another character than [`StreamIdError`] names.
    pub fn new(category: &str, id: &str) -> Result<Self, StreamIdError> {
        Self::parse(&format!("{category}-{id}"))
    }

    /// Reads a stream name.
    ///
    /// # Errors
    /// As [`StreamId::new`].
    pub fn parse(text: &str) -> Result<Self, StreamIdError> {
        let (category, id) = text.split_once('-').ok_or(StreamIdError)?;
        let category_ok = !category.is_empty()
            && category.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let id_ok = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.:-".contains(&b));
        if category_ok && id_ok && text.len() <= Self::LENGTH_MAX {
            Ok(Self(text.to_owned()))
        } else {
            Err(StreamIdError)
        }
    }

    /// The kind of thing that the stream is about.
    #[must_use]
    pub fn category(&self) -> &str {
        self.0.split_once('-').map_or("", |(category, _)| category)
    }

    /// Which one it is about.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.split_once('-').map_or("", |(_, id)| id)
    }

    /// The whole name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl TryFrom<String> for StreamId {
    type Error = StreamIdError;
    fn try_from(text: String) -> Result<Self, StreamIdError> {
        Self::parse(&text)
    }
}
impl From<StreamId> for String {
    fn from(stream: StreamId) -> Self {
        stream.0
    }
}

/// Place of an event in its stream, counted from 0 without a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u64);

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Place of an event in the whole log. The first event stands at 1; [`Position::START`] is before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub u64);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(0);

    /// The position after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What the writer believes of the stream it appends to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedRevision {
    /// Nothing.
    Any,
    /// That it has no event yet.
    NoStream,
    /// That it has at least one event.
    StreamExists,
    /// That its last event is this one.
    Exact(Revision),
}

/// As callers and operators read it.
impl fmt::Display for ExpectedRevision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::NoStream => f.write_str("no_stream"),
            Self::StreamExists => f.write_str("stream_exists"),
            Self::Exact(revision) => revision.fmt(f),
        }
    }
}

/// Identity of an event. A retry carries the same id, and is then the same event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(pub Uuid);

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What kind of party acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A person of the company.
    User,
    /// Another service.
    Service,
    /// A person who studies history, and sees pseudonyms.
    Analyst,
    /// A person who checks consent trails.
    Auditor,
    /// An import.
    Import,
    /// Rapport itself.
    System,
}

impl ActorKind {
    /// Every kind, with the name it has on the wire.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::User, "user"),
        (Self::Service, "service"),
        (Self::Analyst, "analyst"),
        (Self::Auditor, "auditor"),
        (Self::Import, "import"),
        (Self::System, "system"),
    ];

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Service => "service",
            Self::Analyst => "analyst",
            Self::Auditor => "auditor",
            Self::Import => "import",
            Self::System => "system",
        }
    }
}

/// Who acted: an opaque id of the company's own directory, never a name or an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// What kind of party.
    pub kind: ActorKind,
    /// Which one.
    pub id: crate::value::Reference,
    /// For whom, when not for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<crate::value::Reference>,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.as_str(), self.id)
    }
}

/// The circumstances of an event. Never holds personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Business time: when it happened.
    pub occurred_at: Instant,
    /// Who caused it.
    pub actor: Actor,
    /// Ties together everything that one business transaction caused.
    #[serde(rename = "$correlationId")]
    pub correlation_id: String,
    /// The event that caused this one, if one did.
    #[serde(rename = "$causationId", default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<EventId>,
    /// How many automatic steps lie between a person's act and this event.
    #[serde(default)]
    pub causation_depth: u32,
    /// The request that caused it; the same request is applied once.
    pub request_id: String,
    /// Digest of the request, in hex: the same request id with another content is refused. The key is the subject's
    /// own where the stream has a subject, because the content is personal: once the key is destroyed, no guess
    /// can be tried against the digest. Empty where the keys were destroyed before.
    pub request_digest: String,
    /// Where it came from: a system, an import, a form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<crate::value::Reference>,
    /// W3C trace context of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// When it really came, where an import said at what time it was to be recorded: log time is then the importer's
    /// word, and not the log's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported_at: Option<Instant>,
    /// SHA-256 of the stored data, in hex.
    pub payload_sha256: String,
}

/// An event on its way into the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Its identity; a retry carries the same.
    pub id: EventId,
    /// `<category>.<past_tense>.v<N>`.
    pub event_type: String,
    /// JSON.
    pub metadata: String,
    /// JSON, personal fields sealed.
    pub data: String,
}

/// An event in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its identity.
    pub id: EventId,
    /// The stream it belongs to.
    pub stream: StreamId,
    /// Its place in the stream.
    pub revision: Revision,
    /// Its place in the log.
    pub position: Position,
    /// `<category>.<past_tense>.v<N>`.
    pub event_type: String,
    /// Log time: when it was written. Never goes backwards.
    pub recorded_at: Instant,
    /// JSON; [`Metadata`] where Rapport wrote it.
    pub metadata: String,
    /// JSON.
    pub data: String,
}

impl Recorded {
    /// The circumstances, read from the stored JSON.
    ///
    /// # Errors
    /// When another writer stored metadata of another shape.
    pub fn metadata(&self) -> Result<Metadata, serde_json::Error> {
        serde_json::from_str(&self.metadata)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_name_is_a_category_and_an_id() {
        let stream = StreamId::parse("contact-contact_01arz3ndektsv4rrffq69g5fav").unwrap();
        assert_eq!(stream.category(), "contact");
        assert_eq!(stream.id(), "contact_01arz3ndektsv4rrffq69g5fav");
        assert_eq!(StreamId::parse("x_orders-2026-11").map(|s| s.id().to_owned()), Ok("2026-11".to_owned()));
    }

    #[test]
    fn malformed_stream_names_are_refused() {
        for text in ["", "contact", "-a", "contact-", "Contact-a", "contact-ann@x.example", "$all-x", "a b-c"]
        {
            assert_eq!(StreamId::parse(text), Err(StreamIdError), "{text}");
        }
        assert!(StreamId::parse(&format!("a-{}", "b".repeat(200))).is_err());
    }
}
