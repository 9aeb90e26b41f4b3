//! `rapport suppression`: what people do not want, whatever they agreed to.

use rapport_domain::value::Instant;
use rapport_proto::v1::{
    CommandHeader, ConsentChannel, ConsentEvidence, ConsentMethod, GetConsentsRequest,
    LiftSuppressionRequest, QueryHeader, RaiseSuppressionRequest, RequestSuppressionLiftRequest, Suppression,
    SuppressionKind, SuppressionStatus,
};
use serde_json::{Value, json};

use crate::client::{Client, Standing};
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::query::consent::standing_of;
use crate::record_consent::Law;
use crate::wire::{parse_moment, parse_word, rfc3339, timestamp, word_of};

/// Stands for every purpose, or every channel, in a table.
const EVERY: &str = "every";

/// What `rapport suppression` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// They do not want it. Always accepted, asked or not.
    Raise {
        /// What they said.
        #[command(flatten)]
        said: Said,
        /// Whose law applies.
        #[command(flatten)]
        law: Law,
    },
    /// They want it again: the first of two steps, after an opt-out signal.
    RequestLift(Said),
    /// They want it again, and it ends.
    Lift {
        /// What they said.
        #[command(flatten)]
        said: Said,
        /// Why. Nothing personal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// What they said, and about what.
#[derive(Debug, clap::Args)]
pub struct Said {
    /// Who.
    contact_id: String,
    /// What it is in law: objection, `opt_out_signal` or unsubscribe.
    #[arg(long, value_parser = parse_word::<SuppressionKind>)]
    kind: SuppressionKind,
    /// For what; left out: whatever it is.
    #[arg(long, default_value = "", hide_default_value = true)]
    purpose: String,
    /// Through what: email, sms, voice, push, post or `in_app`; left out: whatever it is.
    #[arg(long, value_parser = parse_word::<ConsentChannel>)]
    channel: Option<ConsentChannel>,
    /// How they said it: button, `gpc_signal`, `one_click_unsubscribe`, `staff_recorded` and the other ways of a consent.
    #[arg(long, value_parser = parse_word::<ConsentMethod>)]
    method: ConsentMethod,
    /// Where that which proves it is kept. Sealed like everything personal.
    #[arg(long, value_name = "TEXT")]
    evidence: Option<String>,
    /// When it was captured, by the clock of the source.
    #[arg(long, value_name = "TIME", value_parser = parse_moment, requires = "evidence")]
    captured_at: Option<Instant>,
    /// When they said it; now, if nothing is said.
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    said_at: Option<Instant>,
}

impl Said {
    fn header(&self) -> Option<CommandHeader> {
        let request_id = format!("suppression:{}", uuid::Uuid::now_v7().simple());
        let occurred_at = self.said_at.map(timestamp);
        Some(CommandHeader { request_id, occurred_at, ..CommandHeader::default() })
    }

    fn evidence(&self) -> Option<ConsentEvidence> {
        let reference = self.evidence.clone()?;
        let captured_at = self.captured_at.map(timestamp);
        Some(ConsentEvidence { reference, captured_at, ..ConsentEvidence::default() })
    }
}

/// A request that carries what they said.
macro_rules! request {
    ($request:ident of $said:ident $(, $more:ident)?) => {
        $request {
            header: $said.header(),
            contact_id: $said.contact_id.clone(),
            kind: $said.kind.into(),
            purpose: $said.purpose.clone(),
            channel: $said.channel.unwrap_or_default().into(),
            method: $said.method.into(),
            evidence: $said.evidence(),
            $($more,)?
        }
    };
}

/// Does it, and writes what they do not want afterwards.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    let mut service = client.consents();
    let (contact_id, receipt) = match command {
        Command::Raise { said, law } => {
            let jurisdiction = law.jurisdiction();
            let request = request!(RaiseSuppressionRequest of said, jurisdiction);
            (said.contact_id, service.raise_suppression(request).await?.into_inner().receipt)
        }
        Command::RequestLift(said) => {
            let request = request!(RequestSuppressionLiftRequest of said);
            (said.contact_id, service.request_suppression_lift(request).await?.into_inner().receipt)
        }
        Command::Lift { said, reason } => {
            let request = request!(LiftSuppressionRequest of said, reason);
            (said.contact_id, service.lift_suppression(request).await?.into_inner().receipt)
        }
    };
    let header = QueryHeader { min_position: receipt.unwrap_or_default().position, as_of: None };
    let request = GetConsentsRequest { header: Some(header), contact_id: contact_id.clone(), valid_at: None };
    let current = standing_of(client, request).await?;
    match format {
        Format::Json => output::document(&Standing::from(&current).beside(json!({
            "contact_id": contact_id,
            "suppressions": current.suppressions.iter().map(document).collect::<Value>(),
        }))),
        Format::Table => output::words(&table(&current.suppressions)),
    }
}

/// A suppression as JSON.
#[must_use]
pub fn document(suppression: &Suppression) -> Value {
    json!({
        "kind": word_of::<SuppressionKind>(suppression.kind),
        "purpose": output::text(&suppression.purpose),
        "channel": output::text(&word_of::<ConsentChannel>(suppression.channel)),
        "status": word_of::<SuppressionStatus>(suppression.status),
        "method": word_of::<ConsentMethod>(suppression.method),
        "reason": output::text(&suppression.reason),
        "since": output::instant(suppression.since.as_ref()),
    })
}

/// Suppressions as a table.
#[must_use]
pub fn table(suppressions: &[Suppression]) -> String {
    let mut table =
        Table::new(vec!["suppression", "purpose", "channel", "status", "since", "method", "reason"]);
    for suppression in suppressions {
        table.row(vec![
            word_of::<SuppressionKind>(suppression.kind),
            or_every(&suppression.purpose, suppression.kind),
            or_every(&word_of::<ConsentChannel>(suppression.channel), suppression.kind),
            word_of::<SuppressionStatus>(suppression.status),
            rfc3339(suppression.since.as_ref()),
            word_of::<ConsentMethod>(suppression.method),
            suppression.reason.clone(),
        ]);
    }
    table.lines()
}

/// A purpose or channel for people: what a suppression does not name is every one.
#[must_use]
pub fn or_every(word: &str, kind: i32) -> String {
    let is_every = word.is_empty() && kind != i32::from(SuppressionKind::Unspecified);
    if is_every { EVERY } else { word }.to_owned()
}
