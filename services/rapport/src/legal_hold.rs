//! `rapport legal-hold`: what keeps a contact from being erased.

use rapport_domain::value::Date;
use rapport_proto::v1::{
    Actor, ApproveLegalHoldReleaseRequest, CommandHeader, LegalHold, ListLegalHoldsRequest,
    PlaceLegalHoldRequest, ProposeLegalHoldReleaseRequest, ReleaseLegalHoldRequest,
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
    /// Proposes that the contact may be erased again, as far as the matter goes; somebody else has to approve it.
    ProposeRelease {
        /// Who.
        contact_id: String,
        /// What the matter is called.
        #[arg(long, value_name = "NAME")]
        matter: String,
        /// Why. Nothing personal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Approves that, as somebody else than who proposed it.
    ApproveRelease {
        /// Who.
        contact_id: String,
        /// What the matter is called.
        #[arg(long, value_name = "NAME")]
        matter: String,
    },
    /// Lets the contact be erased again, as far as the matter goes, by one person's word: where policies permit that.
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
        Command::ProposeRelease { contact_id, matter, reason } => {
            let id = contact_id.clone();
            let request = ProposeLegalHoldReleaseRequest { header: header(), contact_id, matter, reason };
            service.propose_legal_hold_release(request).await?;
            id
        }
        Command::ApproveRelease { contact_id, matter } => {
            let id = contact_id.clone();
            let request = ApproveLegalHoldReleaseRequest { header: header(), contact_id, matter };
            service.approve_legal_hold_release(request).await?;
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
        "release_proposed_by": output::actor(hold.release_proposed_by.as_ref()),
        "release_reason": output::text(&hold.release_reason),
    })
}

fn table(holds: &[LegalHold]) -> String {
    let named =
        |actor: Option<&Actor>| actor.map(|actor| format!("{}:{}", actor.kind, actor.id)).unwrap_or_default();
    let columns =
        vec!["matter", "stands", "until", "placed_by", "reason", "release_proposed_by", "release_reason"];
    let mut table = Table::new(columns);
    for hold in holds {
        let stands = if hold.stands { "yes" } else { "no" };
        table.row(vec![
            hold.matter.clone(),
            stands.to_owned(),
            hold.until.clone(),
            named(hold.placed_by.as_ref()),
            hold.reason.clone(),
            named(hold.release_proposed_by.as_ref()),
            hold.release_reason.clone(),
        ]);
    }
    table.lines()
}
