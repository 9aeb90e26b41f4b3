//! `rapport record-consent`: what somebody was asked, agreed to and took back, written down.

mod finding;
mod said;

use rapport_domain::value::Instant;
use rapport_proto::v1::{
    ConfirmConsentRequest, ExpireConsentRequest, GetConsentsRequest, GiveConsentRequest, QueryHeader,
    Receipt, RefuseConsentRequest, RenewConsentRequest, RequestConfirmationRequest, RequestConsentRequest,
    RevokeConsentRequest, WithdrawConsentRequest,
};
use serde_json::{Value, json};

use self::finding::{Finding, Invalid};
pub use self::said::Law;
use self::said::{Agreed, Means, Proof, Topic, When, Words};
use crate::client::{Client, Standing};
use crate::error::Failure;
use crate::output::{self, Format};
use crate::query::consent::{consent, consent_table, standing_of};
use crate::wire::{parse_moment, timestamp};

/// What `rapport record-consent` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// They are asked.
    Request(Request),
    /// They agree.
    Give(Agreed),
    /// They agree in a first act (double opt-in): answers with the token to send them, once.
    RequestConfirmation {
        /// What they agreed to.
        #[command(flatten)]
        agreed: Agreed,
        /// Until when they can confirm it, 7 days at most. Left out: so long.
        #[arg(long, value_name = "TIME", value_parser = parse_moment)]
        confirm_by: Option<Instant>,
    },
    /// They confirm it, by the token that they were sent.
    Confirm {
        /// Who.
        contact_id: String,
        /// The token.
        #[arg(long)]
        token: String,
        /// What proves it.
        #[command(flatten)]
        proof: Proof,
        /// When.
        #[command(flatten)]
        when: When,
    },
    /// They say no.
    Refuse(Said),
    /// They take it back. Always accepted.
    Withdraw(Said),
    /// They agree anew, to the same words, while a consent is in force. Needs --evidence.
    Renew {
        /// What they said.
        #[command(flatten)]
        said: Said,
        /// Until when it holds. Left out: until it is withdrawn.
        #[arg(long, value_name = "TIME", value_parser = parse_moment)]
        valid_until: Option<Instant>,
    },
    /// Its time has run out, which need not be written down: it is over anyway.
    Expire {
        /// About what.
        #[command(flatten)]
        topic: Topic,
        /// When.
        #[command(flatten)]
        when: When,
    },
    /// The company ends it.
    Revoke {
        /// About what.
        #[command(flatten)]
        topic: Topic,
        /// Why. Nothing personal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// When.
        #[command(flatten)]
        when: When,
    },
    /// Proposes to find one invalid; somebody else has to approve that, and it counts until then.
    ProposeInvalidation(Finding),
    /// Approves that, as somebody else than who proposed it.
    ApproveInvalidation(Invalid),
    /// It was found to be invalid, by one person's word: where policies permit that.
    Invalidate(Finding),
}

/// A question.
#[derive(Debug, clap::Args)]
pub struct Request {
    #[command(flatten)]
    topic: Topic,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    law: Law,
    #[command(flatten)]
    when: When,
}

/// What they said about a topic.
#[derive(Debug, clap::Args)]
pub struct Said {
    #[command(flatten)]
    topic: Topic,
    #[command(flatten)]
    means: Means,
    #[command(flatten)]
    proof: Proof,
    #[command(flatten)]
    law: Law,
    #[command(flatten)]
    when: When,
}

/// What came of it.
#[derive(Default)]
struct Done {
    contact_id: String,
    consent_id: String,
    token: String,
    receipt: Option<Receipt>,
}

/// A request about a topic.
macro_rules! about {
    ($request:ident of $topic:expr, $when:expr; $($field:ident: $value:expr),* $(,)?) => {
        $request {
            header: $when.header(),
            contact_id: $topic.contact_id.clone(),
            purpose: $topic.purpose.clone(),
            channel: $topic.channel.into(),
            $($field: $value,)*
        }
    };
}

/// Does it, and writes where their consents stand afterwards.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    let done = record(client, command).await?;
    let header = QueryHeader { min_position: done.receipt.unwrap_or_default().position, as_of: None };
    let request =
        GetConsentsRequest { header: Some(header), contact_id: done.contact_id.clone(), valid_at: None };
    let current = standing_of(client, request).await?;
    match format {
        Format::Json => output::document(&Standing::from(&current).beside(json!({
            "contact_id": done.contact_id,
            "consent_id": output::text(&done.consent_id),
            "token": output::text(&done.token),
            "consents": current.consents.iter().map(consent).collect::<Value>(),
        }))),
        Format::Table => {
            let token = match done.token.as_str() {
                "" => String::new(),
                token => format!("Send them this token, it is told once: {token}\n\n"),
            };
            output::words(&format!("{token}{}", consent_table(&current.consents)))
        }
    }
}

async fn record(client: &Client, command: Command) -> Result<Done, Failure> {
    let mut service = client.consents();
    let receipt_of = |contact_id, receipt| Done { contact_id, receipt, ..Done::default() };
    let found = |(contact_id, receipt)| receipt_of(contact_id, receipt);
    Ok(match command {
        Command::Request(Request { topic, words, law, when }) => {
            let request = about!(RequestConsentRequest of topic, when;
                notice: words.notice(), jurisdiction: law.jurisdiction());
            receipt_of(topic.contact_id, service.request_consent(request).await?.into_inner().receipt)
        }
        Command::Give(agreed) => {
            let request: GiveConsentRequest = agreed.request();
            let answer = service.give_consent(request).await?.into_inner();
            let consent_id = answer.consent_id;
            Done { consent_id, ..receipt_of(agreed.topic.contact_id, answer.receipt) }
        }
        Command::RequestConfirmation { agreed, confirm_by } => {
            let request: RequestConfirmationRequest = agreed.first_act(confirm_by.map(timestamp));
            let answer = service.request_confirmation(request).await?.into_inner();
            let (consent_id, token) = (answer.consent_id, answer.token);
            Done { consent_id, token, ..receipt_of(agreed.topic.contact_id, answer.receipt) }
        }
        Command::Confirm { contact_id, token, proof, when } => {
            let request = ConfirmConsentRequest {
                header: when.header(),
                contact_id: contact_id.clone(),
                token,
                evidence: proof.evidence(),
            };
            receipt_of(contact_id, service.confirm_consent(request).await?.into_inner().receipt)
        }
        Command::Refuse(Said { topic, means, law, when, .. }) => {
            let request = about!(RefuseConsentRequest of topic, when;
                method: means.method.into(), jurisdiction: law.jurisdiction());
            receipt_of(topic.contact_id, service.refuse_consent(request).await?.into_inner().receipt)
        }
        Command::Withdraw(Said { topic, means, proof, law, when }) => {
            let request = about!(WithdrawConsentRequest of topic, when;
                method: means.method.into(), evidence: proof.evidence(), jurisdiction: law.jurisdiction());
            receipt_of(topic.contact_id, service.withdraw_consent(request).await?.into_inner().receipt)
        }
        Command::Renew { said: Said { topic, means, proof, when, .. }, valid_until } => {
            let request = about!(RenewConsentRequest of topic, when;
                method: means.method.into(), evidence: proof.evidence(),
                valid_until: valid_until.map(timestamp), consent_id: String::new());
            let answer = service.renew_consent(request).await?.into_inner();
            let consent_id = answer.consent_id;
            Done { consent_id, ..receipt_of(topic.contact_id, answer.receipt) }
        }
        Command::Expire { topic, when } => {
            let request = about!(ExpireConsentRequest of topic, when;);
            receipt_of(topic.contact_id, service.expire_consent(request).await?.into_inner().receipt)
        }
        Command::Revoke { topic, reason, when } => {
            let request = about!(RevokeConsentRequest of topic, when; reason: reason);
            receipt_of(topic.contact_id, service.revoke_consent(request).await?.into_inner().receipt)
        }
        Command::ProposeInvalidation(finding) => found(finding.propose(client).await?),
        Command::ApproveInvalidation(invalid) => found(invalid.approve(client).await?),
        Command::Invalidate(finding) => found(finding.record(client).await?),
    })
}
