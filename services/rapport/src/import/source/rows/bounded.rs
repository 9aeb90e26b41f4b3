//! A row ends: one that opens a quote and never closes it would be the rest of the file, in memory.

use std::io::{Error, Read, Result};

/// Bytes, so many at most for one row.
pub(super) struct Bounded<R> {
    inner: R,
    /// Of a row.
    bytes_max: usize,
    /// That the row which is read may still have.
    left: usize,
}

impl<R> Bounded<R> {
    pub(super) const fn new(inner: R, bytes_max: usize) -> Self {
        Self { inner, bytes_max, left: bytes_max }
    }

    /// The next row is read from here.
    pub(super) const fn begin(&mut self) {
        self.left = self.bytes_max;
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let taken = buffer.len().min(self.left);
        if taken == 0 && !buffer.is_empty() {
            return Err(Error::other(format!(
                "a row is longer than {} bytes: look for a quote that is not closed",
                self.bytes_max
            )));
        }
        let length = self.inner.read(&mut buffer[..taken])?;
        self.left -= length;
        Ok(length)
    }
}
