//! Blind indexes: search without the searched-for value.
//!
//! A blind index is an HMAC of a field's name and a normalised value. Whoever holds the vault can compute it
//! and so look an e-mail address up; whoever holds only a read model cannot turn it back. It is for mutable
//! read models only and is purged with the person: an event that held one could not be erased.

use std::fmt;

use aws_lc_rs::hmac;

use crate::secret::{SECRET_BYTES, Secret, digits, framed};

const DOMAIN: &str = "rapport/blind/v1";
const REQUEST_INFO: &[u8] = b"rapport/request/v1/key";
/// 128 bits: two values meet by chance after about 2^64 of them.
const INDEX_BYTES: usize = 16;

/// A value under the vault's index key: 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlindIndex(String);

impl BlindIndex {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The digest of a request about one subject, under a key that is derived from the subject's own: once the keys are
/// destroyed nobody can try a guess at the request against it. So an event may hold it.
pub(crate) fn subject_digest(
    data_key: &Secret,
    content: &str,
) -> Result<BlindIndex, aws_lc_rs::error::Unspecified> {
    let key = data_key.derive::<SECRET_BYTES>(&[], REQUEST_INFO)?;
    let key = Secret::from_bytes(&*key).ok_or(aws_lc_rs::error::Unspecified)?;
    Ok(BlindKey::new(&key).blind("request", content))
}

/// The key that blinds.
pub(crate) struct BlindKey(hmac::Key);

impl BlindKey {
    pub(crate) fn new(secret: &Secret) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.bytes()))
    }

    pub(crate) fn blind(&self, field: &str, normalised: &str) -> BlindIndex {
        let tag = hmac::sign(&self.0, &framed(&[DOMAIN, field, normalised]));
        BlindIndex(digits::<INDEX_BYTES>(&tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> BlindKey {
        BlindKey::new(&Secret::from_bytes(&[byte; SECRET_BYTES]).unwrap())
    }

    #[test]
    fn the_same_value_of_the_same_field_has_the_same_index() {
        let index = key(1).blind("email", "ann@example.com");
        assert_eq!(index, key(1).blind("email", "ann@example.com"));
        assert_eq!(index.as_str().len(), 32);
        assert!(index.as_str().bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
        assert_eq!(index.to_string(), index.as_str());
    }

    #[test]
    fn another_value_field_or_key_has_another_index() {
        let index = key(1).blind("email", "ann@example.com");
        assert_ne!(index, key(1).blind("email", "bob@example.com"));
        assert_ne!(index, key(1).blind("phone", "ann@example.com"));
        assert_ne!(index, key(1).blind("emaila", "nn@example.com"));
        assert_ne!(index, key(2).blind("email", "ann@example.com"));
    }

    /// Stored indexes are compared with new ones: the construction must not change under them.
    #[test]
    fn the_index_of_a_known_key_is_frozen() {
        assert_eq!(key(1).blind("email", "ann@example.com").as_str(), "cf0200c9ffadc6d6b8bcdab0ff70f038");
    }
}
