//! `rapport check-consent`: whether somebody may be addressed.

use std::io::{self, BufRead as _};

use rapport_domain::value::Instant;
use rapport_gateway::CHECKED_CONTACTS_MAX;
use rapport_proto::v1::{CheckConsentsRequest, ConsentChannel, ConsentDecision, ConsentVerdict};
use serde_json::{Value, json};

use super::patience::ask;
use crate::client::{Client, ReadOptions, Standing};
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::wire::{parse_moment, parse_word, rfc3339, timestamp, word_of};

/// Stands for standard input.
const STDIN: &str = "-";

/// What `rapport check-consent` takes.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Whom it is about; `-` for one contact id a line on standard input.
    #[arg(required = true)]
    pub contact_ids: Vec<String>,
    /// What they would be addressed for.
    #[arg(long)]
    pub purpose: String,
    /// Through what: email, sms, voice, push, post or `in_app`.
    #[arg(long, value_parser = parse_word::<ConsentChannel>)]
    pub channel: ConsentChannel,
    /// When (RFC 3339, or a day): by what was true then. Left out: now, or the moment of --as-of.
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    pub at: Option<Instant>,
    /// From which position on, or by what was known when.
    #[command(flatten)]
    pub read: ReadOptions,
}

/// Reads and writes it, a decision for each contact, in their order.
///
/// # Errors
/// When the gateway refuses, or standard input cannot be read or standard output be written.
pub async fn run(client: &Client, options: Options, format: Format) -> Result<(), Failure> {
    let contact_ids = contacts(&options.contact_ids)?;
    let mut decisions = Vec::with_capacity(contact_ids.len());
    let mut standing = None;
    for part in contact_ids.chunks(CHECKED_CONTACTS_MAX) {
        let request = CheckConsentsRequest {
            header: options.read.header(),
            contact_ids: part.to_vec(),
            purpose: options.purpose.clone(),
            channel: options.channel.into(),
            at: options.at.map(timestamp),
        };
        let answer = ask(|| {
            let (mut service, request) = (client.consents(), request.clone());
            async move { service.check_consents(request).await }
        })
        .await?;
        standing.get_or_insert_with(|| Standing::from(&answer));
        decisions.extend(answer.decisions);
    }
    let Some(standing) = standing else {
        return Err(Failure::Usage("there is no contact id on standard input".to_owned()));
    };
    match format {
        Format::Json => output::document(&standing.beside(json!({
            "decisions": decisions.iter().map(document).collect::<Value>(),
        }))),
        Format::Table => output::words(&format!("{}{}", options.read.heading(standing), table(&decisions))),
    }
}

fn contacts(given: &[String]) -> Result<Vec<String>, Failure> {
    if given != [STDIN] {
        return Ok(given.to_vec());
    }
    let lines = io::stdin().lock().lines().collect::<io::Result<Vec<String>>>();
    let lines = lines.map_err(|error| Failure::Local(format!("standard input: {error}")))?;
    Ok(lines.iter().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect())
}

fn document(decision: &ConsentDecision) -> Value {
    let position = (decision.position_of_event > 0).then_some(decision.position_of_event);
    json!({
        "contact_id": decision.contact_id,
        "allowed": decision.allowed,
        "verdict": word_of::<ConsentVerdict>(decision.verdict),
        "position_of_event": position,
        "event_id": output::text(&decision.event_id),
        "consent_id": output::text(&decision.consent_id),
        "valid_until": output::instant(decision.valid_until.as_ref()),
    })
}

fn table(decisions: &[ConsentDecision]) -> String {
    let mut table = Table::new(vec!["contact", "allowed", "because", "#event", "valid_until"]);
    for decision in decisions {
        table.row(vec![
            decision.contact_id.clone(),
            if decision.allowed { "yes" } else { "no" }.to_owned(),
            word_of::<ConsentVerdict>(decision.verdict),
            if decision.position_of_event > 0 {
                decision.position_of_event.to_string()
            } else {
                String::new()
            },
            rfc3339(decision.valid_until.as_ref()),
        ]);
    }
    table.lines()
}
