//! What travels with every command.

use prost::Message;
use rapport_application::Call;
use rapport_domain::envelope::{Actor, Revision};
use rapport_domain::value::{Reference, hex};
use rapport_proto::v1 as wire;
use sha2::{Digest as _, Sha256};

use super::Fields;

/// What the call's metadata says: who calls, and as a part of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Circumstances {
    pub(crate) actor: Actor,
    pub(crate) correlation_id: Option<Reference>,
    pub(crate) traceparent: Option<String>,
}

impl Fields {
    /// The circumstances of a command: its header, its caller, and the digest of its content.
    pub(crate) fn call<M: Message>(
        &mut self,
        circumstances: &Circumstances,
        header: Option<&wire::CommandHeader>,
        request: &M,
    ) -> Option<Call> {
        let Some(header) = header else { return self.missing("header.request_id") };
        let request_id = self.required("header.request_id", &header.request_id, Reference::parse);
        let occurred_at = self.instant("header.occurred_at", header.occurred_at);
        if header.record_at_occurred && header.occurred_at.is_none() {
            self.missing::<()>("header.occurred_at");
        }
        let source = self.optional("header.source", &header.source, Reference::parse);
        Some(Call {
            request_id: request_id?,
            content_sha256: hex(&Sha256::digest(request.encode_to_vec())),
            expected_revision: header.expected_revision.map(Revision),
            occurred_at: occurred_at?,
            record_at_occurred: header.record_at_occurred,
            actor: circumstances.actor.clone(),
            source: source?,
            correlation_id: circumstances.correlation_id.clone(),
            traceparent: circumstances.traceparent.clone(),
            cause: None,
        })
    }
}

/// The id of a request; empty when it has none, which is refused elsewhere.
pub(crate) fn request_id(header: Option<&wire::CommandHeader>) -> &str {
    header.map_or("", |header| header.request_id.as_str())
}
