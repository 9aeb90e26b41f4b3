//! What a caller can prove itself with: an API key, or an access token.

use std::collections::BTreeSet;
use std::sync::Arc;

use rapport_authorization::Caller;
use rapport_domain::value::Key as Role;
use rapport_gateway::Authenticator;

use crate::api_keys::{self, ApiKeys};
use crate::error::Failure;
use crate::serve::Options;
use crate::tokens::{FetchedKeys, Tokens};

/// Those that a server takes.
pub(crate) struct Credentials {
    api_keys: Option<ApiKeys>,
    tokens: Option<Tokens>,
}

impl Credentials {
    /// Reads the files of the keys; those of a provider may have been fetched.
    ///
    /// # Errors
    /// When one cannot be read, or makes no sense.
    pub(crate) fn open(
        options: &Options,
        fetched: Option<&Arc<FetchedKeys>>,
        roles: &BTreeSet<Role>,
    ) -> Result<Self, Failure> {
        let api_keys = options.api_keys.as_deref().map(|file| ApiKeys::open(file, roles)).transpose()?;
        Ok(Self { api_keys, tokens: Tokens::open(&options.tokens, fetched, roles)? })
    }
}

impl Authenticator for Credentials {
    fn caller(&self, credential: &str) -> Option<Caller> {
        // No token begins like an API key: the first character of a JWS is that of `{"` in base64url.
        if credential.starts_with(api_keys::PREFIX) {
            self.api_keys.as_ref()?.caller(credential)
        } else {
            self.tokens.as_ref()?.caller(credential)
        }
    }
}
