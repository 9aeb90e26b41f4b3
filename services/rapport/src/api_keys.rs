//! API keys: who may call the gateway. A file that names each key, whom it is given to and until when; of the key itself
//! it holds a digest, so that whoever reads the file can call nothing.

mod command;
mod file;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use parking_lot::Mutex;
use rapport_domain::envelope::Actor;
use rapport_domain::value::Date;
use rapport_gateway::Authenticator;
use sha2::{Digest as _, Sha256};

pub use command::{Command, run};
pub use file::API_KEYS_MAX;
use file::KeyFile;

use crate::error::Failure;

/// What every key begins with, so that scanners for leaked secrets find it.
const PREFIX: &str = "rapport_";

/// The keys of a file, read again whenever it changes.
pub struct ApiKeys {
    path: PathBuf,
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
    /// When it cannot be read, or makes no sense.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        Self::open_on(path, today)
    }

    fn open_on(path: &Path, today: fn() -> Date) -> Result<Self, Failure> {
        let (modified, keys) = (modified(path), KeyFile::read(path)?);
        if keys.is_empty() {
            return Err(Failure::Usage(format!(
                "{} has no API key, so nobody could call; make one with `rapport api-key create`",
                path.display()
            )));
        }
        Ok(Self { path: path.to_path_buf(), today, known: Mutex::new(Known { modified, keys }) })
    }

    /// Reads the file again if it changed. One that makes no sense changes nothing: the keys that were known stay.
    fn refresh(&self, known: &mut Known) {
        let modified = modified(&self.path);
        if modified == known.modified {
            return;
        }
        known.modified = modified;
        match KeyFile::read(&self.path) {
            Ok(keys) => known.keys = keys,
            Err(error) => {
                tracing::error!(%error, "the file of the API keys cannot be used; the older keys stay");
            }
        }
    }
}

impl Authenticator for ApiKeys {
    fn actor(&self, credential: &str) -> Option<Actor> {
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
