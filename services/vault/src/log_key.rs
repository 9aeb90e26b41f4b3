//! The secret that checkpoints of the log are signed with: 32 random bytes in a file beside the root key.
//!
//! It opens nothing. Whoever has it can sign a history that never was, so it stays with the machine that serves, and out of
//! the backups of the log.

use std::fmt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::secret::{SECRET_BYTES, Secret};
use crate::secret_file::{SecretFault, SecretFile};

const FILE: SecretFile = SecretFile { header: "rapport log key v1: signs checkpoints of the log" };

/// The secret of a log's signer. Its memory is overwritten when it is dropped.
pub struct LogKey(Secret);

/// Why it could not be read or made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the log key {path}: {fault}", path = path.display())]
pub struct LogKeyError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub fault: SecretFault,
}

impl LogKey {
    /// Reads it.
    ///
    /// # Errors
    /// When the file is missing, malformed, open to others than its owner, or unreadable.
    pub fn load(path: &Path) -> Result<Self, LogKeyError> {
        FILE.load(path).map(Self).map_err(|fault| LogKeyError { path: path.to_owned(), fault })
    }

    /// Makes a new one and its file, readable by its owner only and durable when this returns.
    ///
    /// # Errors
    /// When the file exists, or cannot be written.
    pub fn create(path: &Path) -> Result<Self, LogKeyError> {
        FILE.create(path).map(Self).map_err(|fault| LogKeyError { path: path.to_owned(), fault })
    }

    /// The secret itself, for the signer.
    #[must_use]
    pub fn seed(&self) -> Zeroizing<[u8; SECRET_BYTES]> {
        Zeroizing::new(*self.0.bytes())
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[log key]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_key_is_made_once_kept_and_never_printed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log-key");
        let made = LogKey::create(&path).unwrap();
        assert_eq!(LogKey::load(&path).unwrap().seed(), made.seed());
        assert_eq!(format!("{made:?}"), "[log key]");
        let again = LogKey::create(&path).unwrap_err();
        assert_eq!(again, LogKeyError { path, fault: SecretFault::Exists });
    }

    #[test]
    fn a_root_key_is_no_log_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root-key");
        crate::RootKey::create(&path).unwrap();
        assert_eq!(LogKey::load(&path).unwrap_err().fault, SecretFault::Malformed);
        assert!(LogKey::load(&folder.path().join("absent")).unwrap_err().to_string().contains("restore"));
    }
}
