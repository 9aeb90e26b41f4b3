//! The keys of all subjects: in the key file, and the ones in use in memory.
//!
//! `file` opens the key file, `table` is its SQL, `writer` is the one thread that changes it, and
//! [`Keyring`] is where everyone else finds a subject's keys.

mod file;
mod table;
mod writer;

use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use parking_lot::Mutex;
use rapport_domain::id::ContactId;
use rapport_domain::personal::DataClass;
use rusqlite::Connection;

use crate::error::VaultError;
use crate::secret::Secret;
pub(crate) use file::KeyFile;
pub(crate) use writer::Writer;
pub use writer::{Destroyed, REQUESTS_PER_COMMIT_MAX, REQUESTS_QUEUED_MAX, SUBJECTS_PER_REQUEST_MAX};

/// Most subjects whose keys are held in memory, about 500 bytes each.
pub const SUBJECTS_CACHED_MAX: NonZeroUsize = NonZeroUsize::new(32_768).unwrap();

/// One data key of a subject.
pub(crate) struct SubjectKey {
    pub(crate) kid: String,
    pub(crate) class: DataClass,
    pub(crate) state: KeyState,
}

/// Whether a data key can still be used.
pub(crate) enum KeyState {
    Live(Secret),
    Destroyed,
}

/// The data keys of one subject, oldest version first.
pub(crate) struct SubjectKeys(Vec<SubjectKey>);

impl SubjectKeys {
    /// The key that seals a class now: the newest.
    pub(crate) fn newest(&self, class: DataClass) -> Option<&SubjectKey> {
        self.0.iter().rev().find(|key| key.class == class)
    }

    /// The key with this id.
    pub(crate) fn named(&self, kid: &str) -> Option<&SubjectKey> {
        self.0.iter().find(|key| key.kid == kid)
    }

    /// Whether there is a key of every class, in use or destroyed.
    fn is_complete(&self) -> bool {
        DataClass::ALL.iter().all(|class| self.newest(*class).is_some())
    }

    fn is_erased(&self) -> bool {
        self.0.iter().any(|key| matches!(key.state, KeyState::Destroyed))
    }
}

/// Key-encryption keys by epoch, unwrapped.
pub(crate) type EpochKeys = Vec<(u32, Secret)>;

/// Where keys are found: in memory, else in the file.
///
/// A key that is destroyed must not come back into memory through a reader that saw it just before. So a
/// reader holds `reader` from the read to the remembering, and forgetting, which follows the commit, waits
/// for it.
pub(crate) struct Keyring {
    cache: Mutex<LruCache<ContactId, Arc<SubjectKeys>>>,
    reader: Mutex<Connection>,
    epochs: EpochKeys,
}

impl Keyring {
    pub(crate) fn new(reader: Connection, epochs: EpochKeys) -> Self {
        Self { cache: Mutex::new(LruCache::new(SUBJECTS_CACHED_MAX)), reader: Mutex::new(reader), epochs }
    }

    /// The keys of a subject, destroyed ones among them; `None` where there never were any.
    pub(crate) fn of(&self, subject: &ContactId) -> Result<Option<Arc<SubjectKeys>>, VaultError> {
        if let Some(keys) = self.cached(subject) {
            return Ok(Some(keys));
        }
        let reader = self.reader.lock();
        let keys = table::load(&reader, &self.epochs, subject)?;
        if keys.0.is_empty() {
            return Ok(None);
        }
        let keys = Arc::new(keys);
        self.remember(*subject, Arc::clone(&keys));
        drop(reader);
        Ok(Some(keys))
    }

    /// Whether a key id stands in the file, whoever it belongs to.
    pub(crate) fn knows(&self, kid: &str) -> Result<bool, VaultError> {
        table::knows(&self.reader.lock(), kid)
    }

    /// Whether every subject has its keys, as far as memory tells; `false` says only that the file has to be
    /// asked.
    pub(crate) fn has_ready(&self, subjects: &[ContactId]) -> Result<bool, VaultError> {
        let mut cache = self.cache.lock();
        for subject in subjects {
            match cache.get(subject) {
                Some(keys) if keys.is_erased() => {
                    return Err(VaultError::SubjectErased { subject: *subject });
                }
                Some(keys) if keys.is_complete() => {}
                Some(_) | None => return Ok(false),
            }
        }
        Ok(true)
    }

    fn cached(&self, subject: &ContactId) -> Option<Arc<SubjectKeys>> {
        self.cache.lock().get(subject).cloned()
    }

    fn remember(&self, subject: ContactId, keys: Arc<SubjectKeys>) {
        self.cache.lock().put(subject, keys);
    }

    fn forget(&self, subject: &ContactId) {
        let reader = self.reader.lock();
        self.cache.lock().pop(subject);
        drop(reader);
    }
}
