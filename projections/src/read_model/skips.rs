//! Events that a read model passes over because an operator said so: facts of the log, so that every server that
//! follows it, and every rebuild, passes over the same ones.

use std::collections::BTreeMap;

use futures::TryStreamExt as _;
use rapport_domain::envelope::{
    Actor, EventId, ExpectedRevision, Metadata, NewEvent, Position, Recorded, Revision, StreamId,
};
use rapport_domain::id::derived_uuid;
use rapport_domain::value::{Instant as Moment, Label, Reference};
use rapport_event_store::{AppendError, Direction, EventStore, ReadError};
use serde::{Deserialize, Serialize};

use super::progress::Parked;
use crate::definition::{Definition, sha256};

/// The category of the streams that operators write to.
const CATEGORY: &str = "projection";
/// What the event is called.
pub(crate) const EVENT_SKIPPED: &str = "projection.event_skipped.v1";

/// `projection.event_skipped.v1`: a read model passes over an event. Stands in the stream `projection-<name>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EventSkipped {
    /// The event.
    event_id: EventId,
    /// Its place in the log.
    position: Position,
    /// Its type.
    event_type: String,
    /// Version of the read model that could not take it in.
    version: u32,
    /// Why it could not.
    error: String,
    /// Why the operator lets it be passed over.
    reason: Label,
}

/// Who lets an event be passed over, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// The event that the read model is parked at.
    pub position: Position,
    /// Why. Kept in clear, for ever.
    pub reason: Label,
    /// Who says so.
    pub actor: Actor,
    /// Identity of the request.
    pub request_id: Reference,
    /// Business time.
    pub occurred_at: Moment,
}

/// The events that one read model passes over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Skips(BTreeMap<EventId, String>);

impl Skips {
    /// What the log says of a read model.
    pub(crate) async fn read(store: &dyn EventStore, projection: &str) -> Result<Self, ReadError> {
        let Some(stream) = stream(projection) else { return Ok(Self::default()) };
        let said: Vec<Recorded> =
            store.read_stream(&stream, Revision(0), Direction::Forward).try_collect().await?;
        let skipped = said.iter().filter(|event| event.event_type == EVENT_SKIPPED).filter_map(|event| {
            let skipped: Result<EventSkipped, _> = serde_json::from_str(&event.data);
            let unreadable = |error: &serde_json::Error| {
                let cause = crate::storage::json_cause(error);
                tracing::error!(projection, position = %event.position, cause, "a skip cannot be read and does not count");
            };
            skipped.inspect_err(unreadable).ok()
        });
        Ok(Self(skipped.map(|skipped| (skipped.event_id, skipped.event_type)).collect()))
    }

    /// Whether one of them has a type that begins so.
    pub(crate) fn has_type(&self, prefix: &str) -> bool {
        self.0.values().any(|event_type| event_type.starts_with(prefix))
    }

    pub(crate) fn contains(&self, event: &Recorded) -> bool {
        !self.0.is_empty() && self.0.contains_key(&event.id)
    }

    pub(crate) fn holds(&self, event_id: EventId) -> bool {
        self.0.contains_key(&event_id)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Writes down that a read model passes over the event that it is parked at. Once: another operator may have been
/// faster.
pub(crate) async fn write(
    store: &dyn EventStore,
    definition: &Definition,
    event: &Recorded,
    parked: &Parked,
    skip: Skip,
) -> Result<(), AppendError> {
    let Some(stream) = stream(definition.projection) else { return Ok(()) };
    let skipped = EventSkipped {
        event_id: event.id,
        position: event.position,
        event_type: event.event_type.clone(),
        version: definition.version,
        error: parked.error.to_string(),
        reason: skip.reason,
    };
    let data = text(&skipped)?;
    let digest = sha256(&data);
    let metadata = Metadata {
        occurred_at: skip.occurred_at,
        actor: skip.actor,
        correlation_id: skip.request_id.to_string(),
        causation_id: Some(event.id),
        causation_depth: 1,
        request_id: skip.request_id.to_string(),
        request_digest: digest.clone(),
        source: None,
        traceparent: None,
        imported_at: None,
        payload_sha256: digest,
    };
    let new = NewEvent {
        id: EventId(derived_uuid(&[EVENT_SKIPPED, definition.projection, &event.id.to_string()])),
        event_type: EVENT_SKIPPED.to_owned(),
        metadata: text(&metadata)?,
        data,
    };
    match store.append(&stream, ExpectedRevision::Any, vec![new]).await {
        Ok(_) | Err(AppendError::IdReused { .. }) => Ok(()),
        Err(
            error @ (AppendError::WrongRevision { .. }
            | AppendError::TimePassed { .. }
            | AppendError::TimeFixed
            | AppendError::TooLarge { .. }
            | AppendError::StorageFull
            | AppendError::ReadOnly { .. }
            | AppendError::Unavailable { .. }
            | AppendError::OutcomeUnknown { .. }
            | AppendError::Closed),
        ) => Err(error),
    }
}

/// A read model's name is always one that a stream can have.
fn stream(projection: &str) -> Option<StreamId> {
    StreamId::new(CATEGORY, projection).ok()
}

fn text(value: &impl Serialize) -> Result<String, AppendError> {
    serde_json::to_string(value).map_err(|error| AppendError::Unavailable { cause: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::label;

    #[test]
    fn the_stored_form_of_a_skip_is_a_promise() {
        let golden = include_str!("../../../tests/golden/operations/projection.event_skipped.v1.json");
        let skipped: EventSkipped = serde_json::from_str(golden).unwrap();
        assert_eq!(skipped.reason, label("a fault of release 0.2, reported"));
        let stored: serde_json::Value = serde_json::from_str(golden).unwrap();
        assert_eq!(serde_json::to_value(&skipped).unwrap(), stored);
    }
}
