//! What the index holds: a key, what it is counted by, and where the event is.

use rapport_domain::envelope::{EventId, Position, Revision, StreamId};
use rapport_domain::id::derived_uuid;

/// An id of an event, or the digest of a stream's name.
pub(in crate::embedded) type Key = u128;
/// The revision of an event in its stream; of an id, what no revision is.
pub(in crate::embedded) type Ordinal = u64;

/// Tells the entry of an id from those of a stream whose name has the same digest as the id.
const OF_ID: Ordinal = u64::MAX;
/// Bytes of an entry: key, ordinal and position, highest byte first.
pub(super) const ENTRY_BYTES: usize = 32;

/// An entry. Entries are sorted by key, then by ordinal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::embedded) struct Entry {
    pub(in crate::embedded) key: Key,
    pub(in crate::embedded) ordinal: Ordinal,
    pub(in crate::embedded) position: Position,
}

/// Under which key and ordinal an id stands.
pub(in crate::embedded) const fn id_key(id: EventId) -> (Key, Ordinal) {
    (id.0.as_u128(), OF_ID)
}

/// Under which key a stream's events stand, each with its revision.
pub(in crate::embedded) fn stream_key(stream: &StreamId) -> Key {
    derived_uuid(&["stream", stream.as_str()]).as_u128()
}

impl Entry {
    pub(in crate::embedded) const fn of_id(id: EventId, position: Position) -> Self {
        let (key, ordinal) = id_key(id);
        Self { key, ordinal, position }
    }

    pub(in crate::embedded) const fn of_stream(key: Key, revision: Revision, position: Position) -> Self {
        Self { key, ordinal: revision.0, position }
    }

    pub(in crate::embedded) const fn sorts_as(&self) -> (Key, Ordinal) {
        (self.key, self.ordinal)
    }

    pub(in crate::embedded) const fn is_of_id(&self) -> bool {
        self.ordinal == OF_ID
    }

    pub(super) fn write(&self, page: &mut Vec<u8>) {
        page.extend_from_slice(&self.key.to_be_bytes());
        page.extend_from_slice(&self.ordinal.to_be_bytes());
        page.extend_from_slice(&self.position.0.to_be_bytes());
    }

    pub(super) fn read(bytes: &[u8; ENTRY_BYTES]) -> Self {
        let word = |at: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[at..at + 8]);
            u64::from_be_bytes(word)
        };
        Self {
            key: u128::from(word(0)) << 64 | u128::from(word(8)),
            ordinal: word(16),
            position: Position(word(24)),
        }
    }
}

/// The largest revision that a stream can have.
pub(super) const LAST_REVISION: Ordinal = OF_ID - 1;
