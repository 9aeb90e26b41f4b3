//! `rapport cases`: who has which, what is due next, how soon and how often too late they are solved.

mod document;
mod words;

use rapport_domain::value::Instant;
use rapport_proto::v1::{
    CaseFilter, CasePriority, CaseStatus, GetCaseReportRequest, GetCaseRequest, ListCasesRequest,
    ListDueCasesRequest, PageRequest,
};
use serde_json::{Value, json};

use super::pages::{Extent, Page, gather};
use super::patience::ask;
use crate::client::{Client, ReadOptions, Standing};
use crate::error::Failure;
use crate::output::{self, Format};
use crate::report::certified;
use crate::wire::{parse_moment, parse_word, timestamp};

/// What `rapport cases` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Cases that are not solved, in the order they were opened; or others.
    Queue {
        /// Only of this group.
        #[arg(long, default_value = "", hide_default_value = true)]
        group: String,
        /// Only those that this one works on.
        #[arg(long, default_value = "", hide_default_value = true)]
        assignee: String,
        /// Only with this contact.
        #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
        contact: String,
        /// Only this urgent.
        #[arg(long, value_parser = parse_word::<CasePriority>)]
        priority: Option<CasePriority>,
        /// Instead: only those with a low rating that nobody has looked at, solved or not.
        #[arg(long)]
        low_rated: bool,
        /// Instead: only where it stands so, solved or not.
        #[arg(long, value_parser = parse_word::<CaseStatus>)]
        status: Option<CaseStatus>,
        /// How many.
        #[command(flatten)]
        extent: Extent,
        /// From which position on, or as of when.
        #[command(flatten)]
        read: ReadOptions,
    },
    /// What is promised and still open, what is due first comes first.
    Due {
        /// Only of this group.
        #[arg(long, default_value = "", hide_default_value = true)]
        group: String,
        /// Only those that this one works on.
        #[arg(long, default_value = "", hide_default_value = true)]
        assignee: String,
        /// Only what is due before this moment (RFC 3339, or a day).
        #[arg(long, value_name = "TIME", value_parser = parse_moment)]
        before: Option<Instant>,
        /// How much of it.
        #[command(flatten)]
        extent: Extent,
        /// From which position on, or as of when.
        #[command(flatten)]
        read: ReadOptions,
    },
    /// How many there are, and how soon and how often too late they are solved.
    Report {
        /// First month of solutions, YYYY-MM.
        #[arg(long, value_name = "MONTH", default_value = "", hide_default_value = true)]
        from_month: String,
        /// Last month of solutions, YYYY-MM.
        #[arg(long, value_name = "MONTH", default_value = "", hide_default_value = true)]
        to_month: String,
        /// Only of this group.
        #[arg(long, default_value = "", hide_default_value = true)]
        group: String,
        /// Only this urgent.
        #[arg(long, value_parser = parse_word::<CasePriority>)]
        priority: Option<CasePriority>,
        /// From which position on, or as of when.
        #[command(flatten)]
        read: ReadOptions,
    },
}

/// Reads and writes it.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    match command {
        Command::Queue { group, assignee, contact, priority, low_rated, status, extent, read } => {
            let filter = CaseFilter {
                contact_id: contact,
                status: status.unwrap_or_default().into(),
                unsolved: status.is_none() && !low_rated,
                priority: priority.unwrap_or_default().into(),
                group,
                assignee,
                low_rated,
            };
            let request = ListCasesRequest { header: read.header(), filter: Some(filter), page: None };
            queue(client, request, extent, read, format).await
        }
        Command::Due { group, assignee, before, extent, read } => {
            let (header, due_before) = (read.header(), before.map(timestamp));
            let request = ListDueCasesRequest { header, group, assignee, due_before, page: None };
            due(client, request, extent, read, format).await
        }
        Command::Report { from_month, to_month, group, priority, read } => {
            let priority = priority.unwrap_or_default().into();
            let header = read.header();
            let request = GetCaseReportRequest { header, from_month, to_month, group, priority };
            report(client, request, read, format).await
        }
    }
}

async fn queue(
    client: &Client,
    request: ListCasesRequest,
    extent: Extent,
    read: ReadOptions,
    format: Format,
) -> Result<(), Failure> {
    let listed = gather(extent, |page| {
        let request = ListCasesRequest { page: Some(page), ..request.clone() };
        let mut service = client.cases();
        async move {
            let answer = service.list_cases(request).await?.into_inner();
            let standing = Standing::from(&answer);
            Ok(Page { entries: answer.cases, next: answer.next_page_token, standing })
        }
    })
    .await?;
    match format {
        Format::Json => output::document(&listed.standing.beside(json!({
            "cases": listed.entries.iter().map(document::case).collect::<Value>(),
            "more": listed.more,
        }))),
        Format::Table => {
            let heading = read.heading(listed.standing);
            output::words(&format!("{heading}{}", words::queue(&listed.entries)))
        }
    }
}

async fn due(
    client: &Client,
    request: ListDueCasesRequest,
    extent: Extent,
    read: ReadOptions,
    format: Format,
) -> Result<(), Failure> {
    let listed = gather(extent, |page| {
        let request = ListDueCasesRequest { page: Some(page), ..request.clone() };
        let mut service = client.cases();
        async move {
            let answer = service.list_due_cases(request).await?.into_inner();
            let standing = Standing::from(&answer);
            Ok(Page { entries: answer.promises, next: answer.next_page_token, standing })
        }
    })
    .await?;
    match format {
        Format::Json => output::document(&listed.standing.beside(json!({
            "promises": listed.entries.iter().map(document::promise).collect::<Value>(),
            "more": listed.more,
        }))),
        Format::Table => {
            let heading = read.heading(listed.standing);
            output::words(&format!("{heading}{}", words::due(&listed.entries)))
        }
    }
}

async fn report(
    client: &Client,
    request: GetCaseReportRequest,
    read: ReadOptions,
    format: Format,
) -> Result<(), Failure> {
    let report = ask(|| {
        let (mut service, request) = (client.cases(), request.clone());
        async move { service.get_case_report(request).await }
    })
    .await?;
    let standing = Standing::from(&report);
    match format {
        Format::Json => {
            let document = standing.beside(document::report(&report));
            output::document(&certified(document, report.certificate.as_ref()))
        }
        Format::Table => output::words(&format!("{}{}", read.heading(standing), words::report(&report))),
    }
}

/// Writes a case, and what happened to it.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn show(
    client: &Client,
    case_id: String,
    extent: Extent,
    read: ReadOptions,
    format: Format,
) -> Result<(), Failure> {
    let request = |page: PageRequest| GetCaseRequest {
        header: read.header(),
        case_id: case_id.clone(),
        page: Some(page),
    };
    let first = ask(|| {
        let (mut service, request) =
            (client.cases(), request(PageRequest { page_size: 1, ..Default::default() }));
        async move { service.get_case(request).await }
    })
    .await?;
    let happened = gather(extent, |page| {
        let (mut service, request) = (client.cases(), request(page));
        async move {
            let answer = service.get_case(request).await?.into_inner();
            let standing = Standing::from(&answer);
            Ok(Page { entries: answer.entries, next: answer.next_page_token, standing })
        }
    })
    .await?;
    match format {
        Format::Json => output::document(&Standing::from(&first).beside(json!({
            "case": first.case.as_ref().map(document::case),
            "entries": happened.entries.iter().map(document::entry).collect::<Value>(),
            "more": happened.more,
        }))),
        Format::Table => {
            let heading = read.heading(Standing::from(&first));
            let Some(case) = &first.case else {
                return output::words(&format!("{heading}No such case yet.\n"));
            };
            output::words(&format!("{heading}{}\n{}", words::card(case), words::entries(&happened.entries)))
        }
    }
}
