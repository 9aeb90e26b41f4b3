//! A secret in a file that only its owner may read: two lines of text, a header and the bytes in hexadecimal.

use std::fmt::Write as _;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use zeroize::Zeroizing;

use crate::secret::{SECRET_BYTES, Secret};

/// Longest file of a secret, in bytes.
const FILE_BYTES_MAX: u64 = 1024;
const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;
/// Permission bits of everyone but the owner.
const OTHERS: u32 = 0o077;

/// A kind of secret, by what its file begins with.
pub(crate) struct SecretFile {
    pub(crate) header: &'static str,
}

/// Why a secret could not be read or made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretFault {
    /// There is no such file.
    #[error("it is not there; give the right path, or restore the file from its copy")]
    Missing,
    /// The file holds something else.
    #[error("it is not a key of this kind; give the right path, or restore the file from its copy")]
    Malformed,
    /// Others than its owner have rights on the file.
    #[error("it is open to others (mode {mode:03o}); run `chmod 600` on it, and consider who has read it")]
    OpenToOthers {
        /// Its permission bits.
        mode: u32,
    },
    /// A new secret was to be made where a file stands already.
    #[error("it exists, and is never overwritten")]
    Exists,
    /// The operating system gave no randomness.
    #[error("the operating system gave no randomness; try again")]
    NoRandomness,
    /// The file cannot be read or written.
    #[error("it cannot be used: {reason}")]
    Io {
        /// The operating system's words.
        reason: String,
    },
}

impl SecretFile {
    /// Reads the secret of a file that is its owner's only.
    pub(crate) fn load(&self, path: &Path) -> Result<Secret, SecretFault> {
        Secret::from_bytes(&*self.read::<SECRET_BYTES>(path)?).ok_or(SecretFault::Malformed)
    }

    /// Makes a new secret and its file, readable by its owner only and durable when this returns. Directories on the
    /// way are made as well.
    pub(crate) fn create(&self, path: &Path) -> Result<Secret, SecretFault> {
        let secret = Secret::random().map_err(|_| SecretFault::NoRandomness)?;
        self.put(path, secret.bytes())?;
        Ok(secret)
    }

    /// The bytes of a file that is its owner's only.
    pub(crate) fn read<const BYTES: usize>(
        &self,
        path: &Path,
    ) -> Result<Zeroizing<[u8; BYTES]>, SecretFault> {
        let file = File::open(path).map_err(|error| failure(&error))?;
        let metadata = file.metadata().map_err(|error| failure(&error))?;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & OTHERS != 0 {
            return Err(SecretFault::OpenToOthers { mode });
        }
        let mut text =
            Zeroizing::new(String::with_capacity(usize::try_from(FILE_BYTES_MAX).unwrap_or_default()));
        match file.take(FILE_BYTES_MAX).read_to_string(&mut text) {
            Ok(_) => self.parse(&text).ok_or(SecretFault::Malformed),
            Err(error) if error.kind() == ErrorKind::InvalidData => Err(SecretFault::Malformed),
            Err(error) => Err(failure(&error)),
        }
    }

    /// Makes a new file with these bytes, as [`SecretFile::create`] does.
    pub(crate) fn put(&self, path: &Path, bytes: &[u8]) -> Result<(), SecretFault> {
        let directory = directory_of(path);
        let missing = directory.ancestors().take_while(|ancestor| !ancestor.exists()).count();
        let made = DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(directory);
        made.map_err(|error| failure(&error))?;
        let file = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(path);
        let file = file.map_err(|error| failure(&error))?;
        let written = self.write(file, bytes).and_then(|()| sync_entries(path, missing + 1));
        if let Err(error) = written {
            // Half a secret would stand in the way of the next attempt. The first error is the one to tell.
            let _ = fs::remove_file(path);
            return Err(failure(&error));
        }
        Ok(())
    }

    fn write(&self, mut file: File, bytes: &[u8]) -> io::Result<()> {
        let mut text = Zeroizing::new(String::with_capacity(self.header.len() + 2 * bytes.len() + 2));
        text.push_str(self.header);
        text.push('\n');
        for byte in bytes {
            // Writing into a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text.push('\n');
        file.write_all(text.as_bytes())?;
        file.sync_all()
    }

    fn parse<const BYTES: usize>(&self, text: &str) -> Option<Zeroizing<[u8; BYTES]>> {
        let digits = text.strip_prefix(self.header)?.strip_prefix('\n')?.trim_end().as_bytes();
        if digits.len() != 2 * BYTES {
            return None;
        }
        let mut bytes = Zeroizing::new([0_u8; BYTES]);
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = 16 * nibble(pair[0])? + nibble(pair[1])?;
        }
        Some(bytes)
    }
}

/// Overwrites a file, then takes it away; both are on disk when this returns. One that is gone already is no failure.
pub(crate) fn destroy(path: &Path) -> Result<(), SecretFault> {
    let overwritten = OpenOptions::new().write(true).open(path).and_then(|mut file| {
        let length = usize::try_from(file.metadata()?.len().min(FILE_BYTES_MAX)).unwrap_or_default();
        file.write_all(&vec![b'0'; length])?;
        file.sync_all()
    });
    match overwritten.and_then(|()| fs::remove_file(path)) {
        Ok(()) => sync_entries(path, 1).map_err(|error| failure(&error)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failure(&error)),
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

fn nibble(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

fn failure(error: &io::Error) -> SecretFault {
    if error.kind() == ErrorKind::NotFound {
        SecretFault::Missing
    } else if error.kind() == ErrorKind::AlreadyExists {
        SecretFault::Exists
    } else {
        SecretFault::Io { reason: error.to_string() }
    }
}
