//! `rapport contact`: who there is.

use rapport_proto::v1::search_contacts_request::By;
use rapport_proto::v1::{
    ContactKind, ContactProfile, GetContactRequest, LifecycleStage, ListContactsRequest,
    SearchContactsRequest,
};
use serde_json::{Value, json};

use super::pages::{Extent, Page, gather};
use super::patience::ask;
use crate::client::{Client, ReadOptions, Standing};
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::wire::word_of;

/// What `rapport contact` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// One contact.
    Get {
        /// Its id.
        contact_id: String,
        /// From which position on.
        #[command(flatten)]
        read: ReadOptions,
    },
    /// Contacts with exactly this address, number or id in a source system.
    Search {
        /// By what.
        #[command(flatten)]
        by: SearchBy,
        /// From which position on.
        #[command(flatten)]
        read: ReadOptions,
    },
    /// All contacts, in the order they were registered.
    List {
        /// How many.
        #[command(flatten)]
        extent: Extent,
        /// From which position on.
        #[command(flatten)]
        read: ReadOptions,
    },
}

/// By what a contact is looked for; exactly one.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct SearchBy {
    /// E-mail address.
    #[arg(long)]
    email: Option<String>,
    /// Telephone number in its international form.
    #[arg(long)]
    phone: Option<String>,
    /// What the source system knows them by.
    #[arg(long)]
    external_ref: Option<String>,
}

/// Reads and writes it.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    match command {
        Command::Get { contact_id, read } => get(client, contact_id, read, format).await,
        Command::Search { by, read } => search(client, by, read, format).await,
        Command::List { extent, read } => list(client, extent, read, format).await,
    }
}

async fn get(client: &Client, contact_id: String, read: ReadOptions, format: Format) -> Result<(), Failure> {
    let request = GetContactRequest { header: read.header(), contact_id };
    let answer = ask(|| {
        let (mut service, request) = (client.contacts(), request.clone());
        async move { service.get_contact(request).await }
    })
    .await?;
    let standing = Standing::from(&answer);
    match format {
        Format::Json => {
            output::document(&standing.beside(json!({ "contact": answer.contact.as_ref().map(contact) })))
        }
        Format::Table => {
            let card = answer.contact.as_ref().map_or_else(|| "Not there yet.\n".to_owned(), card);
            output::words(&format!("{}{card}", read.heading(standing)))
        }
    }
}

async fn search(client: &Client, by: SearchBy, read: ReadOptions, format: Format) -> Result<(), Failure> {
    let email = by.email.map(By::Email);
    let by = email.or_else(|| by.phone.map(By::Phone)).or_else(|| by.external_ref.map(By::ExternalRef));
    let request = SearchContactsRequest { header: read.header(), by };
    let answer = ask(|| {
        let (mut service, request) = (client.contacts(), request.clone());
        async move { service.search_contacts(request).await }
    })
    .await?;
    let standing = Standing::from(&answer);
    match format {
        Format::Json => output::document(&standing.beside(json!({
            "contacts": answer.contacts.iter().map(contact).collect::<Value>(),
        }))),
        Format::Table => output::words(&format!("{}{}", read.heading(standing), table(&answer.contacts))),
    }
}

async fn list(client: &Client, extent: Extent, read: ReadOptions, format: Format) -> Result<(), Failure> {
    let total = std::cell::Cell::new(0);
    let gathered = gather(extent, |page| {
        let request = ListContactsRequest { header: read.header(), page: Some(page) };
        let mut service = client.contacts();
        let total = &total;
        async move {
            let answer = service.list_contacts(request).await?.into_inner();
            total.set(answer.total);
            let standing = Standing::from(&answer);
            Ok(Page { entries: answer.contacts, next: answer.next_page_token, standing })
        }
    })
    .await?;
    match format {
        Format::Json => output::document(&gathered.standing.beside(json!({
            "contacts": gathered.entries.iter().map(contact).collect::<Value>(),
            "total": total.get(),
            "more": gathered.more,
        }))),
        Format::Table => {
            let shown = gathered.entries.len();
            let heading = read.heading(gathered.standing);
            let table = table(&gathered.entries);
            output::words(&format!("{heading}{table}{shown} of {} contacts\n", total.get()))
        }
    }
}

/// A contact as JSON.
#[must_use]
pub fn contact(contact: &ContactProfile) -> Value {
    let points = contact.contact_points.iter().map(|point| {
        json!({
            "contact_point_id": point.contact_point_id,
            "kind": point.kind,
            "point": output::personal(point.point.as_ref()),
        })
    });
    json!({
        "contact_id": contact.contact_id,
        "kind": output::text(&word_of::<ContactKind>(contact.kind)),
        "name": output::personal(contact.name.as_ref()),
        "contact_points": points.collect::<Value>(),
        "owner": output::text(&contact.owner),
        "lifecycle_stage": output::text(&word_of::<LifecycleStage>(contact.lifecycle_stage)),
        "segments": output::entries(&contact.segments),
        "external_ref": output::text(&contact.external_ref),
        "archived": contact.archived,
        "erased": contact.erased,
        "registered_at": output::instant(contact.registered_at.as_ref()),
        "revision": contact.revision,
    })
}

fn table(contacts: &[ContactProfile]) -> String {
    let mut table = Table::new(vec!["contact", "kind", "stage", "name", "external_ref"]);
    for contact in contacts {
        table.row(vec![
            contact.contact_id.clone(),
            word_of::<ContactKind>(contact.kind),
            word_of::<LifecycleStage>(contact.lifecycle_stage),
            output::personal_words(contact.name.as_ref()),
            contact.external_ref.clone(),
        ]);
    }
    table.lines()
}

fn card(contact: &ContactProfile) -> String {
    let mut table = Table::new(vec!["field", "value"]);
    let mut row = |name: &str, value: String| {
        if !value.is_empty() {
            table.row(vec![name.to_owned(), value]);
        }
    };
    row("contact", contact.contact_id.clone());
    row("kind", word_of::<ContactKind>(contact.kind));
    row("name", output::personal_words(contact.name.as_ref()));
    for point in &contact.contact_points {
        row(&point.kind, output::personal_words(point.point.as_ref()));
    }
    row("owner", contact.owner.clone());
    row("stage", word_of::<LifecycleStage>(contact.lifecycle_stage));
    row("segments", output::fields(&contact.segments));
    row("external_ref", contact.external_ref.clone());
    row("registered_at", crate::wire::rfc3339(contact.registered_at.as_ref()));
    row("archived", if contact.archived { "yes".to_owned() } else { String::new() });
    row("erased", if contact.erased { "yes".to_owned() } else { String::new() });
    table.lines()
}
