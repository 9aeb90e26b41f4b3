//! What somebody said, as arguments: about what, in which words, how, what proves it, whose law, and when.

use prost_types::Timestamp;
use rapport_domain::value::Instant;
use rapport_proto::v1::{
    CommandHeader, ConsentChannel, ConsentEvidence, ConsentMethod, ConsentNotice, GiveConsentRequest,
    Jurisdiction, JurisdictionBasis, RequestConfirmationRequest,
};

use crate::wire::{parse_moment, parse_word, timestamp};

/// Who, for what, through what.
#[derive(Debug, clap::Args)]
pub struct Topic {
    /// Who.
    pub(super) contact_id: String,
    /// For what.
    #[arg(long)]
    pub(super) purpose: String,
    /// Through what: email, sms, voice, push, post or `in_app`.
    #[arg(long, value_parser = parse_word::<ConsentChannel>)]
    pub(super) channel: ConsentChannel,
}

/// The words that they were shown.
#[derive(Debug, clap::Args)]
pub(super) struct Words {
    /// The notice that they were shown.
    #[arg(long, value_name = "ID")]
    notice: String,
    /// Its version.
    #[arg(long, value_name = "VERSION")]
    notice_version: String,
    /// SHA-256 of its words; needed for words that are not published here, if they are to be proved.
    #[arg(long, value_name = "SHA256", default_value = "", hide_default_value = true)]
    wording_sha256: String,
    /// Language of its words.
    #[arg(long, value_name = "TAG", default_value = "", hide_default_value = true)]
    language: String,
}

impl Words {
    pub(super) fn notice(&self) -> Option<ConsentNotice> {
        Some(ConsentNotice {
            id: self.notice.clone(),
            version: self.notice_version.clone(),
            wording_sha256: self.wording_sha256.clone(),
            language: self.language.clone(),
        })
    }
}

/// How they said it.
#[derive(Debug, clap::Args)]
pub(super) struct Means {
    /// How they said it: checkbox, button, `voice_recorded`, `paper_signed`, `staff_recorded` and the other ways.
    #[arg(long, value_parser = parse_word::<ConsentMethod>)]
    pub(super) method: ConsentMethod,
}

/// What proves it.
#[derive(Debug, clap::Args)]
pub struct Proof {
    /// Where that which proves it is kept. Sealed like everything personal.
    #[arg(long, value_name = "TEXT")]
    evidence: Option<String>,
    /// When it was captured, by the clock of the source.
    #[arg(long, value_name = "TIME", value_parser = parse_moment, requires = "evidence")]
    captured_at: Option<Instant>,
}

impl Proof {
    pub(super) fn evidence(&self) -> Option<ConsentEvidence> {
        let reference = self.evidence.clone()?;
        let captured_at = self.captured_at.map(timestamp);
        Some(ConsentEvidence { reference, captured_at, ..ConsentEvidence::default() })
    }
}

/// Whose law applies.
#[derive(Debug, clap::Args)]
pub struct Law {
    /// Whose law applies, by ISO 3166: DE, US-CA.
    #[arg(long, value_name = "CODE", requires = "jurisdiction_basis")]
    jurisdiction: Option<String>,
    /// How that was found out: declared, billing, `ip_geo` or `phone_prefix`.
    #[arg(long, value_parser = parse_word::<JurisdictionBasis>, requires = "jurisdiction")]
    jurisdiction_basis: Option<JurisdictionBasis>,
}

impl Law {
    /// As it travels; none where nothing was said.
    #[must_use]
    pub fn jurisdiction(&self) -> Option<Jurisdiction> {
        let code = self.jurisdiction.clone()?;
        Some(Jurisdiction { code, basis: self.jurisdiction_basis.unwrap_or_default().into() })
    }
}

/// When, and as which request.
#[derive(Debug, clap::Args)]
pub struct When {
    /// When they said it; now, if nothing is said.
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    said_at: Option<Instant>,
    /// Identity of the request: sent again under the same one, it is applied once.
    #[arg(long, value_name = "ID")]
    request_id: Option<String>,
}

impl When {
    pub(super) fn header(&self) -> Option<CommandHeader> {
        let made_up = || format!("consent:{}", uuid::Uuid::now_v7().simple());
        let request_id = self.request_id.clone().unwrap_or_else(made_up);
        let occurred_at = self.said_at.map(timestamp);
        Some(CommandHeader { request_id, occurred_at, ..CommandHeader::default() })
    }
}

/// What they agreed to.
#[derive(Debug, clap::Args)]
pub struct Agreed {
    #[command(flatten)]
    pub(super) topic: Topic,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    means: Means,
    #[command(flatten)]
    proof: Proof,
    /// Until when it holds. Left out: until it is withdrawn.
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    valid_until: Option<Instant>,
    #[command(flatten)]
    law: Law,
    #[command(flatten)]
    when: When,
}

impl Agreed {
    pub(super) fn request(&self) -> GiveConsentRequest {
        GiveConsentRequest {
            header: self.when.header(),
            contact_id: self.topic.contact_id.clone(),
            purpose: self.topic.purpose.clone(),
            channel: self.topic.channel.into(),
            notice: self.words.notice(),
            method: self.means.method.into(),
            evidence: self.proof.evidence(),
            valid_until: self.valid_until.map(timestamp),
            consent_id: String::new(),
            jurisdiction: self.law.jurisdiction(),
        }
    }

    /// The same, as the first of two acts.
    pub(super) fn first_act(&self, confirm_by: Option<Timestamp>) -> RequestConfirmationRequest {
        let given = self.request();
        RequestConfirmationRequest {
            header: given.header,
            contact_id: given.contact_id,
            purpose: given.purpose,
            channel: given.channel,
            notice: given.notice,
            method: given.method,
            evidence: given.evidence,
            valid_until: given.valid_until,
            consent_id: given.consent_id,
            confirm_by,
            jurisdiction: given.jurisdiction,
        }
    }
}
