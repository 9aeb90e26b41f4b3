//! That a consent is invalid, as arguments: proposed by one and approved by another, or found by one alone.

use rapport_domain::value::Instant;
use rapport_proto::v1::{
    ApproveInvalidationRequest, InvalidateConsentRequest, ProposeInvalidationRequest, Receipt,
};

use super::said::When;
use crate::client::Client;
use crate::error::Failure;
use crate::wire::{parse_moment, timestamp};

/// Which consent, since when, by whom and why.
#[derive(Debug, clap::Args)]
pub struct Finding {
    /// Whose.
    contact_id: String,
    /// Which, as the trail names it.
    #[arg(long)]
    consent_id: String,
    /// Since when it does not count.
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    since: Instant,
    /// Who found it: an authority, a court, an audit. Nothing personal.
    #[arg(long, value_name = "TEXT")]
    authority: String,
    /// Why. Nothing personal.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// When.
    #[command(flatten)]
    when: When,
}

/// Which proposal.
#[derive(Debug, clap::Args)]
pub struct Approval {
    /// Whose.
    contact_id: String,
    /// Which consent, as the trail names it.
    #[arg(long)]
    consent_id: String,
    /// Since when it does not count, as it was proposed; refused where it is proposed otherwise.
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    since: Instant,
    /// When.
    #[command(flatten)]
    when: When,
}

/// Whose it was, and what came of it.
type Done = (String, Option<Receipt>);

impl Finding {
    /// Proposes it.
    ///
    /// # Errors
    /// When the gateway refuses.
    pub(super) async fn propose(self, client: &Client) -> Result<Done, Failure> {
        let contact_id = self.contact_id.clone();
        let request = ProposeInvalidationRequest {
            header: self.when.header(),
            contact_id: self.contact_id,
            consent_id: self.consent_id,
            since: Some(timestamp(self.since)),
            authority: self.authority,
            reason: self.reason,
        };
        Ok((contact_id, client.consents().propose_invalidation(request).await?.into_inner().receipt))
    }

    /// Records it.
    ///
    /// # Errors
    /// When the gateway refuses.
    pub(super) async fn record(self, client: &Client) -> Result<Done, Failure> {
        let contact_id = self.contact_id.clone();
        let request = InvalidateConsentRequest {
            header: self.when.header(),
            contact_id: self.contact_id,
            consent_id: self.consent_id,
            since: Some(timestamp(self.since)),
            authority: self.authority,
            reason: self.reason,
        };
        Ok((contact_id, client.consents().invalidate_consent(request).await?.into_inner().receipt))
    }
}

impl Approval {
    /// Approves it.
    ///
    /// # Errors
    /// When the gateway refuses.
    pub(super) async fn record(self, client: &Client) -> Result<Done, Failure> {
        let contact_id = self.contact_id.clone();
        let request = ApproveInvalidationRequest {
            header: self.when.header(),
            contact_id: self.contact_id,
            consent_id: self.consent_id,
            since: Some(timestamp(self.since)),
        };
        Ok((contact_id, client.consents().approve_invalidation(request).await?.into_inner().receipt))
    }
}
