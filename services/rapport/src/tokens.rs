//! Access tokens of an identity provider (RFC 9068): who calls is told by a signature of somebody whom the operator trusts.
//!
//! What is trusted is said by the server and by nothing in the token: the issuer, the audience, the keys and, through the
//! type of each key, the algorithm. Where to look: `key_set` for the keys, `claims` for what a token has to say, `refusal`
//! for why one is not taken.

mod claims;
mod key_set;
mod options;
mod refusal;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Validation, decode, decode_header};
use rapport_authorization::Caller;
use rapport_domain::value::Key as Role;

use crate::error::Failure;
use crate::reread::Reread;
use claims::{Claims, Expected};
use key_set::KeySet;
pub use options::ProviderOptions;
use refusal::{Refusal, Refusals};

/// Longest token, in bytes.
const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// What the header of an access token calls it (RFC 9068 §4); nothing else that the provider signs is one.
const TYPES: [&str; 2] = ["at+jwt", "application/at+jwt"];

/// Tells whose a token is.
pub(crate) struct Tokens {
    keys: Reread<KeySet>,
    expected: Expected,
    /// Seconds since 1970.
    now: fn() -> i64,
    refusals: Refusals,
}

impl Tokens {
    /// Reads the keys.
    ///
    /// # Errors
    /// When there is no file of keys, or none in it that could be used.
    pub(crate) fn open(options: &ProviderOptions, roles: &BTreeSet<Role>) -> Result<Option<Self>, Failure> {
        let Some((expected, jwks)) = options.expected(roles) else { return Ok(None) };
        let (algorithms, file) = (options.algorithms(), jwks.to_path_buf());
        let keys = Reread::open(&[jwks], "the provider's keys", move || KeySet::read(&file, algorithms))?;
        let now = || chrono::Utc::now().timestamp();
        Ok(Some(Self { keys, expected, now, refusals: Refusals::default() }))
    }

    /// Whose a token is. Why one is not taken stands in the log, and is told to nobody.
    pub(crate) fn caller(&self, token: &str) -> Option<Caller> {
        self.checked(token).inspect_err(|refusal| self.refusals.tell(*refusal)).ok()
    }

    fn checked(&self, token: &str) -> Result<Caller, Refusal> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(Refusal::TooLong);
        }
        // What the header points at or carries itself (`jku`, `x5u`, `jwk`, `x5c`) is not looked at.
        let header = decode_header(token).map_err(|_| Refusal::Malformed)?;
        let r#type = header.typ.unwrap_or_default();
        if !TYPES.iter().any(|known| known.eq_ignore_ascii_case(&r#type)) {
            return Err(Refusal::Type);
        }
        let keys = self.keys.current();
        let key = header.kid.as_deref().and_then(|kid| keys.get(kid)).ok_or(Refusal::KeyUnknown)?;
        let claims = decode::<Claims>(token, &key.verifies, &signature_alone(key)).map_err(|error| {
            match error.kind() {
                ErrorKind::InvalidAlgorithm => Refusal::Algorithm,
                ErrorKind::InvalidSignature => Refusal::Signature,
                _ => Refusal::Malformed,
            }
        })?;
        claims.claims.caller(&self.expected, (self.now)())
    }
}

/// The library looks at the signature; what the token says is looked at in one place, `claims`.
fn signature_alone(key: &key_set::Key) -> Validation {
    let mut validation = Validation::new(key.algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}
