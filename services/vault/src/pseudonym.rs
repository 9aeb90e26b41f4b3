//! Pseudonyms: what stands for personal data where history is studied.
//!
//! A pseudonym is an HMAC of a field's name and its value, under a key that serves nothing else. Who holds an export
//! sees that two values are the same, and cannot turn one back or try a guess; who holds the vault could. It is made
//! for what leaves, and is never stored: a value whose key is destroyed has none any more.

use std::fmt;

use aws_lc_rs::hmac;

use crate::secret::{Secret, digits};

const DOMAIN: &[u8] = b"rapport/pseudonym/v1";
/// 128 bits: two values meet by chance after about 2^64 of them.
const PSEUDONYM_BYTES: usize = 16;

/// What stands for a value: 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pseudonym(String);

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The key that makes pseudonyms.
pub(crate) struct PseudonymKey(hmac::Key);

impl PseudonymKey {
    pub(crate) fn new(secret: &Secret) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.bytes()))
    }

    /// Of a value, as it is sealed.
    pub(crate) fn of(&self, field: &str, value: &[u8]) -> Pseudonym {
        let mut context = hmac::Context::with_key(&self.0);
        for part in [DOMAIN, field.as_bytes(), value] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        Pseudonym(digits::<PSEUDONYM_BYTES>(&context.sign()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::SECRET_BYTES;

    fn key(byte: u8) -> PseudonymKey {
        PseudonymKey::new(&Secret::from_bytes(&[byte; SECRET_BYTES]).unwrap())
    }

    #[test]
    fn the_same_value_of_the_same_field_has_the_same_pseudonym() {
        let pseudonym = key(1).of("name", b"\"Ann\"").to_string();
        assert_eq!(pseudonym, key(1).of("name", b"\"Ann\"").to_string());
        assert_eq!(pseudonym.len(), 32);
    }

    #[test]
    fn another_value_field_or_key_has_another_pseudonym() {
        let pseudonym = key(1).of("name", b"ann");
        assert_ne!(pseudonym, key(1).of("name", b"bob"));
        assert_ne!(pseudonym, key(1).of("text", b"ann"));
        assert_ne!(pseudonym, key(1).of("namea", b"nn"));
        assert_ne!(pseudonym, key(2).of("name", b"ann"));
    }

    /// Exports of different years are joined by their pseudonyms: the construction must not change under them.
    #[test]
    fn the_pseudonym_of_a_known_key_is_frozen() {
        assert_eq!(key(1).of("name", b"\"Ann\"").to_string(), "7191e1c18c89ee3aeec315dc1596f254");
    }
}
