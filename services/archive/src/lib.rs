//! Files as one archive that only its key opens: a zip, encrypted in the format of age (age-encryption.org/v1).
//!
//! What is written goes through the encryption as it comes, so nothing in the clear is on a disk. Any tool for the format
//! opens it: `age --decrypt`, then it is a zip like others.

mod key;
mod written;

use std::io::{self, Write};

use age::stream::StreamWriter as Encrypting;
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, StreamWriter, ZipWriter};

pub use key::{InvalidKey, Key, PASSPHRASE_CHARS_MIN};
pub use written::Written;

use written::Digesting;

/// Permissions of a file that was taken out: its owner's only.
const PERMISSIONS: u32 = 0o600;

/// Why an archive could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It could not be encrypted for its key.
    #[error("the archive cannot be encrypted: {0}")]
    Encryption(#[from] age::EncryptError),
    /// A file could not be packed.
    #[error("{name} cannot be packed: {cause}")]
    Packing {
        /// Its name.
        name: String,
        /// Why.
        cause: zip::result::ZipError,
    },
    /// It could not be written.
    #[error("the archive cannot be written: {0}")]
    Writing(#[from] io::Error),
}

/// An archive that is being written. One that is dropped before [`Archive::end`] cannot be opened.
pub struct Archive<W: Write> {
    zip: ZipWriter<StreamWriter<Encrypting<Digesting<W>>>>,
}

impl<W: Write> Archive<W> {
    /// Begins one that the key opens.
    ///
    /// # Errors
    /// When it cannot be encrypted or written.
    pub fn begin(out: W, key: &Key) -> Result<Self, Error> {
        let encrypting = key.encryptor()?.wrap_output(Digesting::new(out))?;
        Ok(Self { zip: ZipWriter::new_stream(encrypting) })
    }

    /// Adds a file.
    ///
    /// # Errors
    /// When it cannot be packed or written.
    pub fn add(&mut self, name: &str, content: &[u8]) -> Result<(), Error> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .unix_permissions(PERMISSIONS);
        self.zip
            .start_file(name, options)
            .map_err(|cause| Error::Packing { name: name.to_owned(), cause })?;
        Ok(self.zip.write_all(content)?)
    }

    /// Ends it; what it was written to, and what was written.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end(self) -> Result<(W, Written), Error> {
        let encrypting = self.zip.finish().map_err(io::Error::other)?.into_inner();
        Ok(encrypting.finish()?.end())
    }
}
