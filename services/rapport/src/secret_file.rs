//! Files that the command line names: read up to a size, and, where they hold a secret, only if nobody else may read them.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use zeroize::Zeroizing;

use crate::error::Failure;

/// Largest file of certificates, keys or tokens, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Permission bits of everyone but the owner.
const OTHERS: u32 = 0o077;

/// Reads a file.
///
/// # Errors
/// When it cannot be read, or is too large; both name the option.
pub(crate) fn read(option: &str, path: &Path) -> Result<Vec<u8>, Failure> {
    let named = |what: &dyn std::fmt::Display| Failure::Usage(format!("{option} {}: {what}", path.display()));
    let failed = |error: io::Error| named(&error);
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    if u64::try_from(bytes.len()).is_ok_and(|count| count > FILE_BYTES_MAX) {
        return Err(named(&format!("more than {FILE_BYTES_MAX} bytes")));
    }
    Ok(bytes)
}

/// Reads a file that is to be its owner's only.
///
/// # Errors
/// When it cannot be read, or others may read it.
pub(crate) fn read_secret(option: &str, path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let bytes = Zeroizing::new(read(option, path)?);
    let mode = fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode() & 0o777);
    if mode & OTHERS != 0 {
        return Err(Failure::Usage(format!(
            "{option} {} is open to others (mode {mode:03o}); run `chmod 600` on it, and consider who has read it",
            path.display()
        )));
    }
    Ok(bytes)
}
