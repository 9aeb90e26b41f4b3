//! What went through a writer: how much, and its digest.

use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// How much.
    pub bytes: u64,
    /// SHA-256 of it.
    pub sha256: [u8; 32],
}

/// Writes on, and keeps count.
pub(crate) struct Digesting<W> {
    out: W,
    bytes: u64,
    hasher: Sha256,
}

impl<W: Write> Digesting<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { out, bytes: 0, hasher: Sha256::new() }
    }

    pub(crate) fn end(self) -> (W, Written) {
        (self.out, Written { bytes: self.bytes, sha256: self.hasher.finalize().into() })
    }
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
