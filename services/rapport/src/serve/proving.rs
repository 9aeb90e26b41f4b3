//! By what callers prove who they are, and what policies permit them: read at the start, and again when an operator says so.
//!
//! Policies are several files that have to fit each other, so nobody but the operator knows when a change of them is whole.

use std::sync::Arc;

use rapport_gateway::{Access, Pace, Proof};
use tokio::sync::watch;

use super::Options;
use crate::credentials::Credentials;
use crate::error::Failure;
use crate::policy;
use crate::tokens::FetchedKeys;

/// What calls are let in by, where callers have to prove who they are.
pub(super) struct Proving {
    options: Options,
    /// Of the identity provider, where they come from an address.
    keys: Option<Arc<FetchedKeys>>,
    proof: Option<watch::Sender<Proof>>,
}

impl Proving {
    /// Reads it, and fetches what is not in files.
    ///
    /// # Errors
    /// When a file cannot be read, or makes no sense, or keys cannot be fetched.
    pub(super) async fn open(options: &Options) -> Result<Self, Failure> {
        let keys = FetchedKeys::open(&options.tokens).await?;
        let proof = options.asks_for_proof().then(|| read(options, keys.as_ref())).transpose()?;
        Ok(Self { options: options.clone(), keys, proof: proof.map(watch::Sender::new) })
    }

    /// The keys that are fetched.
    pub(super) fn keys(&self) -> Option<Arc<FetchedKeys>> {
        self.keys.clone()
    }

    /// As the gateway asks for it.
    pub(super) fn access(&self) -> Access {
        let pace = self.options.calls_per_second.map(Pace::per_second);
        match &self.proof {
            Some(proof) => Access::Proved { proof: proof.subscribe(), pace },
            None => Access::Declared,
        }
    }

    /// Reads it again. Calls that come in from then on are decided by what it says now.
    ///
    /// # Errors
    /// When a file cannot be read, or makes no sense; then all stays as it was.
    pub(super) fn reload(&self) -> Result<(), Failure> {
        let Some(proof) = &self.proof else { return Ok(()) };
        proof.send_replace(read(&self.options, self.keys.as_ref())?);
        Ok(())
    }
}

fn read(options: &Options, keys: Option<&Arc<FetchedKeys>>) -> Result<Proof, Failure> {
    let policies = policy::load(options.policies.as_deref())?;
    let authenticator = Arc::new(Credentials::open(options, keys, policies.roles())?);
    tracing::info!(policies_sha256 = policies.sha256(), "policies are in force");
    Ok(Proof { authenticator, policies: Arc::new(policies) })
}
