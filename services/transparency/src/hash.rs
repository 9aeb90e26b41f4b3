//! The hashes of the tree, by RFC 6962, section 2.1.

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256, digest};
use rapport_domain::value::hex;

use crate::text::{from_base64, to_base64};

/// Length of a hash, in bytes.
pub const HASH_BYTES: usize = 32;
/// What a leaf is hashed behind.
const LEAF: u8 = 0;
/// What two hashes are hashed behind: a node is never taken for a leaf.
const NODE: u8 = 1;

/// A SHA-256 hash. Always whole: proofs with shorter ones would prove anything.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; HASH_BYTES]);

impl Hash {
    /// SHA-256 of any bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::from_digest(digest(&SHA256, bytes).as_ref())
    }

    /// The root of a tree without leaves.
    #[must_use]
    pub fn of_nothing() -> Self {
        Self::of(&[])
    }

    /// Hash of a leaf.
    #[must_use]
    pub fn of_leaf(data: &[u8]) -> Self {
        Self::behind(LEAF, data, &[])
    }

    /// Hash of two subtrees.
    #[must_use]
    pub fn of_node(left: &Self, right: &Self) -> Self {
        Self::behind(NODE, &left.0, &right.0)
    }

    /// The hash that these bytes are; `None` when they are not 32.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Reads standard base64, in the one way that it is written.
    #[must_use]
    pub fn from_base64(text: &str) -> Option<Self> {
        Self::from_bytes(&from_base64(text)?)
    }

    /// In hexadecimal digits, as events say it of their data.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex(&self.0)
    }

    fn behind(kind: u8, first: &[u8], second: &[u8]) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(&[kind]);
        context.update(first);
        context.update(second);
        Self::from_digest(context.finish().as_ref())
    }

    fn from_digest(digest: &[u8]) -> Self {
        let mut hash = [0; HASH_BYTES];
        hash.copy_from_slice(digest);
        Self(hash)
    }
}

/// Standard base64, as checkpoints and proofs write it.
impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_base64(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers of the RFC's own implementation.
    #[test]
    fn hashes_are_those_of_rfc_6962() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let empty_leaf = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
        let leaf = "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56";
        let node = "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb";
        assert_eq!(Hash::of_nothing().to_hex(), empty);
        assert_eq!(Hash::of_leaf(b"").to_hex(), empty_leaf);
        assert_eq!(Hash::of_leaf(b"L123456").to_hex(), leaf);
        assert_eq!(Hash::behind(NODE, b"N123", b"N456").to_hex(), node);
    }

    #[test]
    fn a_hash_is_read_in_one_form_only() {
        let hash = Hash::of(b"x");
        let text = hash.to_string();
        assert_eq!(Hash::from_base64(&text), Some(hash));
        for other in [&text[..43], &format!("{text}="), "", "AAAA", &format!(" {text}")] {
            assert_eq!(Hash::from_base64(other), None, "{other}");
        }
        // The last digit before the padding has two bits that count for nothing: they have to be zero.
        let loose = format!("{}B=", "A".repeat(42));
        assert_eq!(Hash::from_base64(&loose), None);
    }
}
