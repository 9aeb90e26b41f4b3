//! Which provider is trusted, and for what.

use std::collections::BTreeSet;
use std::path::PathBuf;

use rapport_domain::value::Key as Role;
use reqwest::Url;

use super::claims::Expected;
use super::key_set::Algorithms;

/// Where the keys of the provider come from.
const KEYS: &str = "provider_keys";

/// What a server takes that trusts an identity provider; part of `rapport serve`.
#[derive(Debug, Clone, clap::Args)]
#[command(group(clap::ArgGroup::new(KEYS).args(["jwks", "jwks_url"]).multiple(false)))]
pub struct ProviderOptions {
    /// Identity provider whose access tokens (OpenID Connect, RFC 9068) prove who calls: its name as it stands in `iss`. It
    /// may be there beside --api-keys.
    #[arg(long, value_name = "URL", requires_all = ["oidc_audience", KEYS])]
    pub oidc_issuer: Option<String>,
    /// Name of this service at the provider, as it stands in `aud`.
    #[arg(long, value_name = "NAME", requires = "oidc_issuer")]
    pub oidc_audience: Option<String>,
    /// File of the provider's public keys, a JSON Web Key Set: what its `jwks_uri` answers. Read again whenever it changes.
    #[arg(long, value_name = "FILE", requires = "oidc_issuer")]
    pub jwks: Option<PathBuf>,
    /// Address of the same, `jwks_uri` in what the provider tells of itself; https only. Fetched at the start, every five
    /// minutes, and at once where a token names a key that is not known; those that were fetched last stay meanwhile.
    #[arg(long, value_name = "URL", requires = "oidc_issuer", value_parser = address)]
    pub jwks_url: Option<Url>,
    /// File of the roots that the certificate of that address leads to, PEM; else the roots of the system.
    #[arg(long, value_name = "FILE", requires = "jwks_url")]
    pub jwks_ca_cert: Option<PathBuf>,
    /// Claim that lists the caller's roles.
    #[arg(long, value_name = "CLAIM", default_value = "rapport_roles", requires = "oidc_issuer")]
    pub oidc_roles_claim: String,
    /// Take signatures by RSA (RS256) as well, from providers that have no other; else ES256 and EdDSA alone.
    #[arg(long, requires = "oidc_issuer")]
    pub oidc_rs256: bool,
}

impl Default for ProviderOptions {
    fn default() -> Self {
        Self {
            oidc_issuer: None,
            oidc_audience: None,
            jwks: None,
            jwks_url: None,
            jwks_ca_cert: None,
            oidc_roles_claim: "rapport_roles".to_owned(),
            oidc_rs256: false,
        }
    }
}

impl ProviderOptions {
    /// What a token has to say, where there is a provider.
    pub(super) fn expected(&self, roles: &BTreeSet<Role>) -> Option<Expected> {
        let (issuer, audience) = (self.oidc_issuer.clone()?, self.oidc_audience.clone()?);
        let roles_claim = self.oidc_roles_claim.clone();
        Some(Expected { issuer, audience, roles_claim, roles: roles.clone() })
    }

    pub(super) const fn algorithms(&self) -> Algorithms {
        if self.oidc_rs256 { Algorithms::WithRs256 } else { Algorithms::EllipticCurves }
    }
}

fn address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| url.scheme() == "https" && url.has_host());
    url.ok_or_else(|| {
        "expected https://HOST/PATH: whoever changes the keys on their way is let in".to_owned()
    })
}
