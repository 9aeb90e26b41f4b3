//! Why a token is not taken: for the log, never for the caller.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Shortest time between two lines of the log about the same fault: whoever is refused may try as often as they like.
const REFUSAL_LOG_INTERVAL: Duration = Duration::from_secs(1);

/// A fault of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub(super) enum Refusal {
    #[error("it is longer than a token may be")]
    TooLong,
    #[error("it is no signed token, or a claim is missing or has another form")]
    Malformed,
    #[error("its `typ` is not at+jwt: it is another kind of token, an ID token perhaps")]
    Type,
    #[error("its `kid` is missing, or none of the keys that are trusted")]
    KeyUnknown,
    #[error("its `alg` is not the one of its key")]
    Algorithm,
    #[error("its signature is not by the key that it names")]
    Signature,
    #[error("its `iss` is another one than --oidc-issuer")]
    Issuer,
    #[error("its `aud` does not name --oidc-audience")]
    Audience,
    #[error("it has expired")]
    Expired,
    #[error("it is not valid yet, or was issued in the future: compare the clocks")]
    NotYet,
    #[error("it is valid for longer than a token may be: have the provider issue shorter ones")]
    TooLongLived,
    #[error("its `sub` is not an opaque id: letters, digits and _.:/- alone")]
    Subject,
    #[error("its claim of roles is no list of names, or too long")]
    RolesMalformed,
    #[error("its claim of roles names a role that no policy knows")]
    RoleUnknown,
}

/// Tells of refusals in the log, now and then.
#[derive(Default)]
pub(super) struct Refusals {
    told: Mutex<BTreeMap<Refusal, Told>>,
}

#[derive(Default)]
struct Told {
    at: Option<Instant>,
    since: u64,
}

impl Refusals {
    pub(super) fn tell(&self, refusal: Refusal) {
        let now = Instant::now();
        let mut all = self.told.lock();
        let told = all.entry(refusal).or_default();
        told.since += 1;
        if told.at.is_some_and(|at| now.duration_since(at) < REFUSAL_LOG_INTERVAL) {
            return;
        }
        told.at = Some(now);
        let tokens = std::mem::take(&mut told.since);
        tracing::warn!(tokens, "an access token was refused: {refusal}");
    }
}
