//! What opens an archive.

use std::fmt;
use std::iter;

use age::secrecy::SecretString;
use age::{Encryptor, scrypt, x25519};

/// Fewest characters of a passphrase: whoever has the file can try as many as they like.
pub const PASSPHRASE_CHARS_MIN: usize = 16;
/// Work to make a key of a passphrase, as a power of two: about a second, and a quarter of a GiB of memory. What age's own
/// tool asks for.
const PASSPHRASE_WORK: u8 = 18;

/// What opens an archive.
#[derive(Clone)]
pub enum Key {
    /// A passphrase, from which the key is made by scrypt.
    Passphrase(SecretString),
    /// The public half of a pair of X25519 keys, of which somebody else has the secret half.
    Recipient(x25519::Recipient),
}

/// A key that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// It is too easily found.
    #[error("expected a passphrase of at least {PASSPHRASE_CHARS_MIN} characters")]
    PassphraseShort,
    /// It is no public key.
    #[error("expected a public key of age: `age1` and 58 more characters, as age-keygen prints it")]
    RecipientMalformed,
}

impl Key {
    /// A passphrase; white space around it is no part of it.
    ///
    /// # Errors
    /// [`InvalidKey::PassphraseShort`].
    pub fn passphrase(text: &str) -> Result<Self, InvalidKey> {
        let text = text.trim();
        if text.chars().count() < PASSPHRASE_CHARS_MIN {
            return Err(InvalidKey::PassphraseShort);
        }
        Ok(Self::Passphrase(SecretString::from(text.to_owned())))
    }

    /// A public key, as `age-keygen` prints it.
    ///
    /// # Errors
    /// [`InvalidKey::RecipientMalformed`].
    pub fn recipient(text: &str) -> Result<Self, InvalidKey> {
        text.trim().parse().map(Self::Recipient).map_err(|_| InvalidKey::RecipientMalformed)
    }

    pub(crate) fn encryptor(&self) -> Result<Encryptor, age::EncryptError> {
        match self {
            Self::Passphrase(passphrase) => {
                let mut recipient = scrypt::Recipient::new(passphrase.clone());
                recipient.set_work_factor(PASSPHRASE_WORK);
                Encryptor::with_recipients(iter::once(&recipient as &dyn age::Recipient))
            }
            Self::Recipient(recipient) => {
                Encryptor::with_recipients(iter::once(recipient as &dyn age::Recipient))
            }
        }
    }
}

/// Tells no secret.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passphrase(_) => f.write_str("a passphrase"),
            Self::Recipient(recipient) => write!(f, "{recipient}"),
        }
    }
}
