//! What is proposed to be appended: read, judged by the protocol's rules, and kept within the log's limits.

use std::collections::BTreeMap;
use std::sync::Arc;

use rapport_domain::envelope::{EventId, NewEvent, StreamId};
use rapport_event_store::{APPEND_BYTES_MAX, EVENT_BYTES_MAX, EVENTS_PER_APPEND_MAX};
use rapport_proto::kurrent as wire;
use rapport_proto::kurrent::streams::{append_req, batch_append_req};
use serde_json::value::RawValue;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::refusal::Refusal;
use crate::wire::{BINARY, JSON, NO_METADATA, id};

/// An event as a client sent it.
pub(crate) struct Proposal {
    id: Option<wire::Uuid>,
    properties: BTreeMap<String, String>,
    metadata: Vec<u8>,
    data: Vec<u8>,
}

impl From<append_req::ProposedMessage> for Proposal {
    fn from(sent: append_req::ProposedMessage) -> Self {
        Self { id: sent.id, properties: sent.metadata, metadata: sent.custom_metadata, data: sent.data }
    }
}

impl From<batch_append_req::ProposedMessage> for Proposal {
    fn from(sent: batch_append_req::ProposedMessage) -> Self {
        Self { id: sent.id, properties: sent.metadata, metadata: sent.custom_metadata, data: sent.data }
    }
}

impl Proposal {
    /// The event, when the log can keep it. The log keeps JSON: anything else would have to be wrapped, and read
    /// differently here than through Rapport. JSON that is called bytes is taken for what it is: so clients send text
    /// that they must not change by a byte.
    fn accept(mut self) -> Result<NewEvent, Refusal> {
        let id = id(self.id).filter(|id| !id.is_nil());
        let id =
            id.ok_or_else(|| Refusal::malformed("an event needs an id that is a UUID, not the nil one"))?;
        let event_type = self.properties.remove("type").ok_or(Refusal::PropertyMissing("type"))?;
        let content_type =
            self.properties.remove("content-type").ok_or(Refusal::PropertyMissing("content-type"))?;
        if event_type.is_empty() {
            return Err(Refusal::malformed("an event needs a type that is not empty"));
        }
        if event_type.starts_with('$') {
            return Err(Refusal::SystemName);
        }
        let is_taken = content_type == JSON || content_type == BINARY;
        if !is_taken {
            return Err(Refusal::malformed(format!("the log keeps JSON: the content type has to be {JSON}")));
        }
        let bytes = event_type.len() + self.metadata.len() + self.data.len();
        if bytes > EVENT_BYTES_MAX {
            return Err(Refusal::EventTooLarge { id, bytes });
        }
        let metadata =
            if self.metadata.is_empty() { NO_METADATA.to_owned() } else { json("metadata", self.metadata)? };
        Ok(NewEvent { id: EventId(id), event_type, metadata, data: json("data", self.data)? })
    }
}

fn json(what: &str, bytes: Vec<u8>) -> Result<String, Refusal> {
    let text = String::from_utf8(bytes).map_err(|_| {
        Refusal::malformed(format!("the log keeps JSON: the {what} of an event is not UTF-8"))
    })?;
    serde_json::from_str::<&RawValue>(&text).map_err(|error| {
        Refusal::malformed(format!("the log keeps JSON: the {what} of an event is none: {error}"))
    })?;
    Ok(text)
}

/// The events of one append as they come in, never more than an append may have.
pub(crate) struct Parcel {
    /// What has come so far.
    pub(crate) events: Vec<NewEvent>,
    bytes: usize,
    room: Arc<Semaphore>,
    taken: Option<OwnedSemaphorePermit>,
}

impl Parcel {
    /// An empty one. What comes in takes its size in KiB out of `room`, until it is dropped.
    pub(crate) fn new(room: Arc<Semaphore>) -> Self {
        Self { events: Vec::new(), bytes: 0, room, taken: None }
    }

    /// Takes an event in.
    pub(crate) fn add(&mut self, proposal: Proposal) -> Result<(), Refusal> {
        if self.events.len() == EVENTS_PER_APPEND_MAX {
            return Err(Refusal::TooManyEvents);
        }
        let event = proposal.accept()?;
        let before = self.bytes;
        self.bytes += event.event_type.len() + event.metadata.len() + event.data.len();
        if self.bytes > APPEND_BYTES_MAX {
            return Err(Refusal::AppendTooLarge);
        }
        let kib = self.bytes.div_ceil(1_024) - before.div_ceil(1_024);
        if let Some(kib) = u32::try_from(kib).ok().filter(|kib| *kib > 0) {
            let taken = Arc::clone(&self.room).try_acquire_many_owned(kib).map_err(|_| Refusal::Busy)?;
            match &mut self.taken {
                Some(first) => first.merge(taken),
                None => self.taken = Some(taken),
            }
        }
        self.events.push(event);
        Ok(())
    }
}

/// The stream that is to be appended to.
pub(crate) fn stream_to_write(identifier: Option<wire::StreamIdentifier>) -> Result<StreamId, Refusal> {
    let name =
        identifier.ok_or_else(|| Refusal::malformed("an append needs the name of a stream"))?.stream_name;
    let name =
        String::from_utf8(name).map_err(|_| Refusal::malformed("the name of the stream is not UTF-8"))?;
    if name.starts_with('$') {
        return Err(Refusal::SystemName);
    }
    StreamId::parse(&name).map_err(|error| Refusal::malformed(format!("the name of the stream: {error}")))
}
