//! What the log itself does not know of its events: that Rapport can read what it wrote, that the data is what its
//! digest says, and that the keys of what is sealed are there.

use indicatif::ProgressBar;
use rapport_domain::DomainEvent;
use rapport_domain::envelope::{Metadata, Position, Recorded};
use rapport_domain::value::hex;
use rapport_event_store::{Digest, Inspector, LogFault};
use rapport_vault::KeyFileReader;
use sha2::{Digest as _, Sha256};

use super::seals::Seals;
use super::tree::Proven;

/// Looks at the content of events.
pub(super) struct Content<'a> {
    seals: Option<Seals<'a>>,
    digest: Digest,
    digest_to: Option<u64>,
    proven: Proven,
    bar: &'a ProgressBar,
}

impl<'a> Content<'a> {
    /// Takes the digest of the events up to a position on the way, where a backup says what it is.
    pub(super) fn new(
        keys: Option<&'a KeyFileReader>,
        digest_to: Option<u64>,
        proven: Proven,
        bar: &'a ProgressBar,
    ) -> Self {
        Self { seals: keys.map(Seals::new), digest: Digest::EMPTY, digest_to, proven, bar }
    }

    /// What the comparison with what was proved has found.
    pub(super) fn proven(self) -> Proven {
        self.proven
    }

    pub(super) fn digest(&self) -> Option<String> {
        self.digest_to.map(|_| self.digest.to_string())
    }

    /// What another program wrote, of a type that Rapport does not know, says nothing to it. Only what Rapport wrote has
    /// its metadata.
    fn judge(event: &Recorded) -> Result<(), String> {
        let metadata: Result<Metadata, _> = event.metadata();
        let decoded = DomainEvent::decode(event);
        if !matches!(decoded, Ok(None)) {
            metadata.as_ref().map_err(|error| format!("its metadata is not Rapport's ({})", class(error)))?;
            decoded.map_err(|error| format!("its data has not the form of its type ({})", class(&error)))?;
        }
        if metadata.is_ok_and(|metadata| metadata.payload_sha256 != sha256(event.data.as_bytes())) {
            return Err("its data is not what the digest in its metadata says".to_owned());
        }
        Ok(())
    }
}

impl Inspector for Content<'_> {
    fn inspect(&mut self, event: &Recorded) -> Option<LogFault> {
        self.proven.compare(event);
        if self.digest_to.is_some_and(|to| event.position <= Position(to)) {
            self.digest = self.digest.and(event);
        }
        let content = Self::judge(event).err().map(|cause| LogFault::Content { cause });
        let keys = self.seals.as_mut().and_then(|seals| seals.judge(event).err());
        // Without its keys an event is lost: that comes before what stands in it.
        keys.map(|cause| LogFault::Keys { cause }).or(content)
    }

    fn progress(&mut self, checked: Position) {
        self.bar.set_position(checked.0);
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Where a JSON text goes wrong, without a word of it.
fn class(error: &serde_json::Error) -> String {
    format!("{:?} error at column {}", error.classify(), error.column()).to_lowercase()
}

#[cfg(test)]
mod tests {
    use rapport_domain::envelope::{EventId, Revision, StreamId};
    use rapport_domain::value::Instant;

    use super::*;

    fn event(stream: &str, event_type: &str, data: &str) -> Recorded {
        Recorded {
            id: EventId(uuid::Uuid::from_u128(1)),
            stream: StreamId::parse(stream).unwrap(),
            revision: Revision(0),
            position: Position(1),
            event_type: event_type.to_owned(),
            recorded_at: Instant::from_micros(1).unwrap(),
            metadata: String::new(),
            data: data.to_owned(),
        }
    }

    #[test]
    fn what_another_program_wrote_is_no_fault_and_what_claims_to_be_ours_is_judged() {
        for foreign in [
            ("orders-1", "OrderPlaced"),
            ("contact-1", "Contact.Moved"),
            ("x_orders-1", "x_orders.placed.v1"),
        ] {
            assert_eq!(Content::judge(&event(foreign.0, foreign.1, "no json")), Ok(()), "{foreign:?}");
        }
        let ours = Content::judge(&event("contact-1", DomainEvent::types()[0], "{}"));
        assert!(ours.is_err_and(|what| what.contains("metadata")));
    }
}
