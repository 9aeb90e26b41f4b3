//! `rapport disclosure`: to whom personal data of a contact went out.

use rapport_proto::v1::{CommandHeader, Disclosure, ListDisclosuresRequest, RecordDisclosureRequest};
use serde_json::{Value, json};

use crate::client::Client;
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::wire::{parse_moment, rfc3339, timestamp};

/// What `rapport disclosure` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Writes down that personal data of a contact went out to somebody. The same data to the same recipient for the same
    /// purpose is recorded once.
    Record {
        /// Whose data.
        contact_id: String,
        /// Who received it: a processor, a partner, an authority. An organisation, nobody's name.
        #[arg(long, value_name = "NAME")]
        recipient: String,
        /// A category of data, such as `address`, never the data; repeat it for several.
        #[arg(long = "data", value_name = "CATEGORY", required = true)]
        data_categories: Vec<String>,
        /// What for.
        #[arg(long, value_name = "TEXT")]
        purpose: String,
        /// When it went out; now, if nothing is said.
        #[arg(long, value_name = "TIME", value_parser = parse_moment)]
        at: Option<rapport_domain::value::Instant>,
    },
    /// To whom data of a contact went out.
    List {
        /// Whose data.
        contact_id: String,
    },
}

/// Does it, and writes the disclosures that there are afterwards.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    let mut service = client.contacts();
    let contact_id = match command {
        Command::Record { contact_id, recipient, data_categories, purpose, at } => {
            let (id, header) = (contact_id.clone(), header(at));
            let request = RecordDisclosureRequest { header, contact_id, recipient, data_categories, purpose };
            service.record_disclosure(request).await?;
            id
        }
        Command::List { contact_id } => contact_id,
    };
    let request = ListDisclosuresRequest { contact_id: contact_id.clone() };
    let disclosures = service.list_disclosures(request).await?.into_inner().disclosures;
    match format {
        Format::Json => output::document(&json!({
            "contact_id": contact_id,
            "disclosures": disclosures.iter().map(document).collect::<Value>(),
        })),
        Format::Table => output::words(&table(&disclosures)),
    }
}

fn header(at: Option<rapport_domain::value::Instant>) -> Option<CommandHeader> {
    let request_id = format!("disclosure:{}", uuid::Uuid::now_v7().simple());
    let occurred_at = at.map(timestamp);
    Some(CommandHeader { request_id, occurred_at, ..CommandHeader::default() })
}

/// A disclosure as JSON.
#[must_use]
pub fn document(disclosure: &Disclosure) -> Value {
    json!({
        "recipient": disclosure.recipient,
        "data_categories": disclosure.data_categories,
        "purpose": disclosure.purpose,
        "disclosed_at": output::instant(disclosure.disclosed_at.as_ref()),
        "recorded_by": disclosure.recorded_by,
    })
}

fn table(disclosures: &[Disclosure]) -> String {
    let mut table = Table::new(vec!["recipient", "data", "purpose", "disclosed_at", "recorded_by"]);
    for disclosure in disclosures {
        table.row(vec![
            disclosure.recipient.clone(),
            disclosure.data_categories.join(", "),
            disclosure.purpose.clone(),
            rfc3339(disclosure.disclosed_at.as_ref()),
            disclosure.recorded_by.clone(),
        ]);
    }
    table.lines()
}
