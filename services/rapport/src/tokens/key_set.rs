//! The provider's public keys: a JSON Web Key Set (RFC 7517).

use std::collections::BTreeMap;
use std::path::Path;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};

use crate::error::Failure;
use crate::secret_file::read;

/// Most keys of a set.
const JWKS_KEYS_MAX: usize = 100;

/// Which algorithms are trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithms {
    /// ES256 and EdDSA over Ed25519.
    EllipticCurves,
    /// RS256 as well.
    WithRs256,
}

/// A key, and the one algorithm that it is for: what a token says does not choose it.
pub(super) struct Key {
    pub(super) algorithm: Algorithm,
    pub(super) verifies: DecodingKey,
}

/// The keys that can be used, by their ids.
pub(super) struct KeySet(BTreeMap<String, Key>);

impl KeySet {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, and as [`KeySet::parse`].
    pub(super) fn read(path: &Path, algorithms: Algorithms) -> Result<Self, Failure> {
        Self::parse(&format!("--jwks {}", path.display()), &read("--jwks", path)?, algorithms)
    }

    /// Reads what is from `origin`. Keys for other purposes and of other types are passed over, as providers list all that
    /// they have.
    ///
    /// # Errors
    /// When it is no set of keys, or has none that could be used.
    pub(super) fn parse(origin: &str, json: &[u8], algorithms: Algorithms) -> Result<Self, Failure> {
        let wrong = |what: &str| Failure::Usage(format!("{origin}: {what}"));
        let set: JwkSet = serde_json::from_slice(json)
            .map_err(|_| wrong("expected a JSON Web Key Set, {\"keys\": [...]}"))?;
        if set.keys.len() > JWKS_KEYS_MAX {
            return Err(wrong(&format!("more than {JWKS_KEYS_MAX} keys")));
        }
        let mut keys = BTreeMap::new();
        for jwk in &set.keys {
            let (Some(kid), Some(algorithm)) = (&jwk.common.key_id, algorithm(jwk, algorithms)) else {
                continue;
            };
            let verifies =
                DecodingKey::from_jwk(jwk).map_err(|_| wrong(&format!("the key {kid:?} is no key")))?;
            if keys.insert(kid.clone(), Key { algorithm, verifies }).is_some() {
                return Err(wrong(&format!("there are two keys {kid:?}")));
            }
        }
        if keys.is_empty() {
            return Err(wrong("there is no key with a `kid` for ES256 or EdDSA; for RS256 say --oidc-rs256"));
        }
        Ok(Self(keys))
    }

    /// The key of an id.
    pub(super) fn get(&self, kid: &str) -> Option<&Key> {
        self.0.get(kid)
    }
}

/// What a key is for by its type, if that is trusted and the key says nothing else of itself.
fn algorithm(jwk: &Jwk, algorithms: Algorithms) -> Option<Algorithm> {
    if jwk.common.public_key_use.as_ref().is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
        return None;
    }
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        AlgorithmParameters::RSA(_) if algorithms == Algorithms::WithRs256 => Algorithm::RS256,
        // Other types, and those that the library may learn of: a secret one would let its reader sign.
        _ => return None,
    };
    let says_so = |named| named == algorithm.into();
    jwk.common.key_algorithm.is_none_or(says_so).then_some(algorithm)
}
