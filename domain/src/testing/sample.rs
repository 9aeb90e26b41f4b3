//! Short ways to write values in tests.

use crate::consent::{Jurisdiction, JurisdictionBasis, Region};
use crate::envelope::{Actor, ActorKind};
use crate::id::ContactId;
use crate::personal::{Envelope, Personal};
use crate::value::{Currency, Date, Instant, Key, Label, Money, Reference, Segments};

pub(crate) fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

pub(crate) fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}

pub(crate) fn reference(text: &str) -> Reference {
    Reference::parse(text).unwrap()
}

pub(crate) fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

pub(crate) fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

pub(crate) fn eur(minor_units: i64) -> Money {
    Money { minor_units, currency: Currency::parse("EUR").unwrap() }
}

pub(crate) fn usd(minor_units: i64) -> Money {
    Money { minor_units, currency: Currency::parse("USD").unwrap() }
}

pub(crate) fn segments<const N: usize>(fields: [(&str, &str); N]) -> Segments {
    fields.into_iter().map(|(name, value)| (key(name), label(value))).collect()
}

pub(crate) fn contact_id() -> ContactId {
    ContactId::derived("tests", "ann")
}

pub(crate) fn actor() -> Actor {
    Actor { kind: ActorKind::User, id: reference("user_7"), on_behalf_of: None }
}

/// A second person.
pub(crate) fn other() -> Actor {
    Actor { kind: ActorKind::User, id: reference("user_2"), on_behalf_of: None }
}

/// A sealed value as the vault leaves it; what it holds plays no part.
pub(crate) fn sealed<T>(ciphertext: &str) -> Personal<T> {
    Personal::Sealed(Envelope {
        version: "1".to_owned(),
        alg: "A256GCM-HKDF".to_owned(),
        kid: "k_01arz3ndektsv4rrffq69g5fav".to_owned(),
        salt: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX".to_owned(),
        commitment: "AAECAwQFBgcICQoLDA0ODw".to_owned(),
        ciphertext: ciphertext.to_owned(),
    })
}

/// California, as the subject said.
pub(crate) fn california() -> Option<Jurisdiction> {
    Some(Jurisdiction { code: Region::parse("US-CA").unwrap(), basis: JurisdictionBasis::Declared })
}
