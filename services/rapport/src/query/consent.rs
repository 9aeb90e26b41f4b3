//! `rapport consent`: where a subject's consents stand, and the trail that proves it.

pub(crate) mod description;
pub(crate) mod dpv;
pub(crate) mod trail;
mod words;

use std::path::PathBuf;

use rapport_domain::value::Instant;
use rapport_proto::v1::{
    Consent, ConsentChannel, ConsentMethod, ConsentNotice, ConsentStatus, ConsentStep, GetConsentsRequest,
    GetConsentsResponse, Jurisdiction, JurisdictionBasis,
};
use serde_json::{Value, json};

use self::description::Description;
use super::patience::ask;
use crate::client::{Client, ReadOptions, Standing};
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::suppression;
use crate::wire::{parse_moment, rfc3339, timestamp, word_of};

/// What `rapport consent` takes.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The subject.
    pub contact_id: String,
    /// Every step too, oldest first, with its evidence, and the words that were shown where they are published here.
    #[arg(long)]
    pub trail: bool,
    /// Each step of the trail with the proof that it is in the log; with --json, for `rapport verify`.
    #[arg(long, requires = "trail")]
    pub with_proof: bool,
    /// As records of a standard, one for each consent that was given; they need --controller.
    #[arg(long, value_enum, requires = "controller")]
    pub format: Option<RecordFormat>,
    /// What the ledger does not hold of the controller: a TOML file, see CONSENT_RECORDS.md.
    #[arg(long, value_name = "FILE", requires = "format")]
    pub controller: Option<PathBuf>,
    /// Steps of this purpose only.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub purpose: String,
    /// The moment that validity is judged at (RFC 3339, or a day). Left out: now, or the moment of --as-of.
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    pub valid_at: Option<Instant>,
    /// From which position on.
    #[command(flatten)]
    pub read: ReadOptions,
}

/// What consents are handed out as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum RecordFormat {
    /// ISO/IEC TS 27560 in the DPV-27560 profile, as JSON-LD.
    #[value(name = "dpv-27560")]
    Dpv27560,
}

/// Reads and writes it.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, options: Options, format: Format) -> Result<(), Failure> {
    let request = GetConsentsRequest {
        header: options.read.header(),
        contact_id: options.contact_id.clone(),
        valid_at: options.valid_at.map(timestamp),
    };
    let current = standing_of(client, request).await?;
    let standing = Standing::from(&current);
    if let Some((RecordFormat::Dpv27560, file)) = options.format.zip(options.controller.as_ref()) {
        let description = Description::read(file)?;
        let steps: Vec<ConsentStep> =
            trail::read(client, &options).await?.into_iter().map(|read| read.step).collect();
        let records = dpv::document(&description, &options.contact_id, &steps, &current.consents)?;
        return output::document(&records);
    }
    let steps = if options.trail { Some(trail::read(client, &options).await?) } else { None };
    match format {
        Format::Json => {
            let mut document = json!({
                "contact_id": options.contact_id,
                "consents": current.consents.iter().map(consent).collect::<Value>(),
                "suppressions": current.suppressions.iter().map(suppression::document).collect::<Value>(),
            });
            document = standing.beside(document);
            if let Some(steps) = steps {
                document["steps"] = trail::steps_document(&steps);
                document["notices"] = trail::notices_document(&steps);
            }
            output::document(&document)
        }
        Format::Table => {
            let trail = steps.map(|steps| format!("\n{}", trail::lines(&steps))).unwrap_or_default();
            let heading = options.read.heading(standing);
            let suppressions = match current.suppressions.as_slice() {
                [] => String::new(),
                some => format!("\n{}", suppression::table(some)),
            };
            output::words(&format!("{heading}{}{suppressions}{trail}", consent_table(&current.consents)))
        }
    }
}

/// Where a subject's consents stand, and what they do not want.
///
/// # Errors
/// When the gateway refuses.
pub async fn standing_of(
    client: &Client,
    request: GetConsentsRequest,
) -> Result<GetConsentsResponse, Failure> {
    ask(|| {
        let (mut service, request) = (client.consents(), request.clone());
        async move { service.get_consents(request).await }
    })
    .await
}

fn notice(notice: Option<&ConsentNotice>) -> Value {
    notice.map_or(Value::Null, |notice| {
        json!({
            "id": notice.id,
            "version": notice.version,
            "wording_sha256": output::text(&notice.wording_sha256),
            "language": output::text(&notice.language),
        })
    })
}

/// Where a purpose and channel stands, as JSON.
#[must_use]
pub fn consent(consent: &Consent) -> Value {
    json!({
        "purpose": consent.purpose,
        "channel": output::text(&word_of::<ConsentChannel>(consent.channel)),
        "status": output::text(&word_of::<ConsentStatus>(consent.status)),
        "consent_id": output::text(&consent.consent_id),
        "notice": notice(consent.notice.as_ref()),
        "method": output::text(&word_of::<ConsentMethod>(consent.method)),
        "evidence_grade": output::text(&consent.evidence_grade),
        "valid_until": output::instant(consent.valid_until.as_ref()),
        "since": output::instant(consent.since.as_ref()),
        "jurisdiction": jurisdiction(consent.jurisdiction.as_ref()),
        "confirm_by": output::instant(consent.confirm_by.as_ref()),
    })
}

fn jurisdiction(jurisdiction: Option<&Jurisdiction>) -> Value {
    jurisdiction.map_or(Value::Null, |jurisdiction| {
        json!({ "code": jurisdiction.code, "basis": word_of::<JurisdictionBasis>(jurisdiction.basis) })
    })
}

/// Where they stand, as a table.
#[must_use]
pub fn consent_table(consents: &[Consent]) -> String {
    let mut table =
        Table::new(vec!["purpose", "channel", "status", "since", "method", "grade", "valid_until"]);
    for consent in consents {
        table.row(vec![
            consent.purpose.clone(),
            word_of::<ConsentChannel>(consent.channel),
            word_of::<ConsentStatus>(consent.status),
            rfc3339(consent.since.as_ref()),
            word_of::<ConsentMethod>(consent.method),
            consent.evidence_grade.clone(),
            rfc3339(consent.valid_until.as_ref()),
        ]);
    }
    table.lines()
}
