//! The keys of epochs: each wraps the data keys that were made or wrapped anew in its time.
//!
//! The key of an epoch lies in a file of its own beside the root key, wrapped by it, and never in the key file: once it is
//! destroyed, no older copy of the key file opens any more, whoever has the root key. Epochs from before format 3 have
//! theirs in the key file, until the first rotation. One epoch is in use at rest, two while keys are wrapped anew.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::error::Unspecified;
use rapport_domain::value::Instant;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use crate::error::EpochError;
use crate::secret::{SECRET_BYTES, Secret, WRAPPING_BYTES};
use crate::secret_file::{SecretFault, SecretFile, destroy};

const FILE: SecretFile =
    SecretFile { header: "rapport epoch key v1: wrapped by the root key; destroyed with its epoch" };
pub(super) const WRAPPED_BYTES: usize = SECRET_BYTES + WRAPPING_BYTES;
/// Bytes of the salt that tell one key file's epochs from another's.
const NAME_BYTES: usize = 8;

/// New in format 3. A key is wrapped under the newest epoch only, whichever build does it.
pub(super) const SCHEMA: &str = "
    CREATE TABLE epochs (
        epoch        INTEGER PRIMARY KEY,
        created_at   INTEGER,
        destroyed_at INTEGER
    ) STRICT;
    CREATE TRIGGER epochs_stay BEFORE DELETE ON epochs
        BEGIN SELECT RAISE(ABORT, 'an epoch is destroyed, its row stays'); END;
    CREATE TRIGGER epochs_stay_destroyed BEFORE UPDATE ON epochs WHEN OLD.destroyed_at IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'a destroyed epoch does not come back'); END;
    CREATE TRIGGER deks_are_made_in_the_newest_epoch BEFORE INSERT ON deks
        WHEN NEW.wrapped IS NOT NULL AND NEW.epoch IS NOT (SELECT max(epoch) FROM epochs)
        BEGIN SELECT RAISE(ABORT, 'a key is made under the newest epoch'); END;
";

/// An epoch whose key is in memory.
#[derive(Clone)]
pub(crate) struct Epoch {
    pub(crate) number: u32,
    pub(crate) key: Arc<Secret>,
}

/// The epochs in use, oldest first, and where the keys of new ones are found.
pub(crate) struct Epochs {
    live: Vec<Epoch>,
    wrapping: Secret,
    folder: PathBuf,
    /// What the files of this key file's epochs begin with.
    name: String,
}

impl Epochs {
    /// None yet; `wrapping` is the root key's, for this key file.
    pub(super) fn of(wrapping: Secret, folder: PathBuf, salt: &[u8]) -> Self {
        let name = salt.iter().take(NAME_BYTES).map(|byte| format!("{byte:02x}")).collect();
        Self { live: Vec::new(), wrapping, folder, name }
    }

    /// Finds the keys of epochs that came, and forgets those of epochs that ended.
    pub(super) fn follow<E: From<rusqlite::Error> + From<EpochError>>(
        &mut self,
        connection: &Connection,
    ) -> Result<(), E> {
        let numbers = numbers(connection)?;
        self.live.retain(|epoch| numbers.contains(&epoch.number));
        for number in numbers {
            if self.find(number).is_none() {
                let key = match in_key_file(connection, number)? {
                    Some(wrapped) => self.unwrap(number, &wrapped)?,
                    None => self.load(number)?,
                };
                self.live.push(Epoch { number, key: Arc::new(key) });
            }
        }
        self.live.sort_by_key(|epoch| epoch.number);
        Ok(())
    }

    /// Those in use, oldest first.
    pub(super) fn live(&self) -> &[Epoch] {
        &self.live
    }

    pub(super) fn find(&self, number: u32) -> Option<&Epoch> {
        self.live.iter().find(|epoch| epoch.number == number)
    }

    /// Begins an epoch. Its key is on disk before the transaction can be: nothing is ever wrapped under a key that a
    /// crash takes away. The file that such a crash left is taken over.
    pub(super) fn begin<E: From<rusqlite::Error> + From<EpochError> + From<Unspecified>>(
        &mut self,
        tx: &Transaction<'_>,
        number: u32,
        now: Instant,
    ) -> Result<(), E> {
        match self.load(number) {
            Ok(_) => {}
            Err(EpochError::Gone { .. }) => self.make::<E>(number)?,
            // Half a file: whoever wrote it was cut off, so nothing is wrapped under it.
            Err(EpochError::Unusable { fault: SecretFault::Malformed, .. }) => {
                self.destroy_in(&self.folder, number)?;
                self.make::<E>(number)?;
            }
            Err(error @ (EpochError::Unusable { .. } | EpochError::Damaged { .. })) => {
                return Err(error.into());
            }
        }
        tx.execute("INSERT INTO epochs (epoch, created_at) VALUES (?, ?)", params![number, now.micros()])?;
        self.follow(tx)
    }

    /// Copies the files of the epochs in use to another folder. Those of epochs from before format 3 have none.
    pub(super) fn copy_to(&self, folder: &Path) -> Result<(), EpochError> {
        for number in self.live.iter().map(|epoch| epoch.number) {
            let (from, to) = (self.path_in(&self.folder, number), self.path_in(folder, number));
            let unusable = |path, fault| EpochError::Unusable { epoch: number, path, fault };
            let wrapped = match FILE.read::<WRAPPED_BYTES>(&from) {
                Ok(wrapped) => wrapped,
                Err(SecretFault::Missing) => continue,
                Err(fault) => return Err(unusable(from, fault)),
            };
            let copied = match FILE.read::<WRAPPED_BYTES>(&to) {
                Ok(known) if known == wrapped => Ok(()),
                Err(SecretFault::Missing) => FILE.put(&to, &*wrapped),
                // What a run left that was cut off.
                Ok(_) | Err(SecretFault::Malformed) => destroy(&to).and_then(|()| FILE.put(&to, &*wrapped)),
                Err(fault) => Err(fault),
            };
            copied.map_err(|fault| unusable(to, fault))?;
        }
        Ok(())
    }

    /// The folder of its files.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Destroys the files of the epochs that the key file says are destroyed, in their folder or one of copies.
    pub(super) fn sweep<E: From<rusqlite::Error> + From<EpochError>>(
        &self,
        connection: &Connection,
        folder: &Path,
    ) -> Result<(), E> {
        let mut statement = connection.prepare("SELECT epoch FROM epochs WHERE destroyed_at IS NOT NULL")?;
        let numbers: Vec<u32> =
            statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        numbers.into_iter().try_for_each(|number| self.destroy_in(folder, number).map_err(E::from))
    }

    fn make<E: From<EpochError> + From<Unspecified>>(&self, number: u32) -> Result<(), E> {
        let wrapped = self.wrapping.wrap(&Secret::random()?, &place(&number.to_string()))?;
        let path = self.path_in(&self.folder, number);
        FILE.put(&path, &wrapped).map_err(|fault| EpochError::Unusable { epoch: number, path, fault }.into())
    }

    fn load(&self, number: u32) -> Result<Secret, EpochError> {
        let path = self.path_in(&self.folder, number);
        match FILE.read::<WRAPPED_BYTES>(&path) {
            Ok(wrapped) => self.unwrap(number, &*wrapped),
            Err(SecretFault::Missing) => Err(EpochError::Gone { epoch: number, path }),
            Err(fault) => Err(EpochError::Unusable { epoch: number, path, fault }),
        }
    }

    fn destroy_in(&self, folder: &Path, number: u32) -> Result<(), EpochError> {
        let path = self.path_in(folder, number);
        destroy(&path).map_err(|fault| EpochError::Unusable { epoch: number, path, fault })
    }

    fn unwrap(&self, number: u32, wrapped: &[u8]) -> Result<Secret, EpochError> {
        let opened = self.wrapping.unwrap(wrapped, &place(&number.to_string()));
        opened.map_err(|_| EpochError::Damaged { epoch: number })
    }

    fn path_in(&self, folder: &Path, number: u32) -> PathBuf {
        folder.join(format!("{}-{number}.epoch-key", self.name))
    }
}

/// Marks every epoch before `newest` as destroyed, and overwrites the keys of those that had theirs in the key file.
pub(super) fn end_before(tx: &Transaction<'_>, newest: u32, now: Instant) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM keks WHERE epoch < ?", [newest])?;
    tx.execute(
        "UPDATE epochs SET destroyed_at = ? WHERE epoch < ? AND destroyed_at IS NULL",
        params![now.micros(), newest],
    )?;
    Ok(())
}

/// The epochs in use; before format 3 they are those whose keys lie in the key file.
fn numbers(connection: &Connection) -> rusqlite::Result<Vec<u32>> {
    let query = if connection.table_exists(None, "epochs")? {
        "SELECT epoch FROM epochs WHERE destroyed_at IS NULL ORDER BY epoch"
    } else {
        "SELECT epoch FROM keks ORDER BY epoch"
    };
    connection.prepare_cached(query)?.query_map([], |row| row.get(0))?.collect()
}

fn in_key_file(connection: &Connection, number: u32) -> rusqlite::Result<Option<Vec<u8>>> {
    let mut statement = connection.prepare_cached("SELECT wrapped FROM keks WHERE epoch = ?")?;
    statement.query_row([number], |row| row.get(0)).optional()
}

fn place(epoch: &str) -> [&str; 2] {
    ["rapport/kek/v1", epoch]
}
