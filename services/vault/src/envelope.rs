//! One value sealed: AES-256-GCM under a key that is derived for this value alone.
//!
//! HKDF-SHA256 of the data key and a random salt gives the message key and a commitment to it. The nonce is
//! zero, because no message key is used twice. The commitment is there because AES-GCM alone lets one
//! ciphertext open under two keys. The associated data names the subject, the class, the field and the key:
//! an envelope opens where it was sealed and nowhere else.

mod padding;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{constant_time, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use rapport_domain::id::ContactId;
use rapport_domain::personal::{DataClass, Envelope};
use zeroize::Zeroizing;

use crate::error::VaultError;
use crate::secret::{SALT_BYTES, SECRET_BYTES, Secret, framed};

/// Longest value that is sealed, as JSON, in bytes: twice the longest free text, because JSON escapes, and
/// twice that again.
pub const VALUE_BYTES_MAX: usize = 64 * 1024;

const VERSION: &str = "1";
const ALGORITHM: &str = "A256GCM-HKDF";
const DOMAIN: &str = "rapport/pii/v1";
const KEY_INFO: &[u8] = b"rapport/pii/v1/key";
const COMMITMENT_INFO: &[u8] = b"rapport/pii/v1/commit";
const COMMITMENT_BYTES: usize = 16;
/// Longest `ct`, in characters: the padded value and the tag in base64, with room to spare.
const CIPHERTEXT_CHARS_MAX: usize = 2 * VALUE_BYTES_MAX;

/// Where a value stands.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) subject: &'a ContactId,
    pub(crate) class: DataClass,
    pub(crate) field: &'static str,
}

impl Place<'_> {
    fn associated_data(&self, kid: &str) -> Aad<Vec<u8>> {
        let subject = self.subject.to_string();
        Aad::from(framed(&[DOMAIN, &subject, self.class.as_str(), self.field, kid, ALGORITHM]))
    }
}

/// Seals a value under the data key `kid`.
pub(crate) fn seal(
    data_key: &Secret,
    kid: &str,
    place: Place<'_>,
    value: &Zeroizing<Vec<u8>>,
) -> Result<Envelope, VaultError> {
    if value.len() > VALUE_BYTES_MAX {
        return Err(VaultError::TooLarge { field: place.field, limit: VALUE_BYTES_MAX });
    }
    let mut salt = [0_u8; SALT_BYTES];
    rand::fill(&mut salt)?;
    let message = MessageKey::derive(data_key, &salt)?;
    let mut buffer = padding::pad(value);
    message.key.seal_in_place_append_tag(zero_nonce(), place.associated_data(kid), &mut *buffer)?;
    Ok(Envelope {
        version: VERSION.to_owned(),
        alg: ALGORITHM.to_owned(),
        kid: kid.to_owned(),
        salt: BASE64.encode(salt),
        commitment: BASE64.encode(message.commitment.as_slice()),
        ciphertext: BASE64.encode(buffer.as_slice()),
    })
}

/// Whether the version and the algorithm are those that this build seals with.
pub(crate) fn is_known_form(envelope: &Envelope) -> bool {
    envelope.version == VERSION && envelope.alg == ALGORITHM
}

/// Opens what was sealed in this place under this data key.
pub(crate) fn open(
    data_key: &Secret,
    place: Place<'_>,
    envelope: &Envelope,
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let tampered = || VaultError::Tampered { field: place.field };
    if envelope.ciphertext.len() > CIPHERTEXT_CHARS_MAX {
        return Err(tampered());
    }
    let salt = decoded(&envelope.salt).filter(|salt| salt.len() == SALT_BYTES).ok_or_else(tampered)?;
    let commitment = decoded(&envelope.commitment).ok_or_else(tampered)?;
    let message = MessageKey::derive(data_key, &salt)?;
    constant_time::verify_slices_are_equal(message.commitment.as_slice(), &commitment)
        .map_err(|_| tampered())?;
    let mut buffer = Zeroizing::new(decoded(&envelope.ciphertext).ok_or_else(tampered)?);
    let length = message
        .key
        .open_in_place(zero_nonce(), place.associated_data(&envelope.kid), &mut buffer)
        .map_err(|_| tampered())?
        .len();
    buffer.truncate(length);
    padding::unpad(&mut buffer).ok_or_else(tampered)?;
    Ok(buffer)
}

/// What one salt makes of a data key.
struct MessageKey {
    key: LessSafeKey,
    commitment: Zeroizing<[u8; COMMITMENT_BYTES]>,
}

impl MessageKey {
    fn derive(data_key: &Secret, salt: &[u8]) -> Result<Self, VaultError> {
        let key = data_key.derive::<SECRET_BYTES>(salt, KEY_INFO)?;
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_slice())?);
        Ok(Self { key, commitment: data_key.derive(salt, COMMITMENT_INFO)? })
    }
}

fn zero_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok()
}

#[cfg(test)]
mod tests;
