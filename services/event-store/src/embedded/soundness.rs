//! What can be told of the files of a log before the engine opens them, and would be lost once it did.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::error::OpenError;
use super::wal::{self, Wal};

/// Bytes of the file's header that tell its page size and count.
const HEADER_BYTES: usize = 32;

/// Where the write-ahead log of a log file is.
pub(super) fn wal_path(path: &Path) -> PathBuf {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    PathBuf::from(wal)
}

/// Looks at the files of a log that no process has open. Tells how its write-ahead log ends.
///
/// # Errors
/// [`OpenError::LostFile`], [`OpenError::CutShort`] or [`OpenError::WalDamaged`].
pub(super) fn judge(path: &Path) -> Result<Wal, OpenError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| OpenError::Io { path, source }
    };
    let wal_path = wal_path(path);
    let wal_bytes = length(&wal_path).map_err(failed(&wal_path))?;
    let bytes = length(path).map_err(failed(path))?;
    if bytes == 0 && wal_bytes > 0 {
        return Err(OpenError::LostFile { path: path.to_owned() });
    }
    let wal = wal::judge(&wal_path).map_err(failed(&wal_path))?;
    if let Wal::Damaged { frame } = wal {
        return Err(OpenError::WalDamaged { path: wal_path, frame });
    }
    // With a write-ahead log, the engine may be about to write the pages that the header promises.
    if bytes > 0 && wal_bytes == 0 {
        let promised = promised_length(path).map_err(failed(path))?;
        if bytes < promised {
            return Err(OpenError::CutShort { path: path.to_owned(), bytes, promised });
        }
    }
    Ok(wal)
}

fn length(path: &Path) -> io::Result<u64> {
    match path.metadata() {
        Ok(metadata) => Ok(metadata.len()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

/// Page size times page count, as the header of a database file states them (a size of 1 stands for 65,536). A file
/// too short for a header, or of another program, promises nothing: the engine tells it better.
fn promised_length(path: &Path) -> io::Result<u64> {
    let mut header = [0_u8; HEADER_BYTES];
    match File::open(path)?.read_exact(&mut header) {
        Ok(()) if header.starts_with(b"SQLite format 3\0") => {}
        Err(error) if error.kind() != ErrorKind::UnexpectedEof => return Err(error),
        Ok(()) | Err(_) => return Ok(0),
    }
    let page_bytes = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        bytes => u64::from(bytes),
    };
    Ok(page_bytes * u64::from(u32::from_be_bytes([header[28], header[29], header[30], header[31]])))
}
