//! `rapport access denials`: who was denied what, the last one first.

use rapport_proto::v1::{Denial, ListDenialsRequest};
use serde_json::{Value, json};

use super::super::pages::{Extent, Page, gather};
use super::{method, more, who};
use crate::client::{Client, ReadOptions, Standing};
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::wire::rfc3339;

/// What `rapport access denials` takes.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// How many denials.
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
pub(super) async fn run(client: &Client, options: Options, format: Format) -> Result<(), Failure> {
    let gathered = gather(options.extent, |page| {
        let request = ListDenialsRequest { header: options.read.header(), page: Some(page) };
        let mut service = client.accesses();
        async move {
            let answer = service.list_denials(request).await?.into_inner();
            let standing = Standing::from(&answer);
            Ok(Page { entries: answer.denials, next: answer.next_page_token, standing })
        }
    })
    .await?;
    match format {
        Format::Json => output::document(&gathered.standing.beside(json!({
            "denials": gathered.entries.iter().map(denial).collect::<Value>(),
            "more": gathered.more,
        }))),
        Format::Table => {
            let heading = options.read.heading(gathered.standing);
            output::words(&format!("{heading}{}{}", table(&gathered.entries), more(gathered.more)))
        }
    }
}

fn denial(denial: &Denial) -> Value {
    json!({
        "position": denial.position,
        "recorded_at": output::instant(denial.recorded_at.as_ref()),
        "actor": output::actor(denial.actor.as_ref()),
        "rpc": denial.rpc,
        "personal": denial.personal,
        "unwritten": denial.unwritten,
        "purpose": output::text(&denial.purpose),
        "policies": denial.policies,
        "policies_sha256": output::text(&denial.policies_sha256),
    })
}

fn table(denials: &[Denial]) -> String {
    let columns =
        vec!["#position", "recorded_at", "who", "through", "what", "purpose", "forbidden by", "#more before"];
    let mut table = Table::new(columns);
    for denial in denials {
        let what = if denial.personal { "personal data in clear" } else { "the call" };
        let by = denial.policies.join(", ");
        table.row(vec![
            denial.position.to_string(),
            rfc3339(denial.recorded_at.as_ref()),
            who(denial.actor.as_ref()),
            method(&denial.rpc),
            what.to_owned(),
            denial.purpose.clone(),
            if by.is_empty() { "nothing permits it".to_owned() } else { by },
            denial.unwritten.to_string(),
        ]);
    }
    table.lines()
}
