//! API keys: who may call the gateway. A file that names each key, whom it is given to, in which roles and until when; of
//! the key itself it holds a digest, so that whoever reads the file can call nothing.

mod command;
mod file;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use parking_lot::Mutex;
use rapport_authorization::Caller;
use rapport_domain::value::{Date, Key as Role};
use rapport_gateway::Authenticator;
use sha2::{Digest as _, Sha256};

pub use command::{Command, run};
pub use file::API_KEYS_MAX;
use file::KeyFile;
pub(crate) use file::parse_actor;

use crate::error::Failure;

/// What every key begins with, so that scanners for leaked secrets find it.
const PREFIX: &str = "rapport_";

/// The keys of a file, read again whenever it changes.
pub struct ApiKeys {
    path: PathBuf,
    /// The roles that there are.
    roles: BTreeSet<Role>,
    today: fn() -> Date,
    known: Mutex<Known>,
}

struct Known {
    modified: Option<SystemTime>,
    keys: KeyFile,
}

impl ApiKeys {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, or makes no sense: a role that is not one of `roles`, for example.
    pub fn open(path: &Path, roles: &BTreeSet<Role>) -> Result<Self, Failure> {
        Self::open_on(path, roles, today)
    }

    fn open_on(path: &Path, roles: &BTreeSet<Role>, today: fn() -> Date) -> Result<Self, Failure> {
        let (modified, keys) = (modified(path), KeyFile::read(path)?);
        keys.assert_roles(path, roles)?;
        if keys.is_empty() {
            return Err(Failure::Usage(format!(
                "{} has no API key, so nobody could call; make one with `rapport api-key create`",
                path.display()
            )));
        }
        let roles = roles.clone();
        Ok(Self { path: path.to_path_buf(), roles, today, known: Mutex::new(Known { modified, keys }) })
    }

    /// Reads the file again if it changed. One that makes no sense changes nothing: the keys that were known stay.
    fn refresh(&self, known: &mut Known) {
        let modified = modified(&self.path);
        if modified == known.modified {
            return;
        }
        known.modified = modified;
        let read = KeyFile::read(&self.path);
        match read.and_then(|keys| keys.assert_roles(&self.path, &self.roles).map(|()| keys)) {
            Ok(keys) => known.keys = keys,
            Err(error) => {
                tracing::error!(%error, "the file of the API keys cannot be used; the older keys stay");
            }
        }
    }
}

impl Authenticator for ApiKeys {
    fn caller(&self, credential: &str) -> Option<Caller> {
        let (id, secret) = credential.strip_prefix(PREFIX)?.split_once('_')?;
        let digest = digest(secret);
        let mut known = self.known.lock();
        self.refresh(&mut known);
        // Nobody learns the digest from how long it takes: without the secret it cannot be steered.
        known.keys.valid(id, &digest, (self.today)())
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}

fn today() -> Date {
    rapport_domain::value::Instant::from_micros(chrono::Utc::now().timestamp_micros())
        .unwrap_or(rapport_domain::value::Instant::MAX)
        .date()
}

fn digest(secret: &str) -> String {
    rapport_application::digest::hex(&Sha256::digest(secret.as_bytes()))
}
