//! `rapport access`: who read a contact's personal data, the last one first; and who was denied what.

mod denials;

use rapport_proto::v1::{Access, Actor, ListAccessesRequest};
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
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Options {
    /// Something else about the record.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Whose data.
    #[arg(required = true)]
    pub contact_id: Option<String>,
    /// How many accesses.
    #[command(flatten)]
    pub extent: Extent,
    /// From which position on, or as of when.
    #[command(flatten)]
    pub read: ReadOptions,
}

/// What else the record tells.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Who was denied what, the last one first.
    Denials(denials::Options),
}

/// Reads and writes it.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, options: Options, format: Format) -> Result<(), Failure> {
    if let Some(Command::Denials(options)) = options.command {
        return denials::run(client, options, format).await;
    }
    let of = options.contact_id.unwrap_or_default();
    let gathered = gather(options.extent, |page| {
        let contact_id = of.clone();
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
            "contact_id": of,
            "accesses": gathered.entries.iter().map(access).collect::<Value>(),
            "more": gathered.more,
        }))),
        Format::Table => {
            let heading = options.read.heading(gathered.standing);
            output::words(&format!("{heading}{}{}", table(&gathered.entries), more(gathered.more)))
        }
    }
}

const fn more(is_more: bool) -> &'static str {
    if is_more { "There is more: --limit N, or --all.\n" } else { "" }
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
        "cases": access.cases,
    })
}

fn who(actor: Option<&Actor>) -> String {
    actor.map(|actor| format!("{}:{}", actor.kind, actor.id)).unwrap_or_default()
}

fn method(rpc: &str) -> String {
    rpc.rsplit('/').next().unwrap_or_default().to_owned()
}

fn table(accesses: &[Access]) -> String {
    let mut table =
        Table::new(vec!["#position", "recorded_at", "who", "what", "through", "purpose", "cases", "#of"]);
    for access in accesses {
        let classes = access.classes.join(", ");
        table.row(vec![
            access.position.to_string(),
            rfc3339(access.recorded_at.as_ref()),
            who(access.actor.as_ref()),
            if classes.is_empty() { OF_THE_RECORD.to_owned() } else { classes },
            method(&access.rpc),
            access.purpose.clone(),
            access.cases.join(", "),
            access.subjects.to_string(),
        ]);
    }
    table.lines()
}
