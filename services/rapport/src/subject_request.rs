//! `rapport subject-request`: what people ask for about their own data.

mod archive;
mod list;
mod recipients;

use rapport_proto::v1::{
    ApproveSubjectRequestRequest, ArchiveKey, CancelErasureRequest, CommandHeader, ErasureCertificate,
    ExtendSubjectRequestRequest, FulfilSubjectRequestRequest, GetSubjectRequestRequest,
    ReceiveSubjectRequestRequest, RefuseSubjectRequestRequest, SubjectArchive, SubjectRequest,
    SubjectRequestStatus, SubjectRight,
};
use serde_json::{Value, json};

use crate::client::Client;
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::wire::{parse_moment, parse_word, rfc3339, timestamp, word_of};

/// What `rapport subject-request` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Takes a request in: from its arrival on there is a month to answer it.
    Receive {
        /// Whose data it is about.
        contact_id: String,
        /// What is asked for: access, rectification, erasure, restriction, portability or objection.
        #[arg(long, value_name = "RIGHT", value_parser = parse_word::<SubjectRight>)]
        right: SubjectRight,
        /// On what ground: `17(1)(b)`. Nothing personal.
        #[arg(long, value_name = "TEXT", default_value = "")]
        ground: String,
        /// When it arrived; now, if nothing is said.
        #[arg(long, value_name = "TIME", value_parser = parse_moment)]
        arrived_at: Option<rapport_domain::value::Instant>,
    },
    /// Takes two months more, once.
    Extend {
        /// Which one.
        subject_request_id: String,
        /// Why. Nothing personal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Says yes to it; somebody else than who received it has to. An erasure then waits for its window to close, where the
    /// server has one, and is done by itself.
    Approve {
        /// Which one.
        subject_request_id: String,
    },
    /// Takes back that an erasure was approved, while its window is open. The request is open as it was before.
    CancelErasure {
        /// Which one.
        subject_request_id: String,
        /// Why. Nothing personal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Says no to it.
    Refuse {
        /// Which one.
        subject_request_id: String,
        /// Why. Nothing personal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Closes an approved one. An erasure is done here, and cannot be undone.
    Fulfil {
        /// Which one.
        subject_request_id: String,
        /// What was done, but for an erasure. Nothing personal.
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// Notes that a recipient of the person's data was told that it was set right, erased or restricted.
    Told(recipients::Told),
    /// Notes that a recipient cannot be told, or not in proportion.
    NotTold(recipients::NotTold),
    /// Makes one encrypted file of everything that is kept about the person of an approved request for access or portability:
    /// a zip of JSON, CSV, their consents, who read their data, and proofs. Opened with age and its key.
    Archive(archive::Options),
    /// All requests, what is due first comes first.
    List(list::Options),
    /// How a request stands, with its certificate where somebody was erased.
    Show {
        /// Which one.
        subject_request_id: String,
    },
}

/// Does it, and writes how the request stands afterwards.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    let mut service = client.subject_requests();
    let subject_request_id = match command {
        Command::Receive { contact_id, right, ground, arrived_at } => {
            let occurred_at = arrived_at.map(timestamp);
            let header = Some(CommandHeader { occurred_at, ..header() });
            let (right, subject_request_id) = (right.into(), String::new());
            let request =
                ReceiveSubjectRequestRequest { header, subject_request_id, contact_id, right, ground };
            service.receive_subject_request(request).await?.into_inner().subject_request_id
        }
        Command::Extend { subject_request_id, reason } => {
            let id = subject_request_id.clone();
            let request = ExtendSubjectRequestRequest { header: Some(header()), subject_request_id, reason };
            service.extend_subject_request(request).await?;
            id
        }
        Command::Approve { subject_request_id } => {
            let id = subject_request_id.clone();
            let request = ApproveSubjectRequestRequest { header: Some(header()), subject_request_id };
            service.approve_subject_request(request).await?;
            id
        }
        Command::CancelErasure { subject_request_id, reason } => {
            let id = subject_request_id.clone();
            let request = CancelErasureRequest { header: Some(header()), subject_request_id, reason };
            service.cancel_erasure(request).await?;
            id
        }
        Command::Refuse { subject_request_id, reason } => {
            let id = subject_request_id.clone();
            let request = RefuseSubjectRequestRequest { header: Some(header()), subject_request_id, reason };
            service.refuse_subject_request(request).await?;
            id
        }
        Command::Fulfil { subject_request_id, note } => {
            let id = subject_request_id.clone();
            let request = FulfilSubjectRequestRequest { header: Some(header()), subject_request_id, note };
            service.fulfil_subject_request(request).await?;
            id
        }
        Command::Told(options) => recipients::told(client, options).await?,
        Command::NotTold(options) => recipients::not_told(client, options).await?,
        Command::Archive(options) => archive::run(client, options).await?,
        Command::List(options) => return list::run(client, options, format).await,
        Command::Show { subject_request_id } => subject_request_id,
    };
    show(client, subject_request_id, format).await
}

async fn show(client: &Client, subject_request_id: String, format: Format) -> Result<(), Failure> {
    let request = GetSubjectRequestRequest { subject_request_id };
    let answer = client.subject_requests().get_subject_request(request).await?.into_inner();
    let request = answer.subject_request.unwrap_or_default();
    match format {
        Format::Json => output::document(&document(&request)),
        Format::Table => output::words(&card(&request)),
    }
}

fn header() -> CommandHeader {
    let request_id = format!("subject-request:{}", uuid::Uuid::now_v7().simple());
    CommandHeader { request_id, ..CommandHeader::default() }
}

fn document(request: &SubjectRequest) -> Value {
    json!({
        "subject_request_id": request.subject_request_id,
        "contact_id": request.contact_id,
        "right": word_of::<SubjectRight>(request.right),
        "ground": output::text(&request.ground),
        "status": word_of::<SubjectRequestStatus>(request.status),
        "due_on": request.due_on,
        "extension_reason": output::text(&request.extension_reason),
        "due_soon": request.due_soon,
        "overdue": request.overdue,
        "received_by": request.received_by,
        "approved_by": output::text(&request.approved_by),
        "erase_at": output::instant(request.erase_at.as_ref()),
        "erasing": request.erasing,
        "cancellation_reason": output::text(&request.cancellation_reason),
        "refusal_reason": output::text(&request.refusal_reason),
        "note": output::text(&request.note),
        "certificate": request.certificate.as_ref().map(certificate),
        "archive": request.archive.as_ref().map(archive_document),
        "recipients": request.recipients.iter().map(recipients::document).collect::<Value>(),
    })
}

fn archive_document(archive: &SubjectArchive) -> Value {
    json!({
        "sha256": archive.sha256,
        "bytes": archive.bytes,
        "position": archive.position,
        "opened_by": word_of::<ArchiveKey>(archive.opened_by),
        "made_by": archive.made_by,
        "made_at": output::instant(archive.made_at.as_ref()),
    })
}

fn certificate(certificate: &ErasureCertificate) -> Value {
    let stores = certificate.stores.iter().map(|store| json!({ "name": store.name, "method": store.method }));
    json!({
        "key_ids": certificate.key_ids,
        "keys_destroyed_at": output::instant(certificate.keys_destroyed_at.as_ref()),
        "fields_probed": certificate.fields_probed,
        "stores": stores.collect::<Value>(),
        "digests_kept": certificate.digests_kept,
        "software": certificate.software,
    })
}

fn card(request: &SubjectRequest) -> String {
    let mut table = Table::new(vec!["field", "value"]);
    let mut row = |name: &str, value: String| {
        if !value.is_empty() {
            table.row(vec![name.to_owned(), value]);
        }
    };
    row("request", request.subject_request_id.clone());
    row("contact", request.contact_id.clone());
    row("right", word_of::<SubjectRight>(request.right));
    row("ground", request.ground.clone());
    row("status", word_of::<SubjectRequestStatus>(request.status));
    let late = match (request.overdue, request.due_soon) {
        (true, _) => ", overdue",
        (false, true) => ", soon",
        (false, false) => "",
    };
    row("due_on", format!("{}{late}", request.due_on));
    row("extended because", request.extension_reason.clone());
    row("received_by", request.received_by.clone());
    row("approved_by", request.approved_by.clone());
    row("to be erased at", rfc3339(request.erase_at.as_ref()));
    row("erasure", if request.erasing { "has begun".to_owned() } else { String::new() });
    row("cancelled because", request.cancellation_reason.clone());
    row("refused because", request.refusal_reason.clone());
    row("note", request.note.clone());
    if let Some(archive) = &request.archive {
        row("archive made at", rfc3339(archive.made_at.as_ref()));
        row("made by", archive.made_by.clone());
        row("reaches to", format!("position {}", archive.position));
        row("opened by", format!("a {}", word_of::<ArchiveKey>(archive.opened_by)));
        row("archive", format!("{} bytes, SHA-256 {}", archive.bytes, archive.sha256));
    }
    if let Some(certificate) = &request.certificate {
        row("keys destroyed at", rfc3339(certificate.keys_destroyed_at.as_ref()));
        row("keys", certificate.key_ids.join(", "));
        row("fields probed", format!("{}, none of them opens", certificate.fields_probed));
        for store in &certificate.stores {
            row(&format!("in {}", store.name), store.method.clone());
        }
        if certificate.digests_kept > 0 {
            let kept = format!("keyed digests of {} contact points", certificate.digests_kept);
            row("on the suppression list", kept);
        }
        row("software", certificate.software.clone());
    }
    for recipient in &request.recipients {
        row(&recipient.recipient, recipients::words(recipient));
    }
    table.lines()
}
