//! That a consent is invalid, as arguments: proposed by one and approved by another, or found by one alone.

use rapport_domain::value::Instant;
use rapport_proto::v1::{
    ApproveInvalidationRequest, InvalidateConsentRequest, ProposeInvalidationRequest, Receipt,
};

use super::said::When;
use crate::client::Client;
use crate::error::Failure;
use crate::wire::{parse_moment, timestamp};

/// Which consent is invalid, and since when.
#[derive(Debug, clap::Args)]
pub struct Invalid {
    /// Whose.
    contact_id: String,
    /// Which, as the trail names it.
    #[arg(long)]
    consent_id: String,
    /// Since when it does not count. An approval that names another time than the proposal is refused.
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    since: Instant,
    /// When.
    #[command(flatten)]
    when: When,
}

/// That one is, by whom and why.
#[derive(Debug, clap::Args)]
pub struct Finding {
    /// Which.
    #[command(flatten)]
    invalid: Invalid,
    /// Who found it: an authority, a court, an audit. Nothing personal.
    #[arg(long, value_name = "TEXT")]
    authority: String,
    /// Why. Nothing personal.
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Whose it was, and what came of it.
type Done = (String, Option<Receipt>);

/// A request about a consent that is invalid.
macro_rules! about {
    ($request:ident of $invalid:expr; $($field:ident: $value:expr),*) => {
        $request {
            header: $invalid.when.header(),
            contact_id: $invalid.contact_id.clone(),
            consent_id: $invalid.consent_id.clone(),
            since: Some(timestamp($invalid.since)),
            $($field: $value,)*
        }
    };
}

impl Finding {
    /// Proposes it.
    ///
    /// # Errors
    /// When the gateway refuses.
    pub(super) async fn propose(self, client: &Client) -> Result<Done, Failure> {
        let request = about!(ProposeInvalidationRequest of self.invalid;
            authority: self.authority, reason: self.reason);
        let answer = client.consents().propose_invalidation(request).await?.into_inner();
        Ok((self.invalid.contact_id, answer.receipt))
    }

    /// Records it.
    ///
    /// # Errors
    /// When the gateway refuses.
    pub(super) async fn record(self, client: &Client) -> Result<Done, Failure> {
        let request = about!(InvalidateConsentRequest of self.invalid;
            authority: self.authority, reason: self.reason);
        let answer = client.consents().invalidate_consent(request).await?.into_inner();
        Ok((self.invalid.contact_id, answer.receipt))
    }
}

impl Invalid {
    /// Approves that it is.
    ///
    /// # Errors
    /// When the gateway refuses.
    pub(super) async fn approve(self, client: &Client) -> Result<Done, Failure> {
        let request = about!(ApproveInvalidationRequest of self;);
        let answer = client.consents().approve_invalidation(request).await?.into_inner();
        Ok((self.contact_id, answer.receipt))
    }
}
