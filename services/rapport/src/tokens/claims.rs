//! What a token says (RFC 7519, RFC 9068), and whom that makes of the caller.

use std::collections::BTreeSet;
use std::time::Duration;

use rapport_authorization::Caller;
use rapport_domain::envelope::{Actor, ActorKind};
use rapport_domain::value::{Key as Role, Reference};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::refusal::Refusal;

/// Longest time from when a token was issued until it expires. It cannot be taken back before.
const TOKEN_LIFETIME_MAX: Duration = Duration::from_secs(15 * 60);
/// Most that the provider's clock and ours may differ.
const CLOCK_SKEW_MAX: Duration = Duration::from_secs(30);
/// Most roles of a token.
const TOKEN_ROLES_MAX: usize = 100;

/// What is expected of tokens.
pub(super) struct Expected {
    pub(super) issuer: String,
    pub(super) audience: String,
    pub(super) roles_claim: String,
    /// The roles that policies speak of.
    pub(super) roles: BTreeSet<Role>,
}

/// The claims that are looked at. Times are seconds since 1970.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Claims {
    iss: String,
    aud: Audience,
    sub: String,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    /// The application that the token was given to.
    client_id: Option<String>,
    /// Everything else, the roles among it.
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// One audience, or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Claims {
    /// Who calls.
    ///
    /// # Errors
    /// The first fault, in the order in which somebody would look for it.
    pub(super) fn caller(&self, expected: &Expected, now: i64) -> Result<Caller, Refusal> {
        if self.iss != expected.issuer {
            return Err(Refusal::Issuer);
        }
        if !self.is_for(&expected.audience) {
            return Err(Refusal::Audience);
        }
        self.assert_valid_at(now)?;
        let roles = self.roles(expected)?;
        Ok(Caller { actor: self.actor()?, roles })
    }

    fn is_for(&self, audience: &str) -> bool {
        match &self.aud {
            Audience::One(one) => one == audience,
            Audience::Several(several) => several.iter().any(|one| one == audience),
        }
    }

    fn assert_valid_at(&self, now: i64) -> Result<(), Refusal> {
        let seconds = |span: Duration| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
        let skew = seconds(CLOCK_SKEW_MAX);
        if self.exp.saturating_add(skew) <= now {
            return Err(Refusal::Expired);
        }
        let begins = self.nbf.unwrap_or(self.iat).max(self.iat);
        if begins.saturating_sub(skew) > now {
            return Err(Refusal::NotYet);
        }
        if self.exp.saturating_sub(self.iat) > seconds(TOKEN_LIFETIME_MAX) {
            return Err(Refusal::TooLongLived);
        }
        Ok(())
    }

    /// An application that calls for itself is the subject of its token (RFC 9068 §2.2); all others are people.
    fn actor(&self) -> Result<Actor, Refusal> {
        let is_application = self.client_id.as_ref() == Some(&self.sub);
        let kind = if is_application { ActorKind::Service } else { ActorKind::User };
        // Nothing is trimmed: two subjects are never one.
        let id = Reference::parse(&self.sub).ok().filter(|id| id.as_str() == self.sub);
        Ok(Actor { kind, id: id.ok_or(Refusal::Subject)?, on_behalf_of: None })
    }

    fn roles(&self, expected: &Expected) -> Result<BTreeSet<Role>, Refusal> {
        let Some(claim) = self.others.get(&expected.roles_claim) else { return Ok(BTreeSet::new()) };
        let named = claim.as_array().filter(|named| named.len() <= TOKEN_ROLES_MAX);
        let mut roles = BTreeSet::new();
        for name in named.ok_or(Refusal::RolesMalformed)? {
            let name = name.as_str().ok_or(Refusal::RolesMalformed)?;
            let known = expected.roles.iter().find(|role| role.as_str() == name);
            roles.insert(known.ok_or(Refusal::RoleUnknown)?.clone());
        }
        Ok(roles)
    }
}
