//! An identity provider: it signs tokens by the letter of RFC 7515, with no library for tokens.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{KeyPair, PKCS_ED25519, SigningKey as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub(super) const ISSUER: &str = "https://id.example.com";
pub(super) const AUDIENCE: &str = "rapport";

/// What is wrong with a token, the token, and what the log says about it.
pub(super) type Wrong = (&'static str, String, &'static str);

pub(super) struct Provider {
    kid: String,
    key: KeyPair,
}

fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Provider {
    pub(super) fn new(kid: &str) -> Self {
        Self { kid: kid.to_owned(), key: KeyPair::generate_for(&PKCS_ED25519).unwrap() }
    }

    /// Its public key, where the server looks for it.
    pub(super) fn publish(&self, folder: &Path) {
        fs::write(folder.join("jwks.json"), self.keys()).unwrap();
    }

    /// Its public key, as a set of keys.
    pub(super) fn keys(&self) -> String {
        let x = base64url(self.key.public_key_raw());
        let key =
            json!({ "kty": "OKP", "crv": "Ed25519", "kid": self.kid, "use": "sig", "alg": "EdDSA", "x": x });
        json!({ "keys": [key] }).to_string()
    }

    /// A right token, with other claims in it.
    pub(super) fn issue(&self, claims: Value) -> String {
        self.signed(json!({}), claims)
    }

    /// A token that is right but for what is said; what is null is left out.
    fn signed(&self, header: Value, claims: Value) -> String {
        let input = self.input(header, claims);
        let signature = self.key.sign(input.as_bytes()).unwrap();
        format!("{input}.{}", base64url(signature))
    }

    /// What is signed of it.
    fn input(&self, header: Value, claims: Value) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let right = json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": self.kid });
        let mine = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": "u-17", "client_id": "desk", "jti": "t-1",
            "iat": now, "nbf": now, "exp": now + 600, "rapport_roles": ["admin"],
        });
        format!("{}.{}", base64url(with(right, header)), base64url(with(mine, claims)))
    }

    /// One of each kind that there is.
    pub(super) fn wrong_tokens(&self) -> Vec<Wrong> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let claims = |what, claims, said| (what, self.issue(claims), said);
        let header = |what, header, said| (what, self.signed(header, json!({})), said);
        let mut wrong = vec![
            claims("expired", json!({ "iat": now - 700, "nbf": null, "exp": now - 100 }), "it has expired"),
            claims(
                "of another issuer",
                json!({ "iss": "https://id.example.org" }),
                "another one than --oidc-issuer",
            ),
            claims("for another audience", json!({ "aud": ["shop"] }), "does not name --oidc-audience"),
            claims("for no audience", json!({ "aud": null }), "a claim is missing"),
            claims("that never expires", json!({ "exp": null }), "a claim is missing"),
            claims("not valid yet", json!({ "nbf": now + 300 }), "it is not valid yet"),
            claims("of the future", json!({ "iat": now + 300, "exp": now + 600 }), "issued in the future"),
            claims(
                "too long-lived",
                json!({ "exp": now + 3_600 }),
                "longer than a token may be: have the provider",
            ),
            claims("of an address", json!({ "sub": "ann@example.com" }), "its `sub` is not an opaque id"),
            claims("of an unknown role", json!({ "rapport_roles": ["root"] }), "a role that no policy knows"),
            claims("of roles that are no list", json!({ "rapport_roles": "admin" }), "is no list of names"),
            claims("too long", json!({ "note": "x".repeat(8 * 1024) }), "longer than a token may be\""),
            header("an ID token", json!({ "typ": "JWT" }), "it is another kind of token"),
            header("without a type", json!({ "typ": null }), "it is another kind of token"),
            header("of an unknown key", json!({ "kid": "key-9" }), "none of the keys that are trusted"),
            header("of no key", json!({ "kid": null }), "its `kid` is missing"),
            header("of another algorithm", json!({ "alg": "ES256" }), "its `alg` is not the one of its key"),
            header(
                "with what has to be understood",
                json!({ "crit": ["new"], "new": 1 }),
                "it is no signed token",
            ),
        ];
        wrong.extend(self.forged());
        wrong
    }

    /// Those whose signature is not this provider's.
    fn forged(&self) -> Vec<Wrong> {
        let right = self.issue(json!({}));
        let (input, signature) = right.rsplit_once('.').unwrap();
        let stranger = Self::new(&self.kid);
        // Its own key in the header, as one that is to be trusted.
        let x = base64url(stranger.key.public_key_raw());
        let jwk =
            json!({ "jwk": { "kty": "OKP", "crv": "Ed25519", "x": x }, "jku": "https://evil.example.com" });
        let promoted = self.input(json!({}), json!({ "sub": "u-1" }));
        let unsigned = self.input(json!({ "alg": "none" }), json!({}));
        let confused = self.input(json!({ "alg": "HS256" }), json!({}));
        let public = self.key.public_key_raw();
        let mac = base64url(hmac_sha256(public, confused.as_bytes()));
        vec![
            ("tampered", format!("{promoted}.{signature}"), "its signature is not by the key"),
            ("without its signature", format!("{input}."), "its signature is not by the key"),
            ("of a stranger's key", stranger.issue(json!({})), "its signature is not by the key"),
            ("of a key that it brings", stranger.signed(jwk, json!({})), "its signature is not by the key"),
            ("of no algorithm", format!("{unsigned}."), "it is no signed token"),
            (
                "signed with the public key",
                format!("{confused}.{mac}"),
                "its `alg` is not the one of its key",
            ),
            ("no token at all", "a.b.c".to_owned(), "it is no signed token"),
            ("of two parts", input.to_owned(), "it is no signed token"),
        ]
    }
}

fn with(mut right: Value, other: Value) -> String {
    for (name, value) in other.as_object().unwrap() {
        right[name] = value.clone();
    }
    right.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    right.to_string()
}

/// RFC 2104, for a key that is shorter than a block.
fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    let padded = |pad: u8| {
        let mut block = [pad; 64];
        block.iter_mut().zip(key).for_each(|(block, key)| *block ^= key);
        block
    };
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().to_vec()
}
