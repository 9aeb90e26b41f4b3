//! Access tokens of an identity provider (RFC 9068): who calls is told by a signature of somebody whom the operator trusts.
//!
//! What is trusted is said by the server and by nothing in the token: the issuer, the audience, the keys and, through the
//! type of each key, the algorithm. Where to look: `key_set` for the keys, `fetched` for those of an address, `claims` for what
//! a token has to say, `refusal` for why one is not taken.

mod claims;
mod fetched;
mod key_set;
mod options;
mod refusal;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Validation, decode, decode_header};
use rapport_authorization::Caller;
use rapport_domain::value::Key as Role;

use crate::error::Failure;
use crate::reread::Reread;
use claims::{Claims, Expected};
pub(crate) use fetched::FetchedKeys;
use key_set::KeySet;
pub use options::ProviderOptions;
use refusal::{Refusal, Refusals};

/// Longest token, in bytes.
const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// What the header of an access token calls it (RFC 9068 §4); nothing else that the provider signs is one.
const TYPES: [&str; 2] = ["at+jwt", "application/at+jwt"];

/// Tells whose a token is.
pub(crate) struct Tokens {
    keys: Keys,
    expected: Expected,
    /// Seconds since 1970.
    now: fn() -> i64,
    refusals: Refusals,
}

/// Where the provider's keys are from.
enum Keys {
    OfFile(Reread<KeySet>),
    Fetched(Arc<FetchedKeys>),
}

impl Keys {
    fn current(&self) -> Arc<KeySet> {
        match self {
            Self::OfFile(file) => file.current(),
            Self::Fetched(keys) => keys.current(),
        }
    }

    /// A token names a key that is none of them.
    fn missed(&self) {
        match self {
            // It is looked at for each token.
            Self::OfFile(_) => {}
            Self::Fetched(keys) => keys.missed(),
        }
    }
}

impl Tokens {
    /// Trusts the keys that were fetched, or reads their file.
    ///
    /// # Errors
    /// When there is no file of keys, or none in it that could be used.
    pub(crate) fn open(
        options: &ProviderOptions,
        fetched: Option<&Arc<FetchedKeys>>,
        roles: &BTreeSet<Role>,
    ) -> Result<Option<Self>, Failure> {
        let Some(expected) = options.expected(roles) else { return Ok(None) };
        let keys = match (fetched, options.jwks.clone()) {
            (Some(keys), _) => Keys::Fetched(Arc::clone(keys)),
            (None, None) => return Ok(None),
            (None, Some(file)) => {
                let (algorithms, read) = (options.algorithms(), file.clone());
                let read = move || KeySet::read(&read, algorithms);
                Keys::OfFile(Reread::open(&[&file], "the provider's keys", read)?)
            }
        };
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
        let key = header.kid.as_deref().and_then(|kid| keys.get(kid)).ok_or_else(|| {
            self.keys.missed();
            Refusal::KeyUnknown
        })?;
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
