//! The root key: 32 random bytes in a file outside the data directory.
//!
//! It opens the key file, so it must not lie in the same backup. The file is two lines of text: a header, and
//! the key in hexadecimal.

use std::fmt::{self, Write as _};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::secret::{SECRET_BYTES, Secret};

/// Longest root key file, in bytes.
const FILE_BYTES_MAX: u64 = 1024;
const HEADER: &str = "rapport root key v1: keep a copy, but never beside the data";
const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;
/// Permission bits of everyone but the owner.
const OTHERS: u32 = 0o077;

/// The key that opens the key file. Its memory is overwritten when it is dropped.
pub struct RootKey(Secret);

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
        let file = File::open(path).map_err(|error| failure(path, &error))?;
        let metadata = file.metadata().map_err(|error| failure(path, &error))?;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & OTHERS != 0 {
            return Err(RootKeyError::OpenToOthers { path: path.to_owned(), mode });
        }
        let mut text =
            Zeroizing::new(String::with_capacity(usize::try_from(FILE_BYTES_MAX).unwrap_or_default()));
        match file.take(FILE_BYTES_MAX).read_to_string(&mut text) {
            Ok(_) => parse(&text).ok_or_else(|| RootKeyError::Malformed { path: path.to_owned() }),
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                Err(RootKeyError::Malformed { path: path.to_owned() })
            }
            Err(error) => Err(failure(path, &error)),
        }
    }

    /// Makes a new key and its file, readable by its owner only and durable when this returns. Directories on
    /// the way are made as well.
    ///
    /// Call it only where no key file exists yet ([`crate::Vault::exists`]): a new key opens no old file.
    ///
    /// # Errors
    /// [`RootKeyError`]: the file exists, or cannot be written.
    pub fn create(path: &Path) -> Result<Self, RootKeyError> {
        let secret = Secret::random().map_err(|_| RootKeyError::NoRandomness)?;
        let directory = directory_of(path);
        let missing = directory.ancestors().take_while(|ancestor| !ancestor.exists()).count();
        DirBuilder::new()
            .recursive(true)
            .mode(DIRECTORY_MODE)
            .create(directory)
            .map_err(|error| failure(path, &error))?;
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(FILE_MODE)
            .open(path)
            .map_err(|error| failure(path, &error))?;
        let written = write(file, &secret).and_then(|()| sync_entries(path, missing + 1));
        if let Err(error) = written {
            // Half a key would stand in the way of the next attempt. The first error is the one to tell.
            let _ = fs::remove_file(path);
            return Err(failure(path, &error));
        }
        Ok(Self(secret))
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.0
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[root key]")
    }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the file's name durable, and those of so many directories above it less one.
fn sync_entries(path: &Path, directories: usize) -> io::Result<()> {
    let mut entry = path;
    for _ in 0..directories {
        let directory = directory_of(entry);
        File::open(directory)?.sync_all()?;
        entry = directory;
    }
    Ok(())
}

fn write(mut file: File, secret: &Secret) -> io::Result<()> {
    let mut text = Zeroizing::new(String::with_capacity(HEADER.len() + 2 * SECRET_BYTES + 2));
    text.push_str(HEADER);
    text.push('\n');
    for byte in secret.bytes() {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text.push('\n');
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn parse(text: &str) -> Option<RootKey> {
    let digits = text.strip_prefix(HEADER)?.strip_prefix('\n')?.trim_end().as_bytes();
    if digits.len() != 2 * SECRET_BYTES {
        return None;
    }
    let mut bytes = Zeroizing::new([0_u8; SECRET_BYTES]);
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = 16 * nibble(pair[0])? + nibble(pair[1])?;
    }
    Secret::from_bytes(bytes.as_slice()).map(RootKey)
}

fn nibble(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

fn failure(path: &Path, error: &io::Error) -> RootKeyError {
    let path = path.to_owned();
    if error.kind() == ErrorKind::NotFound {
        RootKeyError::Missing { path }
    } else if error.kind() == ErrorKind::AlreadyExists {
        RootKeyError::Exists { path }
    } else {
        RootKeyError::Io { path, reason: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

    use super::*;

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
