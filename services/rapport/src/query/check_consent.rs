//! `rapport check-consent`: whether somebody may be addressed.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;

use futures::{TryStreamExt as _, stream};
use rapport_domain::value::Instant;
use rapport_gateway::{CHECKED_CONTACTS_MAX, PROVED_CONTACTS_MAX};
use rapport_proto::v1::{CheckConsentsRequest, ConsentChannel, ConsentDecision, ConsentVerdict};
use serde_json::{Value, json};

use super::patience::ask;
use crate::client::{Client, ReadOptions, Standing};
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::wire::{parse_moment, parse_word, rfc3339, timestamp, word_of};

/// Stands for standard input.
const STDIN: &str = "-";
/// Most contacts of a file.
const CONTACTS_MAX: usize = 1_000_000;

/// What `rapport check-consent` takes.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Whom it is about; `-` for one contact id a line on standard input.
    #[arg(required_unless_present = "contacts", conflicts_with = "contacts")]
    pub contact_ids: Vec<String>,
    /// Whom it is about, for a campaign: a file with one contact id a line.
    #[arg(long, value_name = "FILE")]
    pub contacts: Option<PathBuf>,
    /// What they would be addressed for.
    #[arg(long)]
    pub purpose: String,
    /// Through what: email, sms, voice, push, post or `in_app`.
    #[arg(long, value_parser = parse_word::<ConsentChannel>)]
    pub channel: ConsentChannel,
    /// When (RFC 3339, or a day): by what was true then. Left out: now, or the moment of --as-of.
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    pub at: Option<Instant>,
    /// Each decision with the proof that the event that decides is in the log; with --json, for `rapport verify`.
    #[arg(long)]
    pub with_proof: bool,
    /// From which position on, or by what was known when.
    #[command(flatten)]
    pub read: ReadOptions,
}

/// Reads and writes it, a decision for each contact, in their order. What comes after the first part goes over one stream.
///
/// # Errors
/// When the gateway refuses, or the contacts cannot be read or standard output be written.
pub async fn run(client: &Client, options: Options, format: Format) -> Result<(), Failure> {
    let mut parts = parts(contacts(&options)?, &options).into_iter();
    let Some(first) = parts.next() else {
        return Err(Failure::Usage("there is no contact id to check".to_owned()));
    };
    // The first one waits until a moment of the past is ready.
    let first = ask(|| {
        let (mut service, request) = (client.consents(), first.clone());
        async move { service.check_consents(request).await }
    })
    .await?;
    let standing = Standing::from(&first);
    let mut decisions = first.decisions;
    if parts.len() > 0 {
        let request = stream::iter(parts);
        let mut answers = client.consent_stream().bulk_check_consents(request).await?.into_inner();
        while let Some(answer) = answers.try_next().await? {
            decisions.extend(answer.decisions);
        }
    }
    match format {
        Format::Json => output::document(&standing.beside(json!({
            "decisions": decisions.iter().map(document).collect::<Value>(),
        }))),
        Format::Table => output::words(&format!("{}{}", options.read.heading(standing), table(&decisions))),
    }
}

/// As many requests as the contacts need.
fn parts(contact_ids: Vec<String>, options: &Options) -> Vec<CheckConsentsRequest> {
    let most = if options.with_proof { PROVED_CONTACTS_MAX } else { CHECKED_CONTACTS_MAX };
    let request = |part: &[String]| CheckConsentsRequest {
        header: options.read.header(),
        contact_ids: part.to_vec(),
        purpose: options.purpose.clone(),
        channel: options.channel.into(),
        at: options.at.map(timestamp),
        with_proof: options.with_proof,
    };
    contact_ids.chunks(most).map(request).collect()
}

fn contacts(options: &Options) -> Result<Vec<String>, Failure> {
    match &options.contacts {
        Some(path) => {
            let file = File::open(path).map_err(|error| Failure::file(path, error))?;
            lines(BufReader::new(file)).map_err(|error| Failure::file(path, error))
        }
        None if options.contact_ids == [STDIN] => {
            lines(io::stdin().lock()).map_err(|error| Failure::Local(format!("standard input: {error}")))
        }
        None => Ok(options.contact_ids.clone()),
    }
}

fn lines(from: impl BufRead) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for line in from.lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        if found.len() == CONTACTS_MAX {
            return Err(io::Error::other(format!("it holds more than {CONTACTS_MAX} contacts")));
        }
        found.push(line.trim().to_owned());
    }
    Ok(found)
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
        "proof": output::text(&decision.proof),
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
