//! The circumstances of facts, as they are stored.

use rapport_domain::envelope::{Actor, Metadata};
use rapport_domain::value::{Instant, hex};
use sha2::{Digest as _, Sha256};

use super::Facts;
use crate::failure::Failure;

/// Stamps the facts of one append. They differ in the time and in the digest of their data alone, so the rest is
/// written once.
pub(super) struct Stamps {
    metadata: Metadata,
    payloads: Vec<[u8; 32]>,
    /// The metadata of the last time that was asked for, up to the digest of the data, which comes last.
    written: Option<(Instant, String)>,
}

impl Stamps {
    pub(super) fn new(actor: &Actor, facts: &Facts, now: Instant) -> Self {
        let payloads: Vec<[u8; 32]> =
            facts.facts.iter().map(|fact| Sha256::digest(fact.data.as_bytes()).into()).collect();
        let metadata = Metadata {
            occurred_at: facts.occurred_at.unwrap_or(now),
            actor: actor.clone(),
            correlation_id: facts.correlation_id.as_ref().unwrap_or(&facts.request_id).to_string(),
            causation_id: facts.causation_id,
            causation_depth: 0,
            request_id: facts.request_id.to_string(),
            request_digest: content_digest(facts, &payloads),
            source: facts.source.clone(),
            traceparent: facts.traceparent.clone(),
            imported_at: None,
            payload_sha256: String::new(),
        };
        Self { metadata, payloads, written: None }
    }

    /// Tells the request from another one under the same id.
    pub(super) fn request_digest(&self) -> String {
        self.metadata.request_digest.clone()
    }

    /// The metadata of a fact, as JSON.
    pub(super) fn metadata(&mut self, ordinal: usize, own: Option<Instant>) -> Result<String, Failure> {
        let occurred_at = own.unwrap_or(self.metadata.occurred_at);
        let written = match self.written.take().filter(|(at, _)| *at == occurred_at) {
            Some(written) => written,
            None => (occurred_at, self.write(occurred_at)?),
        };
        let payload = self.payloads.get(ordinal).map(|digest| hex(digest)).unwrap_or_default();
        let metadata = [written.1.as_str(), &payload, "\"}"].concat();
        self.written = Some(written);
        Ok(metadata)
    }

    fn write(&self, occurred_at: Instant) -> Result<String, Failure> {
        let unwritable = |error: serde_json::Error| Failure::Unwritable { cause: error.to_string() };
        let metadata = Metadata { occurred_at, ..self.metadata.clone() };
        let mut text = serde_json::to_string(&metadata).map_err(unwritable)?;
        // The empty digest's closing quote, and the brace.
        text.truncate(text.len().saturating_sub(2));
        Ok(text)
    }
}

/// SHA-256 of everything that a request says, in hex: every part after its length. Facts are stored in clear beside
/// it, so a key would hide nothing.
fn content_digest(facts: &Facts, payloads: &[[u8; 32]]) -> String {
    let mut hasher = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hasher.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(bytes);
    };
    let time = |at: Option<Instant>| at.map_or([0; 8], |at| at.micros().to_be_bytes());
    part(facts.stream.as_str().as_bytes());
    part(facts.expected.to_string().as_bytes());
    part(&time(facts.occurred_at));
    part(facts.source.as_ref().map_or("", |source| source.as_str()).as_bytes());
    part(facts.causation_id.map_or([0; 16], |id| *id.0.as_bytes()).as_slice());
    for (fact, payload) in facts.facts.iter().zip(payloads) {
        part(fact.fact_type.as_bytes());
        part(&time(fact.occurred_at));
        part(payload);
    }
    hex(&hasher.finalize())
}

#[cfg(test)]
mod tests {
    use rapport_domain::envelope::{ActorKind, EventId, ExpectedRevision, StreamId};
    use rapport_domain::id::derived_uuid;
    use rapport_domain::value::Reference;

    use super::super::{Fact, FactData, FactType};
    use super::*;

    fn facts(data: [&str; 2]) -> Facts {
        let fact = |data: &str| Fact {
            id: None,
            fact_type: FactType::parse("x_orders.shipped.v1".to_owned()).unwrap(),
            data: FactData::parse(data.to_owned()).unwrap(),
            occurred_at: None,
        };
        Facts {
            stream: StreamId::parse("x_orders-1").unwrap(),
            expected: ExpectedRevision::Any,
            facts: data.map(fact).into(),
            request_id: Reference::parse("r1").unwrap(),
            occurred_at: None,
            source: Some(Reference::parse("shop").unwrap()),
            correlation_id: None,
            causation_id: Some(EventId(derived_uuid(&["cause"]))),
            traceparent: None,
        }
    }

    fn service() -> Actor {
        Actor { kind: ActorKind::Service, id: Reference::parse("shop").unwrap(), on_behalf_of: None }
    }

    #[test]
    fn a_stamp_is_the_metadata_as_it_is_written_anywhere_else() {
        let facts = facts(["{}", r#"{"a":1}"#]);
        let now = Instant::parse("2026-11-21T09:30:00Z").unwrap();
        let later = Instant::parse("2026-11-21T10:30:00Z").unwrap();
        let mut stamps = Stamps::new(&service(), &facts, now);
        for (ordinal, at, data) in [(0, None, "{}"), (1, None, r#"{"a":1}"#), (1, Some(later), r#"{"a":1}"#)]
        {
            let metadata = Metadata {
                occurred_at: at.unwrap_or(now),
                payload_sha256: hex(&Sha256::digest(data.as_bytes())),
                ..stamps.metadata.clone()
            };
            let expected = serde_json::to_string(&metadata).unwrap();
            assert_eq!(stamps.metadata(ordinal, at).unwrap(), expected);
        }
    }

    #[test]
    fn another_content_is_another_digest() {
        let digest = |facts: &Facts| Stamps::new(&service(), facts, Instant::MIN).request_digest();
        let first = facts(["{}", "{}"]);
        let mut others = [facts(["{}", "{ }"]), first.clone(), first.clone(), first.clone()];
        others[1].facts.pop();
        others[2].expected = ExpectedRevision::NoStream;
        others[3].facts[1].occurred_at = Some(Instant::MAX);
        assert_eq!(digest(&first), digest(&facts(["{}", "{}"])));
        assert!(others.iter().all(|other| digest(other) != digest(&first)));
    }
}
