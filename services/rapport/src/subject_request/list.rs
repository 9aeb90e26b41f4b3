//! `rapport subject-request list`: what people asked for, by the day on which it is due.

use rapport_proto::v1::{
    ListSubjectRequestsRequest, SubjectRequestEntry, SubjectRequestStatus, SubjectRight,
};
use serde_json::{Value, json};

use crate::client::{Client, ReadOptions, Standing};
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::query::pages::{Extent, Page, gather};
use crate::wire::{parse_word, rfc3339, word_of};

/// What `rapport subject-request list` takes.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Only those that stand so: received, approved, refused or fulfilled.
    #[arg(long, value_name = "STATE", value_parser = parse_word::<SubjectRequestStatus>)]
    state: Option<SubjectRequestStatus>,
    /// Only what is due on this day or before, YYYY-MM-DD.
    #[arg(long, value_name = "DATE", default_value = "", hide_default_value = true)]
    due_by: String,
    /// Only of this contact.
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    contact: String,
    /// Only those with recipients who have yet to be told what was done.
    #[arg(long)]
    recipients_untold: bool,
    /// How many.
    #[command(flatten)]
    extent: Extent,
    /// From which position on, or as of when.
    #[command(flatten)]
    read: ReadOptions,
}

/// Reads and writes them.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub(super) async fn run(client: &Client, options: Options, format: Format) -> Result<(), Failure> {
    let Options { state, due_by, contact, recipients_untold, extent, read } = options;
    let status = state.unwrap_or_default().into();
    let gathered = gather(extent, |page| {
        let header = read.header();
        let (due_by, contact_id) = (due_by.clone(), contact.clone());
        let request = ListSubjectRequestsRequest {
            header,
            status,
            due_by,
            contact_id,
            page: Some(page),
            recipients_untold,
        };
        let mut service = client.subject_requests();
        async move {
            let answer = service.list_subject_requests(request).await?.into_inner();
            let standing = Standing::from(&answer);
            Ok(Page { entries: answer.subject_requests, next: answer.next_page_token, standing })
        }
    })
    .await?;
    match format {
        Format::Json => output::document(&gathered.standing.beside(json!({
            "subject_requests": gathered.entries.iter().map(document).collect::<Value>(),
            "more": gathered.more,
        }))),
        Format::Table => {
            let heading = read.heading(gathered.standing);
            let more = if gathered.more { "There is more: --limit N, or --all.\n" } else { "" };
            output::words(&format!("{heading}{}{more}", table(&gathered.entries)))
        }
    }
}

fn document(request: &SubjectRequestEntry) -> Value {
    json!({
        "subject_request_id": request.subject_request_id,
        "contact_id": request.contact_id,
        "right": word_of::<SubjectRight>(request.right),
        "ground": output::text(&request.ground),
        "status": word_of::<SubjectRequestStatus>(request.status),
        "received_at": output::instant(request.received_at.as_ref()),
        "received_by": request.received_by,
        "due_on": request.due_on,
        "extended": request.extended,
        "overdue": request.overdue,
        "approved_by": output::text(&request.approved_by),
        "erase_at": output::instant(request.erase_at.as_ref()),
        "erasing": request.erasing,
        "closed_at": output::instant(request.closed_at.as_ref()),
        "recipients_untold": request.recipients_untold,
    })
}

fn table(requests: &[SubjectRequestEntry]) -> String {
    let mut table = Table::new(vec![
        "due_on",
        "right",
        "status",
        "request",
        "contact",
        "received_at",
        "approved_by",
        "note",
    ]);
    for request in requests {
        table.row(vec![
            request.due_on.clone(),
            word_of::<SubjectRight>(request.right),
            word_of::<SubjectRequestStatus>(request.status),
            request.subject_request_id.clone(),
            request.contact_id.clone(),
            rfc3339(request.received_at.as_ref()),
            request.approved_by.clone(),
            note(request),
        ]);
    }
    table.lines()
}

/// What stands out.
fn note(request: &SubjectRequestEntry) -> String {
    let erased_at = format!("erased at {}", rfc3339(request.erase_at.as_ref()));
    let untold = format!("{} to be told", request.recipients_untold);
    let notes = [
        (request.overdue, "overdue"),
        (request.extended, "extended"),
        (request.erase_at.is_some(), erased_at.as_str()),
        (request.erasing, "being erased"),
        (request.recipients_untold > 0, untold.as_str()),
    ];
    let notes: Vec<&str> = notes.into_iter().filter_map(|(holds, note)| holds.then_some(note)).collect();
    notes.join(", ")
}
