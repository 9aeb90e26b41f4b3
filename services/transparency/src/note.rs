//! Signed notes (c2sp.org/signed-note): a text, a blank line, and a line for each signature. Signatures are Ed25519.

mod key;

use std::fmt;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};

pub(crate) use self::key::{NamedKey, Signs};

use self::key::KeyId;
use crate::text::{from_base64, to_base64};

/// Length of the secret that a signer is made of, in bytes.
pub const SEED_BYTES: usize = 32;
/// Longest name of a key, in bytes.
pub const NAME_BYTES_MAX: usize = 200;
/// Largest note that is read, in bytes.
pub const NOTE_BYTES_MAX: usize = 64 * 1024;
/// Signatures of a note that are looked at.
pub const SIGNATURES_MAX: usize = 100;

/// Why a note, or the key for it, is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The key is not a verifier key.
    #[error("expected a verifier key, `NAME+HASH+KEY`, of Ed25519, as `rapport audit key` prints it")]
    Key,
    /// The name has characters that a key's name cannot have.
    #[error("expected a name of 1 to {NAME_BYTES_MAX} letters, digits and `.-_/:`")]
    Name,
    /// The text is not a signed note.
    #[error("it is not a signed note: text, a blank line, and lines of signatures")]
    Malformed,
    /// The key did not sign it.
    #[error("it carries no signature of this key")]
    Unsigned,
    /// A signature under the key's name was not made by the key.
    #[error("its signature is not one of this key: it was changed, or the key is another one")]
    Forged,
}

/// A name that a key can have. Notes have lines of words, so spaces and `+` mean something there; what is left makes
/// file names and addresses as well.
///
/// # Errors
/// [`NoteError::Name`].
pub fn checked_name(name: &str) -> Result<&str, NoteError> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_/:".contains(&byte);
    let fits = (1..=NAME_BYTES_MAX).contains(&name.len());
    if fits && name.bytes().all(is_plain) { Ok(name) } else { Err(NoteError::Name) }
}

/// A public key with its name: what an auditor is given once, on a way that can be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey(NamedKey);

impl VerifierKey {
    /// Reads `NAME+HASH+KEY`.
    ///
    /// # Errors
    /// [`NoteError::Key`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        NamedKey::parse(text, Signs::Notes).map(Self).ok_or(NoteError::Key)
    }

    /// Whose key it is.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.name()
    }

    pub(crate) const fn named(&self) -> &NamedKey {
        &self.0
    }

    /// The text of a note that this key signed. What other keys signed beside it is not looked at.
    ///
    /// # Errors
    /// [`NoteError::Malformed`], [`NoteError::Unsigned`], [`NoteError::Forged`].
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        let (text, signatures) = split(note)?;
        let mut is_signed = false;
        for line in signatures {
            let signature = Signature::parse(line)?;
            if !signature.is_under(&self.0) {
                continue;
            }
            if !self.0.has_signed(text.as_bytes(), &signature.bytes) {
                return Err(NoteError::Forged);
            }
            is_signed = true;
        }
        if is_signed { Ok(text) } else { Err(NoteError::Unsigned) }
    }
}

/// `NAME+HASH+KEY`.
impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Text, with its last line break, and lines of signatures.
pub(crate) fn split(note: &str) -> Result<(&str, Vec<&str>), NoteError> {
    let is_plain = note.len() <= NOTE_BYTES_MAX && !note.chars().any(|c| c < ' ' && c != '\n');
    let (text, signatures) = note.rsplit_once("\n\n").filter(|_| is_plain).ok_or(NoteError::Malformed)?;
    let lines =
        signatures.strip_suffix('\n').filter(|lines| !lines.is_empty()).ok_or(NoteError::Malformed)?;
    let lines: Vec<&str> = lines.split('\n').collect();
    let text = note.get(..=text.len()).ok_or(NoteError::Malformed)?;
    if lines.len() > SIGNATURES_MAX { Err(NoteError::Malformed) } else { Ok((text, lines)) }
}

/// A line of a signature, by whomever.
pub(crate) struct Signature<'a> {
    name: &'a str,
    id: KeyId,
    pub(crate) bytes: Vec<u8>,
}

impl<'a> Signature<'a> {
    pub(crate) fn parse(line: &'a str) -> Result<Self, NoteError> {
        let (name, value) =
            line.strip_prefix("— ").and_then(|line| line.split_once(' ')).ok_or(NoteError::Malformed)?;
        let value = from_base64(value).ok_or(NoteError::Malformed)?;
        let (id, bytes) = value.split_first_chunk().ok_or(NoteError::Malformed)?;
        if name.is_empty() || name.contains('+') || bytes.is_empty() {
            return Err(NoteError::Malformed);
        }
        Ok(Self { name, id: *id, bytes: bytes.to_vec() })
    }

    /// Whether it says to be one of a key.
    pub(crate) fn is_under(&self, key: &NamedKey) -> bool {
        self.name == key.name() && self.id == key.id()
    }
}

/// Signs notes. It has no `Debug`, so that it is never printed.
pub struct Signer {
    pair: Ed25519KeyPair,
    key: VerifierKey,
}

impl Signer {
    /// A signer under a name; `None` when the cryptography refuses the seed.
    ///
    /// # Errors
    /// [`NoteError::Name`], and [`NoteError::Key`] when the cryptography refuses the seed.
    pub fn new(name: &str, seed: &[u8; SEED_BYTES]) -> Result<Self, NoteError> {
        let name = checked_name(name)?.to_owned();
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| NoteError::Key)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| NoteError::Key)?;
        Ok(Self { pair, key: VerifierKey(NamedKey::new(name, Signs::Notes, public)) })
    }

    /// The key that its signatures are checked with.
    #[must_use]
    pub const fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// A text that ends with a line break, as a signed note.
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        let signature = self.pair.sign(text.as_bytes());
        let value = [self.key.0.id().as_slice(), signature.as_ref()].concat();
        format!("{text}\n— {} {}\n", self.key.name(), to_base64(&value))
    }
}

#[cfg(test)]
mod tests;
