//! Short ways to write values in tests.

use std::path::Path;
use std::sync::Arc;

use rapport_domain::Personal;
use rapport_domain::envelope::{Actor, ActorKind};
use rapport_domain::id::ContactId;
use rapport_domain::personal::Envelope;
use rapport_domain::value::{Currency, Date, Instant, Key, Label, Money, Reference, Segments};
use rapport_vault::{RootKey, Vault};

use crate::month::Month;

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

pub(crate) fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

pub(crate) fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

pub(crate) fn eur(minor_units: i64) -> Money {
    Money { minor_units, currency: currency("EUR") }
}

pub(crate) fn usd(minor_units: i64) -> Money {
    Money { minor_units, currency: currency("USD") }
}

pub(crate) fn segments<const N: usize>(fields: [(&str, &str); N]) -> Segments {
    fields.into_iter().map(|(name, value)| (key(name), label(value))).collect()
}

pub(crate) fn contact(name: &str) -> ContactId {
    ContactId::derived("tests", name)
}

pub(crate) fn actor() -> Actor {
    Actor { kind: ActorKind::User, id: reference("user_7"), on_behalf_of: None }
}

/// A sealed value; what it holds plays no part.
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

/// A vault with a root key of its own.
pub(crate) fn open_vault(directory: &Path) -> Arc<Vault> {
    let root = RootKey::create(&directory.join("root.key")).unwrap();
    Arc::new(Vault::open(&directory.join("vault.db"), &root).unwrap())
}
