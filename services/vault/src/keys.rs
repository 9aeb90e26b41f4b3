//! The keys of all subjects: in the key file, and the ones in use in memory.
//!
//! `file` opens the key file, `table` is its SQL, `writer` is the one thread that changes it, and
//! [`Keyring`] is where everyone else finds a subject's keys. `inspection` is for processes that do not serve it.

mod file;
mod inspection;
mod table;
mod writer;

use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use parking_lot::{Mutex, MutexGuard};
use rapport_domain::id::ContactId;
use rapport_domain::personal::DataClass;
use rusqlite::Connection;

use crate::error::VaultError;
use crate::secret::Secret;
pub(crate) use file::{DigestKeys, KeyFile};
pub use inspection::{KeyFate, KeyFileReader, KeyReport};
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
/// Other processes may have the file open too, and a key that one of them destroyed must not be used here any more. So
/// whoever asks for keys first looks whether the file has changed, and forgets whose keys were destroyed since. The
/// look, the read and the remembering happen under one lock: no key comes into memory that the next look would miss.
pub(crate) struct Keyring {
    cache: Mutex<LruCache<ContactId, Arc<SubjectKeys>>>,
    reader: Mutex<Reader>,
    epochs: EpochKeys,
}

/// The connection that reads the file, and what it has seen of it.
struct Reader {
    connection: Connection,
    /// The version of the file at the last look.
    data_version: i64,
    /// The last destruction whose keys are forgotten.
    destruction: i64,
}

impl Keyring {
    pub(crate) fn new(connection: Connection, epochs: EpochKeys) -> rusqlite::Result<Self> {
        let data_version = table::data_version(&connection)?;
        let destruction = table::last_destruction(&connection)?;
        let reader = Mutex::new(Reader { connection, data_version, destruction });
        Ok(Self { cache: Mutex::new(LruCache::new(SUBJECTS_CACHED_MAX)), reader, epochs })
    }

    /// The keys of a subject, destroyed ones among them; `None` where there never were any.
    pub(crate) fn of(&self, subject: &ContactId) -> Result<Option<Arc<SubjectKeys>>, VaultError> {
        let reader = self.look()?;
        if let Some(keys) = self.cache.lock().get(subject) {
            return Ok(Some(Arc::clone(keys)));
        }
        let keys = table::load(&reader.connection, &self.epochs, subject)?;
        if keys.0.is_empty() {
            return Ok(None);
        }
        let keys = Arc::new(keys);
        self.cache.lock().put(*subject, Arc::clone(&keys));
        drop(reader);
        Ok(Some(keys))
    }

    /// The reader, after memory has followed the file: what was destroyed, by whichever process, is forgotten.
    fn look(&self) -> Result<MutexGuard<'_, Reader>, VaultError> {
        let mut reader = self.reader.lock();
        let data_version = table::data_version(&reader.connection)?;
        if data_version != reader.data_version {
            let mut cache = self.cache.lock();
            for (number, subject) in table::destructions_after(&reader.connection, reader.destruction)? {
                cache.pop(&subject);
                reader.destruction = number;
            }
            // Only now: a look that fails on the way is done again.
            reader.data_version = data_version;
        }
        Ok(reader)
    }

    /// Whether a key id stands in the file, whoever it belongs to.
    pub(crate) fn knows(&self, kid: &str) -> Result<bool, VaultError> {
        table::knows(&self.reader.lock().connection, kid)
    }

    /// Whether every subject has its keys, as far as memory tells; `false` says only that the file has to be
    /// asked.
    pub(crate) fn has_ready(&self, subjects: &[ContactId]) -> Result<bool, VaultError> {
        let _reader = self.look()?;
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

    /// Takes keys into memory that were made when the last destruction was `destruction`. Keys of a subject that may
    /// have been destroyed since, and forgotten already, are left to the next look.
    fn remember(&self, subject: ContactId, keys: Arc<SubjectKeys>, destruction: i64) {
        let reader = self.reader.lock();
        if reader.destruction <= destruction {
            self.cache.lock().put(subject, keys);
        }
        drop(reader);
    }

    fn forget(&self, subject: &ContactId) {
        let reader = self.reader.lock();
        self.cache.lock().pop(subject);
        drop(reader);
    }
}
