//! The suppression list: how a person who said no and was erased is known again by their contact points.
//!
//! A digest is an HMAC of a contact point's kind and its normalised form, under a key that serves nothing else and
//! outlives the keys of every subject. So an event may hold it, and a read model compares it. Who has the log alone
//! cannot try a guess against it; who has the vault can, which is what a suppression list is for.

use aws_lc_rs::hmac;
use rapport_domain::value::{ContactPoint, ContactPointKind};

use crate::secret::{Secret, digits, framed};

const DOMAIN: &str = "rapport/suppression/v1";
/// 128 bits: two contact points meet by chance after about 2^64 of them.
const DIGEST_BYTES: usize = 16;

/// The key of the suppression list.
pub(crate) struct SuppressionKey(hmac::Key);

impl SuppressionKey {
    pub(crate) fn new(secret: &Secret) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.bytes()))
    }

    /// Of a contact point: 32 hexadecimal digits.
    pub(crate) fn of(&self, point: &ContactPoint) -> String {
        let kind = match point.kind() {
            ContactPointKind::Email => "email",
            ContactPointKind::Phone => "phone",
            ContactPointKind::Postal => "postal",
            ContactPointKind::Social => "social",
        };
        digits::<DIGEST_BYTES>(&hmac::sign(&self.0, &framed(&[DOMAIN, kind, point.normalised()])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::SECRET_BYTES;

    fn key(byte: u8) -> SuppressionKey {
        SuppressionKey::new(&Secret::from_bytes(&[byte; SECRET_BYTES]).unwrap())
    }

    fn point(kind: ContactPointKind, text: &str) -> ContactPoint {
        ContactPoint::parse(kind, text).unwrap()
    }

    #[test]
    fn a_contact_point_is_known_again_however_it_is_written() {
        let digest = key(1).of(&point(ContactPointKind::Email, "ann@example.com"));
        assert_eq!(digest, key(1).of(&point(ContactPointKind::Email, " Ann@EXAMPLE.com ")));
        let phone = |text| key(1).of(&point(ContactPointKind::Phone, text));
        assert_eq!(phone("+49 (0)30 901820"), phone("0049-30-901820"));
    }

    #[test]
    fn another_contact_point_kind_or_key_has_another_digest() {
        let digest = key(1).of(&point(ContactPointKind::Social, "ann"));
        assert_ne!(digest, key(1).of(&point(ContactPointKind::Social, "bob")));
        assert_ne!(digest, key(1).of(&point(ContactPointKind::Postal, "ann")));
        assert_ne!(digest, key(2).of(&point(ContactPointKind::Social, "ann")));
    }

    /// Digests stand in the log for ever: the construction must not change under them.
    #[test]
    fn the_digest_under_a_known_key_is_frozen() {
        let digest = key(1).of(&point(ContactPointKind::Email, "ann@example.com"));
        assert_eq!(digest, "99c9b780feb9dee2077e152138d13063");
    }
}
