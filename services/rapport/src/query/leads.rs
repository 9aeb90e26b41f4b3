//! `rapport leads`: who has which, which nobody has, which are hot, and what becomes of them.

mod document;
mod words;

use rapport_proto::v1::{
    GetLeadReportRequest, GetLeadRequest, LeadFilter, LeadOrder, LeadRating, LeadSource, LeadStatus,
    ListLeadsRequest, PageRequest,
};
use serde_json::{Value, json};

use super::pages::{Extent, Page, gather};
use super::patience::ask;
use crate::client::{Client, ReadOptions, Standing};
use crate::error::Failure;
use crate::output::{self, Format};
use crate::report::certified;
use crate::wire::parse_word;

/// What `rapport leads` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Leads that somebody should be working on, who waits longest first; or others.
    Queue {
        /// Only those of this owner.
        #[arg(long, default_value = "", hide_default_value = true)]
        owner: String,
        /// Only those that wait in this queue.
        #[arg(long, default_value = "", hide_default_value = true)]
        queue: String,
        /// Only of this contact.
        #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
        contact: String,
        /// Only those that came from there.
        #[arg(long, value_parser = parse_word::<LeadSource>)]
        source: Option<LeadSource>,
        /// Instead: only where it stands so.
        #[arg(long, value_parser = parse_word::<LeadStatus>)]
        status: Option<LeadStatus>,
        /// How many.
        #[command(flatten)]
        extent: Extent,
        /// From which position on, or as of when.
        #[command(flatten)]
        read: ReadOptions,
    },
    /// Leads that nobody owns, who waits longest first.
    Unassigned {
        /// Only those that wait in this queue.
        #[arg(long, default_value = "", hide_default_value = true)]
        queue: String,
        /// How many.
        #[command(flatten)]
        extent: Extent,
        /// From which position on, or as of when.
        #[command(flatten)]
        read: ReadOptions,
    },
    /// Hot leads that somebody should be working on, who has most points first.
    Hot {
        /// Only those of this owner.
        #[arg(long, default_value = "", hide_default_value = true)]
        owner: String,
        /// How many.
        #[command(flatten)]
        extent: Extent,
        /// From which position on, or as of when.
        #[command(flatten)]
        read: ReadOptions,
    },
    /// How many leads reach which step, by where they come from; the lost ones too.
    Funnel(Reported),
    /// How soon leads are owned, contacted, converted and won, by where they come from.
    Speed(Reported),
}

/// Which leads to report on.
#[derive(Debug, clap::Args)]
pub struct Reported {
    /// First month in which they came in, YYYY-MM.
    #[arg(long, value_name = "MONTH", default_value = "", hide_default_value = true)]
    from_month: String,
    /// Last month, YYYY-MM.
    #[arg(long, value_name = "MONTH", default_value = "", hide_default_value = true)]
    to_month: String,
    /// Only those that came from there.
    #[arg(long, value_parser = parse_word::<LeadSource>)]
    source: Option<LeadSource>,
    /// From which position on, or as of when.
    #[command(flatten)]
    read: ReadOptions,
}

/// Reads and writes it.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    let (filter, order, extent, read) = match command {
        Command::Funnel(asked) => return report(client, asked, words::funnel, format).await,
        Command::Speed(asked) => return report(client, asked, words::speed, format).await,
        Command::Queue { owner, queue, contact, source, status, extent, read } => {
            let filter = LeadFilter {
                contact_id: contact,
                status: status.unwrap_or_default().into(),
                active: status.is_none(),
                owner,
                queue,
                source: source.unwrap_or_default().into(),
                ..LeadFilter::default()
            };
            (filter, LeadOrder::Oldest, extent, read)
        }
        Command::Unassigned { queue, extent, read } => {
            let filter = LeadFilter { queue, unassigned: true, active: true, ..LeadFilter::default() };
            (filter, LeadOrder::Oldest, extent, read)
        }
        Command::Hot { owner, extent, read } => {
            let rating = LeadRating::Hot.into();
            let filter = LeadFilter { owner, rating, active: true, ..LeadFilter::default() };
            (filter, LeadOrder::MostPoints, extent, read)
        }
    };
    let (header, order) = (read.header(), order.into());
    let request = ListLeadsRequest { header, filter: Some(filter), order, page: None };
    list(client, request, extent, read, format).await
}

async fn list(
    client: &Client,
    request: ListLeadsRequest,
    extent: Extent,
    read: ReadOptions,
    format: Format,
) -> Result<(), Failure> {
    let listed = gather(extent, |page| {
        let request = ListLeadsRequest { page: Some(page), ..request.clone() };
        let mut service = client.leads();
        async move {
            let answer = service.list_leads(request).await?.into_inner();
            let standing = Standing::from(&answer);
            Ok(Page { entries: answer.leads, next: answer.next_page_token, standing })
        }
    })
    .await?;
    match format {
        Format::Json => output::document(&listed.standing.beside(json!({
            "leads": listed.entries.iter().map(document::lead).collect::<Value>(),
            "more": listed.more,
        }))),
        Format::Table => {
            let heading = read.heading(listed.standing);
            output::words(&format!("{heading}{}", words::queue(&listed.entries)))
        }
    }
}

async fn report(
    client: &Client,
    asked: Reported,
    words: fn(&rapport_proto::v1::GetLeadReportResponse) -> String,
    format: Format,
) -> Result<(), Failure> {
    let Reported { from_month, to_month, source, read } = asked;
    let source = source.unwrap_or_default().into();
    let request = GetLeadReportRequest { header: read.header(), from_month, to_month, source };
    let report = ask(|| {
        let (mut service, request) = (client.leads(), request.clone());
        async move { service.get_lead_report(request).await }
    })
    .await?;
    let standing = Standing::from(&report);
    match format {
        Format::Json => {
            let document = standing.beside(document::report(&report));
            output::document(&certified(document, report.certificate.as_ref()))
        }
        Format::Table => output::words(&format!("{}{}", read.heading(standing), words(&report))),
    }
}

/// Writes a lead, and what happened to it.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn show(
    client: &Client,
    lead_id: String,
    extent: Extent,
    read: ReadOptions,
    format: Format,
) -> Result<(), Failure> {
    let request = |page: PageRequest| GetLeadRequest {
        header: read.header(),
        lead_id: lead_id.clone(),
        page: Some(page),
    };
    let first = ask(|| {
        let (mut service, request) =
            (client.leads(), request(PageRequest { page_size: 1, ..Default::default() }));
        async move { service.get_lead(request).await }
    })
    .await?;
    let happened = gather(extent, |page| {
        let (mut service, request) = (client.leads(), request(page));
        async move {
            let answer = service.get_lead(request).await?.into_inner();
            let standing = Standing::from(&answer);
            Ok(Page { entries: answer.entries, next: answer.next_page_token, standing })
        }
    })
    .await?;
    match format {
        Format::Json => output::document(&Standing::from(&first).beside(json!({
            "lead": first.lead.as_ref().map(document::lead),
            "entries": happened.entries.iter().map(document::entry).collect::<Value>(),
            "more": happened.more,
        }))),
        Format::Table => {
            let heading = read.heading(Standing::from(&first));
            let Some(lead) = &first.lead else {
                return output::words(&format!("{heading}No such lead yet.\n"));
            };
            output::words(&format!("{heading}{}\n{}", words::card(lead), words::entries(&happened.entries)))
        }
    }
}
