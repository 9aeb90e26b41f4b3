//! `rapport access`: who read a contact's personal data, the last one first.

use rapport_proto::v1::{Access, ListAccessesRequest};
use serde_json::{Value, json};

use super::pages::{Extent, Page, gather};
use crate::client::{Client, ReadOptions, Standing};
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::wire::rfc3339;

/// What stands for the classes where it was read who had read it.
const OF_THE_RECORD: &str = "who read it";

/// What `rapport access` takes.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Whose data.
    pub contact_id: String,
    /// How many accesses.
    #[command(flatten)]
    pub extent: Extent,
    /// From which position on, or as of when.
    #[command(flatten)]
    pub read: ReadOptions,
}

/// Reads and writes it.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, options: Options, format: Format) -> Result<(), Failure> {
    let gathered = gather(options.extent, |page| {
        let contact_id = options.contact_id.clone();
        let request = ListAccessesRequest { header: options.read.header(), contact_id, page: Some(page) };
        let mut service = client.accesses();
        async move {
            let answer = service.list_accesses(request).await?.into_inner();
            let standing = Standing::from(&answer);
            Ok(Page { entries: answer.accesses, next: answer.next_page_token, standing })
        }
    })
    .await?;
    match format {
        Format::Json => output::document(&gathered.standing.beside(json!({
            "contact_id": options.contact_id,
            "accesses": gathered.entries.iter().map(access).collect::<Value>(),
            "more": gathered.more,
        }))),
        Format::Table => {
            let heading = options.read.heading(gathered.standing);
            let more = if gathered.more { "There is more: --limit N, or --all.\n" } else { "" };
            output::words(&format!("{heading}{}{more}", table(&gathered.entries)))
        }
    }
}

/// An access as JSON.
#[must_use]
pub fn access(access: &Access) -> Value {
    json!({
        "position": access.position,
        "recorded_at": output::instant(access.recorded_at.as_ref()),
        "actor": output::actor(access.actor.as_ref()),
        "rpc": access.rpc,
        "classes": access.classes,
        "purpose": output::text(&access.purpose),
        "policies": access.policies,
        "policies_sha256": output::text(&access.policies_sha256),
        "subjects": access.subjects,
    })
}

fn table(accesses: &[Access]) -> String {
    let mut table = Table::new(vec!["#position", "recorded_at", "who", "what", "through", "purpose", "#of"]);
    for access in accesses {
        let actor = access.actor.as_ref().map(|actor| format!("{}:{}", actor.kind, actor.id));
        let classes = access.classes.join(", ");
        table.row(vec![
            access.position.to_string(),
            rfc3339(access.recorded_at.as_ref()),
            actor.unwrap_or_default(),
            if classes.is_empty() { OF_THE_RECORD.to_owned() } else { classes },
            access.rpc.rsplit('/').next().unwrap_or_default().to_owned(),
            access.purpose.clone(),
            access.subjects.to_string(),
        ]);
    }
    table.lines()
}
