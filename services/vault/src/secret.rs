//! A 256-bit key, and the three things done with one: derive, wrap, unwrap.

use std::fmt::Write as _;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::{hkdf, hmac, rand};
use zeroize::Zeroizing;

/// Length of every key, in bytes.
pub(crate) const SECRET_BYTES: usize = 32;
/// What wrapping adds to a key: nonce and tag, in bytes.
pub(crate) const WRAPPING_BYTES: usize = NONCE_LEN + TAG_BYTES;
const TAG_BYTES: usize = 16;
/// Length of a salt, in bytes. At 192 random bits no two messages ever share one.
pub(crate) const SALT_BYTES: usize = 24;

/// A key; its memory is overwritten when it is dropped. It has no `Debug`, so that it is never printed.
pub(crate) struct Secret(Zeroizing<[u8; SECRET_BYTES]>);

impl Secret {
    pub(crate) fn random() -> Result<Self, Unspecified> {
        let mut secret = Self(Zeroizing::default());
        rand::fill(&mut *secret.0)?;
        Ok(secret)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.try_into().ok()?)))
    }

    pub(crate) fn bytes(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }

    /// HKDF-SHA256 (RFC 5869): `N` bytes for one purpose, named by `info`.
    pub(crate) fn derive<const N: usize>(
        &self,
        salt: &[u8],
        info: &[u8],
    ) -> Result<Zeroizing<[u8; N]>, Unspecified> {
        let mut derived = Zeroizing::new([0_u8; N]);
        hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
            .extract(&*self.0)
            .expand(&[info], Length(N))?
            .fill(&mut *derived)?;
        Ok(derived)
    }

    /// Encrypts another key under this one, by AES-256-GCM with a random nonce: nonce, ciphertext, tag.
    ///
    /// `place` says where the wrapped key belongs; it opens nowhere else.
    pub(crate) fn wrap(&self, inner: &Self, place: &[&str]) -> Result<Vec<u8>, Unspecified> {
        let mut sealed = Zeroizing::new(inner.0.to_vec());
        let key = RandomizedNonceKey::new(&AES_256_GCM, &*self.0)?;
        let (nonce, tag) = key.seal_in_place_separate_tag(Aad::from(framed(place)), &mut sealed)?;
        Ok([nonce.as_ref(), sealed.as_slice(), tag.as_ref()].concat())
    }

    /// The key that was wrapped for this place.
    pub(crate) fn unwrap(&self, wrapped: &[u8], place: &[&str]) -> Result<Self, Unspecified> {
        let (nonce, sealed) = wrapped.split_at_checked(NONCE_LEN).ok_or(Unspecified)?;
        let mut opened = Zeroizing::new(sealed.to_vec());
        let key = RandomizedNonceKey::new(&AES_256_GCM, &*self.0)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce)?;
        let bytes = key.open_in_place(nonce, Aad::from(framed(place)), &mut opened)?;
        Self::from_bytes(bytes).ok_or(Unspecified)
    }
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// The first bytes of a keyed digest, as lower-case hexadecimal digits.
pub(crate) fn digits<const BYTES: usize>(tag: &hmac::Tag) -> String {
    let mut digits = String::with_capacity(2 * BYTES);
    for byte in tag.as_ref().iter().take(BYTES) {
        // Writing into a String cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// Texts as bytes, each with its length before it: no two lists of texts give the same bytes.
pub(crate) fn framed(parts: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + size_of::<u64>()).sum());
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hkdf_gives_the_bytes_of_rfc_5869() {
        // Appendix A.1 has a key of 22 bytes, so the construction is checked below `Secret`.
        let salt: Vec<u8> = (0x00..=0x0c).collect();
        let info: Vec<u8> = (0xf0..=0xf9).collect();
        let mut derived = [0_u8; 42];
        hkdf::Salt::new(hkdf::HKDF_SHA256, &salt)
            .extract(&[0x0b; 22])
            .expand(&[&info], Length(42))
            .unwrap()
            .fill(&mut derived)
            .unwrap();
        let expected = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865";
        assert_eq!(derived.map(|byte| format!("{byte:02x}")).concat(), expected);
    }

    #[test]
    fn deriving_is_extract_and_expand_written_out_with_hmac() {
        use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
        let secret = Secret::from_bytes(&[7; SECRET_BYTES]).unwrap();
        let prk = sign(&Key::new(HMAC_SHA256, b"salt"), &[7; SECRET_BYTES]);
        let okm = sign(&Key::new(HMAC_SHA256, prk.as_ref()), b"purpose\x01");
        assert_eq!(secret.derive::<SECRET_BYTES>(b"salt", b"purpose").unwrap().as_slice(), okm.as_ref());
    }

    #[test]
    fn a_wrapped_key_opens_in_its_place_under_its_key_and_nowhere_else() {
        let (outer, other, inner) =
            (Secret::random().unwrap(), Secret::random().unwrap(), Secret::random().unwrap());
        let wrapped = outer.wrap(&inner, &["a", "b"]).unwrap();
        assert_eq!(outer.unwrap(&wrapped, &["a", "b"]).unwrap().bytes(), inner.bytes());
        assert!(outer.unwrap(&wrapped, &["ab", ""]).is_err());
        assert!(other.unwrap(&wrapped, &["a", "b"]).is_err());
        assert!(outer.unwrap(&wrapped[..NONCE_LEN - 1], &["a", "b"]).is_err());
    }

    #[test]
    fn lists_of_texts_that_join_to_the_same_text_are_framed_apart() {
        assert_ne!(framed(&["a", "bc"]), framed(&["ab", "c"]));
        assert_ne!(framed(&["a"]), framed(&["a", ""]));
    }
}
