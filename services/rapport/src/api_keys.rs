//! API keys: who may call the gateway. A file that names each key, whom it is given to, in which roles and until when; of
//! the key itself it holds a digest, so that whoever reads the file can call nothing.

mod command;
mod file;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::Path;

use rapport_authorization::Caller;
use rapport_domain::value::{Date, Key as Role};
use rapport_gateway::Authenticator;
use sha2::{Digest as _, Sha256};

pub use command::{Command, run};
pub use file::API_KEYS_MAX;
use file::KeyFile;
pub(crate) use file::parse_actor;

use crate::error::Failure;
use crate::reread::Reread;

/// What every key begins with, so that scanners for leaked secrets find it.
pub(crate) const PREFIX: &str = "rapport_";

/// The keys of a file, read again whenever it changes.
pub struct ApiKeys {
    today: fn() -> Date,
    known: Reread<KeyFile>,
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
        let (roles, file) = (roles.clone(), path.to_path_buf());
        let known = Reread::open(&[path], "API keys", move || {
            let keys = KeyFile::read(&file)?;
            keys.assert_roles(&file, &roles).map(|()| keys)
        })?;
        if known.current().is_empty() {
            return Err(Failure::Usage(format!(
                "{} has no API key, so nobody could call; make one with `rapport api-key create`",
                path.display()
            )));
        }
        Ok(Self { today, known })
    }
}

impl Authenticator for ApiKeys {
    fn caller(&self, credential: &str) -> Option<Caller> {
        let (id, secret) = credential.strip_prefix(PREFIX)?.split_once('_')?;
        let digest = digest(secret);
        // Nobody learns the digest from how long it takes: without the secret it cannot be steered.
        self.known.current().valid(id, &digest, (self.today)())
    }
}

fn today() -> Date {
    rapport_domain::value::Instant::from_micros(chrono::Utc::now().timestamp_micros())
        .unwrap_or(rapport_domain::value::Instant::MAX)
        .date()
}

fn digest(secret: &str) -> String {
    rapport_domain::value::hex(&Sha256::digest(secret.as_bytes()))
}
