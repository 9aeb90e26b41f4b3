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

/// What calls are let in by, where callers have to prove who they are.
pub(super) struct Proving {
    options: Options,
    proof: Option<watch::Sender<Proof>>,
}

impl Proving {
    /// Reads it.
    ///
    /// # Errors
    /// When a file cannot be read, or makes no sense.
    pub(super) fn open(options: &Options) -> Result<Self, Failure> {
        let proof = options.asks_for_proof().then(|| read(options)).transpose()?;
        Ok(Self { options: options.clone(), proof: proof.map(watch::Sender::new) })
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
        proof.send_replace(read(&self.options)?);
        Ok(())
    }
}

fn read(options: &Options) -> Result<Proof, Failure> {
    let policies = policy::load(options.policies.as_deref())?;
    let authenticator = Arc::new(Credentials::open(options, policies.roles())?);
    tracing::info!(policies_sha256 = policies.sha256(), "policies are in force");
    Ok(Proof { authenticator, policies: Arc::new(policies) })
}
