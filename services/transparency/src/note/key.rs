//! Public keys with names: `NAME+HASH+KEY`, where the first byte of the key says what it signs.

use std::fmt;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use rapport_domain::value::hex;

use super::checked_name;
use crate::hash::Hash;
use crate::text::{from_base64, to_base64};

pub(crate) const PUBLIC_KEY_BYTES: usize = 32;
const SIGNATURE_BYTES: usize = 64;
const KEY_ID_BYTES: usize = 4;

/// What tells a key from others, of another name as well.
pub(crate) type KeyId = [u8; KEY_ID_BYTES];

/// What an Ed25519 key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signs {
    /// The text of a note.
    Notes,
    /// That a checkpoint was seen, and when.
    Cosignatures,
}

impl Signs {
    const fn byte(self) -> u8 {
        match self {
            Self::Notes => 1,
            Self::Cosignatures => 4,
        }
    }
}

/// A public key of Ed25519, with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedKey {
    name: String,
    signs: Signs,
    public: [u8; PUBLIC_KEY_BYTES],
}

impl NamedKey {
    pub(crate) const fn new(name: String, signs: Signs, public: [u8; PUBLIC_KEY_BYTES]) -> Self {
        Self { name, signs, public }
    }

    /// Reads `NAME+HASH+KEY`; nothing where it is not a key that signs this.
    pub(crate) fn parse(text: &str, signs: Signs) -> Option<Self> {
        let mut parts = text.splitn(3, '+');
        let (name, id, key) = (parts.next()?, parts.next()?, from_base64(parts.next()?)?);
        let (kind, public) = key.split_first()?;
        let public = public.try_into().ok().filter(|_| *kind == signs.byte())?;
        let key = Self::new(checked_name(name).ok()?.to_owned(), signs, public);
        (id == hex(&key.id())).then_some(key)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) const fn public(&self) -> &[u8; PUBLIC_KEY_BYTES] {
        &self.public
    }

    pub(crate) fn id(&self) -> KeyId {
        let named = [self.name.as_bytes(), b"\n", &[self.signs.byte()], &self.public].concat();
        let [a, b, c, d, ..] = Hash::of(&named).0;
        [a, b, c, d]
    }

    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, &self.public);
        signature.len() == SIGNATURE_BYTES && key.verify(message, signature).is_ok()
    }
}

/// `NAME+HASH+KEY`.
impl fmt::Display for NamedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.signs.byte()], self.public.as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, hex(&self.id()), to_base64(&key))
    }
}
