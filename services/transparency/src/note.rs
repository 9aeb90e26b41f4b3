//! Signed notes (c2sp.org/signed-note): a text, a blank line, and a line for each signature. Signatures are Ed25519.

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

use crate::hash::Hash;
use crate::text::{from_base64, to_base64};

/// Length of the secret that a signer is made of, in bytes.
pub const SEED_BYTES: usize = 32;
/// Longest name of a key, in bytes.
pub const NAME_BYTES_MAX: usize = 200;
/// Largest note that is read, in bytes.
pub const NOTE_BYTES_MAX: usize = 64 * 1024;
/// Signatures of a note that are looked at.
pub const SIGNATURES_MAX: usize = 100;
/// What Ed25519 is called in keys.
const ED25519_KIND: u8 = 1;
const PUBLIC_KEY_BYTES: usize = 32;
const SIGNATURE_BYTES: usize = 64;
const KEY_ID_BYTES: usize = 4;

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
pub struct VerifierKey {
    name: String,
    public: [u8; PUBLIC_KEY_BYTES],
}

impl VerifierKey {
    /// Reads `NAME+HASH+KEY`.
    ///
    /// # Errors
    /// [`NoteError::Key`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key);
        };
        let key = from_base64(key).ok_or(NoteError::Key)?;
        let (Some(&ED25519_KIND), Some(public)) = (key.first(), key.get(1..)) else {
            return Err(NoteError::Key);
        };
        let public = public.try_into().map_err(|_| NoteError::Key)?;
        let name = checked_name(name).map_err(|_| NoteError::Key)?.to_owned();
        let key = Self { name, public };
        if id == hex(key.id()) { Ok(key) } else { Err(NoteError::Key) }
    }

    /// Whose key it is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What tells it from another key of the same name.
    fn id(&self) -> [u8; KEY_ID_BYTES] {
        let named = [self.name.as_bytes(), b"\n", &[ED25519_KIND], &self.public].concat();
        let [a, b, c, d, ..] = Hash::of(&named).0;
        [a, b, c, d]
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
            if signature.name != self.name || signature.id != self.id() {
                continue;
            }
            let key = UnparsedPublicKey::new(&ED25519, &self.public);
            let is_right = signature.bytes.len() == SIGNATURE_BYTES
                && key.verify(text.as_bytes(), &signature.bytes).is_ok();
            if !is_right {
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
        let key = [&[ED25519_KIND], self.public.as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, hex(self.id()), to_base64(&key))
    }
}

/// Text, with its last line break, and lines of signatures.
fn split(note: &str) -> Result<(&str, Vec<&str>), NoteError> {
    let is_plain = note.len() <= NOTE_BYTES_MAX && !note.chars().any(|c| c < ' ' && c != '\n');
    let (text, signatures) = note.rsplit_once("\n\n").filter(|_| is_plain).ok_or(NoteError::Malformed)?;
    let lines =
        signatures.strip_suffix('\n').filter(|lines| !lines.is_empty()).ok_or(NoteError::Malformed)?;
    let lines: Vec<&str> = lines.split('\n').collect();
    let text = note.get(..=text.len()).ok_or(NoteError::Malformed)?;
    if lines.len() > SIGNATURES_MAX { Err(NoteError::Malformed) } else { Ok((text, lines)) }
}

/// A line of a signature, by whomever.
struct Signature<'a> {
    name: &'a str,
    id: [u8; KEY_ID_BYTES],
    bytes: Vec<u8>,
}

impl<'a> Signature<'a> {
    fn parse(line: &'a str) -> Result<Self, NoteError> {
        let (name, value) =
            line.strip_prefix("— ").and_then(|line| line.split_once(' ')).ok_or(NoteError::Malformed)?;
        let value = from_base64(value).ok_or(NoteError::Malformed)?;
        let (id, bytes) = value.split_first_chunk().ok_or(NoteError::Malformed)?;
        if name.is_empty() || name.contains('+') || bytes.is_empty() {
            return Err(NoteError::Malformed);
        }
        Ok(Self { name, id: *id, bytes: bytes.to_vec() })
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
        Ok(Self { pair, key: VerifierKey { name, public } })
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
        let value = [self.key.id().as_slice(), signature.as_ref()].concat();
        format!("{text}\n— {} {}\n", self.key.name, to_base64(&value))
    }
}

fn hex(id: [u8; KEY_ID_BYTES]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
