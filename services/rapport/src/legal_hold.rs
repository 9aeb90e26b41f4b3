//! `rapport legal-hold`: what keeps a contact from being erased.

use rapport_domain::value::Date;
use rapport_proto::v1::{
    CommandHeader, LegalHold, ListLegalHoldsRequest, PlaceLegalHoldRequest, ReleaseLegalHoldRequest,
};
use serde_json::{Value, json};

use crate::client::Client;
use crate::error::Failure;
use crate::output::{self, Format, Table};

/// What `rapport legal-hold` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Keeps a contact from being erased, for a matter. Placed again, the hold gets another reason or day.
    Place {
        /// Who.
        contact_id: String,
        /// What the matter is called, such as the number of a case. Nothing personal.
        #[arg(long, value_name = "NAME")]
        matter: String,
        /// Why. Nothing personal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// The last day that it stands on; left out: for as long as it takes.
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = Date::parse)]
        until: Option<Date>,
    },
    /// Lets the contact be erased again, as far as the matter goes.
    Release {
        /// Who.
        contact_id: String,
        /// What the matter is called.
        #[arg(long, value_name = "NAME")]
        matter: String,
        /// Why. Nothing personal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// The holds of a contact that were not released.
    List {
        /// Who.
        contact_id: String,
    },
}

/// Does it, and writes the holds that there are afterwards.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    let mut service = client.contacts();
    let contact_id = match command {
        Command::Place { contact_id, matter, reason, until } => {
            let (id, until) = (contact_id.clone(), until.map_or_else(String::new, |day| day.to_string()));
            let request = PlaceLegalHoldRequest { header: header(), contact_id, matter, reason, until };
            service.place_legal_hold(request).await?;
            id
        }
        Command::Release { contact_id, matter, reason } => {
            let id = contact_id.clone();
            let request = ReleaseLegalHoldRequest { header: header(), contact_id, matter, reason };
            service.release_legal_hold(request).await?;
            id
        }
        Command::List { contact_id } => contact_id,
    };
    let request = ListLegalHoldsRequest { contact_id: contact_id.clone() };
    let holds = service.list_legal_holds(request).await?.into_inner().legal_holds;
    match format {
        Format::Json => output::document(&json!({
            "contact_id": contact_id,
            "legal_holds": holds.iter().map(document).collect::<Value>(),
        })),
        Format::Table => output::words(&table(&holds)),
    }
}

fn header() -> Option<CommandHeader> {
    let request_id = format!("legal-hold:{}", uuid::Uuid::now_v7().simple());
    Some(CommandHeader { request_id, ..CommandHeader::default() })
}

fn document(hold: &LegalHold) -> Value {
    json!({
        "matter": hold.matter,
        "reason": hold.reason,
        "until": output::text(&hold.until),
        "placed_by": output::actor(hold.placed_by.as_ref()),
        "stands": hold.stands,
    })
}

fn table(holds: &[LegalHold]) -> String {
    let mut table = Table::new(vec!["matter", "stands", "until", "placed_by", "reason"]);
    for hold in holds {
        let stands = if hold.stands { "yes" } else { "no" };
        let placed_by = hold.placed_by.as_ref().map(|actor| format!("{}:{}", actor.kind, actor.id));
        table.row(vec![
            hold.matter.clone(),
            stands.to_owned(),
            hold.until.clone(),
            placed_by.unwrap_or_default(),
            hold.reason.clone(),
        ]);
    }
    table.lines()
}
