//! Telling others that the server is ready, and where.

use std::net::SocketAddr;
use std::path::Path;

use crate::error::Failure;

/// Takes an earlier server's file away: it says nothing about this one.
pub(super) fn forget(file: &Path) -> Result<(), Failure> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Failure::file(file, error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes the addresses into a file, one `name=HOST:PORT` a line. The file appears whole, or not at all.
pub(super) fn write(file: &Path, listeners: &[(&str, SocketAddr)]) -> Result<(), Failure> {
    let mut lines = String::new();
    for (name, address) in listeners {
        lines.push_str(&format!("{name}={address}\n"));
    }
    let mut partial = file.as_os_str().to_owned();
    partial.push(".partial");
    std::fs::write(&partial, lines).map_err(|error| Failure::file(file, error))?;
    std::fs::rename(&partial, file).map_err(|error| Failure::file(file, error))
}
