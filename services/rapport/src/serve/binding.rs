//! The tie between a log that several servers follow and the keys that it is written with.
//!
//! An embedded log has its keys beside it. A log that stands elsewhere could be met by a server with keys of its own:
//! it would seal a contact's data under a second key, in a log that never changes. So the first server writes down
//! whose keys these are, as an event, and every later one compares.

use futures::TryStreamExt as _;
use rapport_application::{Clock, SystemClock};
use rapport_domain::envelope::{
    Actor, ActorKind, EventId, ExpectedRevision, Metadata, NewEvent, Revision, StreamId,
};
use rapport_domain::id::derived_uuid;
use rapport_domain::value::{Reference, hex};
use rapport_event_store::{AppendError, Direction, EventStore};
use rapport_vault::Vault;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::Failure;

/// Where it stands.
const STREAM: &str = "vault-log";
/// What it is called.
const BOUND: &str = "vault.bound.v1";

/// What the event says.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Bound {
    /// A keyed digest of a constant: the same for the same keys, and it tells nothing about them.
    fingerprint: String,
}

impl Bound {
    fn to(vault: &Vault) -> Self {
        Self { fingerprint: vault.blind("vault", "log").to_string() }
    }
}

/// Makes sure that the log is written with these keys and no others.
///
/// # Errors
/// When it was written with others, or can be neither read nor written.
pub(super) async fn assert_bound(log: &dyn EventStore, vault: &Vault) -> Result<(), Failure> {
    let own = Bound::to(vault);
    let stream = StreamId::parse(STREAM).map_err(|error| unusable(&error))?;
    let is_own = match found(log, &stream).await? {
        Some(found) => found == own,
        None => bind(log, &stream, &own).await?,
    };
    if is_own {
        return Ok(());
    }
    Err(Failure::Local(
        "these are not the keys that the log was written with: use the --keys-dir and the root key of the server that was the first on this log".to_owned(),
    ))
}

/// What the log says whose keys it is written with.
async fn found(log: &dyn EventStore, stream: &StreamId) -> Result<Option<Bound>, Failure> {
    let first = log.read_stream(stream, Revision(0), Direction::Forward).try_next().await;
    let Some(event) = first.map_err(|error| unusable(&error))? else { return Ok(None) };
    serde_json::from_str(&event.data).map(Some).map_err(|error| unusable(&error))
}

/// Writes down that the log is written with these keys. Whether it is so: another server may have been faster.
async fn bind(log: &dyn EventStore, stream: &StreamId, own: &Bound) -> Result<bool, Failure> {
    match log.append(stream, ExpectedRevision::NoStream, vec![event(own)?]).await {
        Ok(_) => Ok(true),
        Err(AppendError::WrongRevision { .. }) => Ok(found(log, stream).await?.as_ref() == Some(own)),
        Err(
            error @ (AppendError::IdReused { .. }
            | AppendError::TooLarge { .. }
            | AppendError::TimePassed { .. }
            | AppendError::TimeFixed
            | AppendError::StorageFull
            | AppendError::ReadOnly { .. }
            | AppendError::Unavailable { .. }
            | AppendError::OutcomeUnknown { .. }
            | AppendError::Closed),
        ) => Err(unusable(&error)),
    }
}

/// The event. The same keys give the same one, so that a start that was cut off can be repeated.
fn event(own: &Bound) -> Result<NewEvent, Failure> {
    let data = serde_json::to_string(own).map_err(|error| unusable(&error))?;
    let digest = hex(&Sha256::digest(data.as_bytes()));
    let metadata = Metadata {
        occurred_at: SystemClock.now(),
        actor: Actor {
            kind: ActorKind::System,
            id: Reference::parse("rapport").map_err(|error| unusable(&error))?,
            on_behalf_of: None,
        },
        correlation_id: BOUND.to_owned(),
        causation_id: None,
        causation_depth: 0,
        request_id: BOUND.to_owned(),
        request_digest: digest.clone(),
        source: None,
        traceparent: None,
        imported_at: None,
        payload_sha256: digest,
    };
    Ok(NewEvent {
        id: EventId(derived_uuid(&[STREAM, BOUND, &own.fingerprint])),
        event_type: BOUND.to_owned(),
        metadata: serde_json::to_string(&metadata).map_err(|error| unusable(&error))?,
        data,
    })
}

fn unusable(error: &dyn std::error::Error) -> Failure {
    Failure::Local(format!("whose keys the log is written with cannot be told: {error}; start again"))
}

#[cfg(test)]
mod tests {
    use rapport_domain::envelope::Position;
    use rapport_event_store::{Filter, MemoryStore};
    use rapport_vault::RootKey;
    use tempfile::TempDir;

    use super::*;

    fn vault(folder: &TempDir) -> Vault {
        let file = folder.path().join("root-key");
        let root = if file.exists() { RootKey::load(&file) } else { RootKey::create(&file) };
        Vault::open(&folder.path().join("vault.db"), &root.unwrap()).unwrap()
    }

    #[tokio::test]
    async fn the_first_keys_are_written_down_and_others_are_refused() {
        let (log, one, two) =
            (MemoryStore::new(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        assert_bound(&log, &vault(&one)).await.unwrap();
        let refused = assert_bound(&log, &vault(&two)).await.unwrap_err();
        assert!(refused.to_string().contains("--keys-dir"), "{refused}");
        assert_bound(&log, &vault(&one)).await.unwrap();
        assert_eq!(log.head().await.unwrap(), Position(1), "written once");
    }

    #[tokio::test]
    async fn of_two_that_are_first_together_one_is_refused() {
        let (log, one, two) =
            (MemoryStore::new(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let stream = StreamId::parse(STREAM).unwrap();
        let (one, two) = (Bound::to(&vault(&one)), Bound::to(&vault(&two)));
        assert!(bind(&log, &stream, &one).await.unwrap());
        assert!(bind(&log, &stream, &one).await.unwrap(), "the same keys once more");
        assert!(!bind(&log, &stream, &two).await.unwrap());
        assert_eq!(log.head().await.unwrap(), Position(1));
    }

    #[tokio::test]
    async fn the_event_is_one_of_rapports_own() {
        let (log, folder) = (MemoryStore::new(), tempfile::tempdir().unwrap());
        assert_bound(&log, &vault(&folder)).await.unwrap();
        let events: Vec<_> = log.read_all(Position::START, &Filter::all()).try_collect().await.unwrap();
        let [event] = &events[..] else { panic!("{events:?}") };
        assert_eq!((event.stream.as_str(), event.event_type.as_str()), ("vault-log", "vault.bound.v1"));
        let metadata = event.metadata().unwrap();
        assert_eq!(metadata.actor.to_string(), "system:rapport");
        let said: serde_json::Value = serde_json::from_str(&event.data).unwrap();
        assert_eq!(said["fingerprint"].as_str().unwrap().len(), 32);
        assert_eq!(said.as_object().unwrap().len(), 1);
    }
}
