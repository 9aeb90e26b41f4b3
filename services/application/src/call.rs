//! What surrounds a command.

use rapport_domain::envelope::{Actor, EventId, Position, Revision};
use rapport_domain::id::derived_uuid;
use rapport_domain::value::{Instant, Reference};

/// The circumstances of one command, as the gateway read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Identity of the request; the same request is applied once.
    pub request_id: Reference,
    /// The request's content, digested by the gateway: tells a retry from another request with the same id.
    pub content_sha256: String,
    /// Revision that the caller last saw.
    pub expected_revision: Option<Revision>,
    /// Business time; now when absent.
    pub occurred_at: Option<Instant>,
    /// Whether it is recorded at its business time, which is then said: history that an import brings in as it happened.
    pub record_at_occurred: bool,
    /// Who asks.
    pub actor: Actor,
    /// Where it comes from.
    pub source: Option<Reference>,
    /// Ties together everything that one business transaction caused; the request id when absent.
    pub correlation_id: Option<Reference>,
    /// W3C trace context.
    pub traceparent: Option<String>,
    /// The event that it answers, where no caller asks but a reactor.
    pub cause: Option<Cause>,
}

/// An event that something automatic answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause {
    /// Its id.
    pub event_id: EventId,
    /// How many automatic steps lie between a person's act and it.
    pub depth: u32,
}

impl Call {
    /// The time to record it at, where that is not the log's to say.
    pub(crate) fn recorded_at(&self) -> Option<Instant> {
        self.occurred_at.filter(|_| self.record_at_occurred)
    }
}

/// The id of a request's event, counted from 0. The same request makes the same ids, whatever the stream: a request
/// id serves one request only.
pub(crate) fn event_id(request_id: &Reference, ordinal: usize) -> EventId {
    EventId(derived_uuid(&["request", request_id.as_str(), &ordinal.to_string()]))
}

/// What a command did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Revision of the stream's last event; `None` while it has none.
    pub revision: Option<Revision>,
    /// Position of that event.
    pub position: Position,
}
