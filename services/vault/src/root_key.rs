//! The root key: 32 random bytes in a file outside the data directory.
//!
//! It opens the key file, so it must not lie in the same backup. Beside it lie the keys of epochs, in a folder with its
//! name and `.epochs` after it: each is wrapped by the root key, and is destroyed with its epoch.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::secret::Secret;
use crate::secret_file::{SecretFault, SecretFile};

const FILE: SecretFile = SecretFile { header: "rapport root key v1: keep a copy, but never beside the data" };

/// The key that opens the key file. Its memory is overwritten when it is dropped.
pub struct RootKey {
    secret: Secret,
    epochs: PathBuf,
}

/// What the name of the folder of epoch keys has after the name of the root key.
const EPOCHS_SUFFIX: &str = ".epochs";

/// Why a root key could not be read or made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RootKeyError {
    /// There is no such file.
    #[error("there is no root key at {path}; give the right path, or restore the file from its copy: without it no personal data can be read", path = path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file is not a root key.
    #[error("{path} is not a root key; give the right path, or restore the file from its copy", path = path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// Others than its owner have rights on the file.
    #[error("{path} is open to others (mode {mode:03o}); run `chmod 600` on it, and consider who has read it", path = path.display())]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A new key was to be made where a file stands already.
    #[error("{path} exists; a root key is never overwritten", path = path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The operating system gave no randomness.
    #[error("the operating system gave no randomness; try again")]
    NoRandomness,
    /// The file cannot be read or written.
    #[error("{path} cannot be used: {reason}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        reason: String,
    },
}

impl RootKey {
    /// Reads the key.
    ///
    /// # Errors
    /// [`RootKeyError`]: the file is missing, malformed, open to others than its owner, or unreadable.
    pub fn load(path: &Path) -> Result<Self, RootKeyError> {
        FILE.load(path).map(|secret| Self::at(path, secret)).map_err(|fault| failure(path, fault))
    }

    /// Makes a new key and its file, readable by its owner only and durable when this returns. Directories on
    /// the way are made as well.
    ///
    /// Call it only where no key file exists yet ([`crate::Vault::exists`]): a new key opens no old file.
    ///
    /// # Errors
    /// [`RootKeyError`]: the file exists, or cannot be written.
    pub fn create(path: &Path) -> Result<Self, RootKeyError> {
        FILE.create(path).map(|secret| Self::at(path, secret)).map_err(|fault| failure(path, fault))
    }

    /// The folder of the epoch keys that it wraps.
    #[must_use]
    pub fn epochs(&self) -> &Path {
        &self.epochs
    }

    pub(crate) const fn secret(&self) -> &Secret {
        &self.secret
    }

    fn at(path: &Path, secret: Secret) -> Self {
        let mut epochs = path.as_os_str().to_owned();
        epochs.push(EPOCHS_SUFFIX);
        Self { secret, epochs: PathBuf::from(epochs) }
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[root key]")
    }
}

fn failure(path: &Path, fault: SecretFault) -> RootKeyError {
    let path = path.to_owned();
    match fault {
        SecretFault::Missing => RootKeyError::Missing { path },
        SecretFault::Malformed => RootKeyError::Malformed { path },
        SecretFault::OpenToOthers { mode } => RootKeyError::OpenToOthers { path, mode },
        SecretFault::Exists => RootKeyError::Exists { path },
        SecretFault::NoRandomness => RootKeyError::NoRandomness,
        SecretFault::Io { reason } => RootKeyError::Io { path, reason },
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::secret::SECRET_BYTES;

    const HEADER: &str = FILE.header;

    fn path(directory: &tempfile::TempDir) -> PathBuf {
        directory.path().join("new/keys/root.key")
    }

    #[test]
    fn a_created_key_is_loaded_again_and_is_its_owners_only() {
        let directory = tempfile::tempdir().unwrap();
        let path = path(&directory);
        let created = RootKey::create(&path).unwrap();
        assert_eq!(RootKey::load(&path).unwrap().secret().bytes(), created.secret().bytes());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().map(str::len).collect::<Vec<_>>(), [HEADER.len(), 64]);
    }

    #[test]
    fn a_key_is_not_printed() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(format!("{:?}", RootKey::create(&path(&directory)).unwrap()), "[root key]");
    }

    #[test]
    fn two_keys_differ() {
        let directory = tempfile::tempdir().unwrap();
        let one = RootKey::create(&directory.path().join("one")).unwrap();
        let two = RootKey::create(&directory.path().join("two")).unwrap();
        assert_ne!(one.secret().bytes(), two.secret().bytes());
    }

    #[test]
    fn a_key_is_never_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let path = path(&directory);
        let first = RootKey::create(&path).unwrap();
        assert_eq!(RootKey::create(&path).err(), Some(RootKeyError::Exists { path: path.clone() }));
        assert_eq!(RootKey::load(&path).unwrap().secret().bytes(), first.secret().bytes());
    }

    #[test]
    fn a_missing_key_is_said_to_be_missing() {
        let directory = tempfile::tempdir().unwrap();
        let path = path(&directory);
        let error = RootKey::load(&path).err().unwrap();
        assert_eq!(error, RootKeyError::Missing { path });
        assert!(error.to_string().contains("restore the file"));
    }

    #[test]
    fn a_key_that_anyone_else_has_rights_on_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = path(&directory);
        RootKey::create(&path).unwrap();
        for mode in [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o644] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let error = RootKey::load(&path).err().unwrap();
            assert_eq!(error, RootKeyError::OpenToOthers { path: path.clone(), mode });
            assert!(error.to_string().contains("chmod 600"));
        }
        fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
        assert!(RootKey::load(&path).is_ok());
    }

    #[test]
    fn anything_but_a_header_and_64_digits_is_malformed() {
        let directory = tempfile::tempdir().unwrap();
        let path = path(&directory);
        RootKey::create(&path).unwrap();
        let good = fs::read_to_string(&path).unwrap();
        let bad: [Vec<u8>; 7] = [
            Vec::new(),
            b"\xff\xfe".to_vec(),
            good.as_bytes()[1..].to_vec(),
            good.as_bytes()[..good.len() - 2].to_vec(),
            good.replace('\n', " ").into_bytes(),
            format!("{HEADER}\n{}\n", "+1".repeat(SECRET_BYTES)).into_bytes(),
            [good.as_bytes(), "x".repeat(2 * 1024).as_bytes()].concat(),
        ];
        for bytes in bad {
            fs::write(&path, bytes).unwrap();
            assert_eq!(RootKey::load(&path).err(), Some(RootKeyError::Malformed { path: path.clone() }));
        }
    }
}
