//! The keys of all subjects: in the key file, and the ones in use in memory.
//!
//! `file` opens the key file, `table` is its SQL, `writer` is the one thread that changes it, and
//! [`Keyring`] is where everyone else finds a subject's keys. `epochs` has the keys that wrap them, `rotation` brings the
//! next. `inspection` is for processes that do not serve it.

mod epochs;
mod file;
mod inspection;
mod rotation;
mod table;
mod writer;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use lru::LruCache;
use parking_lot::{Mutex, MutexGuard};
use rapport_domain::id::ContactId;
use rapport_domain::personal::DataClass;
use rapport_domain::value::Instant;
use rusqlite::{Connection, Transaction};

use crate::error::VaultError;
use crate::secret::Secret;
use epochs::{Epoch, Epochs};
pub(crate) use file::{DigestKeys, KeyFile};
pub use inspection::{EpochReport, KeyFate, KeyFileReader, KeyReport};
pub use rotation::{Rotation, RotationError, Step};
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

    /// Ids of those that are in use.
    pub(crate) fn live(&self) -> Vec<String> {
        let live = self.0.iter().filter(|key| matches!(key.state, KeyState::Live(_)));
        live.map(|key| key.kid.clone()).collect()
    }

    /// Whether there is a key of every class, in use or destroyed.
    fn is_complete(&self) -> bool {
        DataClass::ALL.iter().all(|class| self.newest(*class).is_some())
    }

    fn is_erased(&self) -> bool {
        self.0.iter().any(|key| matches!(key.state, KeyState::Destroyed))
    }
}

/// Where keys are found: in memory, else in the file.
///
/// Other processes may have the file open too, and a key that one of them destroyed must not be used here any more. So
/// whoever asks for keys first looks whether the file has changed, and forgets whose keys were destroyed since. The
/// look, the read and the remembering happen under one lock: no key comes into memory that the next look would miss.
pub(crate) struct Keyring {
    cache: Mutex<LruCache<ContactId, Arc<SubjectKeys>>>,
    reader: Mutex<Reader>,
}

/// The connection that reads the file, and what it has seen of it.
struct Reader {
    connection: Connection,
    /// The version of the file at the last look.
    data_version: i64,
    /// The last destruction whose keys are forgotten.
    destruction: i64,
    /// The epochs in use at the last look.
    epochs: Epochs,
}

impl Reader {
    /// A subject's keys. A rotation may begin an epoch between the last look and the read of a key: then the epochs are
    /// looked at again.
    fn load(&mut self, subject: &ContactId) -> Result<SubjectKeys, VaultError> {
        match table::load(&self.connection, &self.epochs, subject) {
            Err(VaultError::UnknownEpoch { .. }) => {
                self.follow()?;
                table::load(&self.connection, &self.epochs, subject)
            }
            loaded => loaded,
        }
    }

    fn follow(&mut self) -> Result<(), VaultError> {
        self.epochs.follow(&self.connection)
    }
}

impl Keyring {
    pub(crate) fn new(connection: Connection, epochs: Epochs) -> rusqlite::Result<Self> {
        let data_version = table::data_version(&connection)?;
        let destruction = table::last_destruction(&connection)?;
        let reader = Mutex::new(Reader { connection, data_version, destruction, epochs });
        Ok(Self { cache: Mutex::new(LruCache::new(SUBJECTS_CACHED_MAX)), reader })
    }

    /// The keys of a subject, destroyed ones among them; `None` where there never were any.
    pub(crate) fn of(&self, subject: &ContactId) -> Result<Option<Arc<SubjectKeys>>, VaultError> {
        let mut reader = self.look()?;
        if let Some(keys) = self.cache.lock().get(subject) {
            return Ok(Some(Arc::clone(keys)));
        }
        let keys = reader.load(subject)?;
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
            reader.follow()?;
            // Only now: a look that fails on the way is done again.
            reader.data_version = data_version;
        }
        Ok(reader)
    }

    /// The epoch that new keys are made under, as a transaction sees the file.
    fn newest_epoch(&self, tx: &Transaction<'_>) -> Result<Epoch, VaultError> {
        let mut reader = self.reader.lock();
        reader.epochs.follow::<VaultError>(tx)?;
        let newest = reader.epochs.live().last().cloned();
        newest.ok_or(VaultError::Damaged { part: "key-encryption keys" })
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

fn now() -> Result<Instant, VaultError> {
    let micros = SystemTime::now().duration_since(UNIX_EPOCH).ok().map(|since| since.as_micros());
    micros
        .and_then(|micros| i64::try_from(micros).ok())
        .and_then(|micros| Instant::from_micros(micros).ok())
        .ok_or(VaultError::ClockUnset)
}
