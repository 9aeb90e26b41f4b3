//! `rapport subject-request told` and `not-told`: those who have to be told what was done about a request.

use rapport_proto::v1::{
    CommandHeader, NoteRecipientNotToldRequest, NoteRecipientToldRequest, NotificationStatus, Recipient,
};
use serde_json::{Value, json};

use super::header;
use crate::client::Client;
use crate::error::Failure;
use crate::output;
use crate::wire::{parse_moment, rfc3339, timestamp, word_of};

/// What `rapport subject-request told` takes.
#[derive(Debug, clap::Args)]
pub struct Told {
    /// Which request.
    subject_request_id: String,
    /// Who was told, as `subject-request show` names them.
    #[arg(long, value_name = "NAME")]
    recipient: String,
    /// When; now, if nothing is said.
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    at: Option<rapport_domain::value::Instant>,
}

/// What `rapport subject-request not-told` takes.
#[derive(Debug, clap::Args)]
pub struct NotTold {
    /// Which request.
    subject_request_id: String,
    /// Who cannot be told, as `subject-request show` names them.
    #[arg(long, value_name = "NAME")]
    recipient: String,
    /// Why. Nothing personal.
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Notes that a recipient was told; the id of the request.
///
/// # Errors
/// When the gateway refuses.
pub(super) async fn told(client: &Client, options: Told) -> Result<String, Failure> {
    let Told { subject_request_id, recipient, at } = options;
    let header = Some(CommandHeader { occurred_at: at.map(timestamp), ..header() });
    let id = subject_request_id.clone();
    let request = NoteRecipientToldRequest { header, subject_request_id, recipient };
    client.subject_requests().note_recipient_told(request).await?;
    Ok(id)
}

/// Notes that a recipient cannot be told; the id of the request.
///
/// # Errors
/// When the gateway refuses.
pub(super) async fn not_told(client: &Client, options: NotTold) -> Result<String, Failure> {
    let NotTold { subject_request_id, recipient, reason } = options;
    let id = subject_request_id.clone();
    let request =
        NoteRecipientNotToldRequest { header: Some(header()), subject_request_id, recipient, reason };
    client.subject_requests().note_recipient_not_told(request).await?;
    Ok(id)
}

pub(super) fn document(recipient: &Recipient) -> Value {
    json!({
        "recipient": recipient.recipient,
        "status": word_of::<NotificationStatus>(recipient.status),
        "noted_at": output::instant(recipient.noted_at.as_ref()),
        "noted_by": output::text(&recipient.noted_by),
        "reason": output::text(&recipient.reason),
    })
}

/// How far it is, in words.
pub(super) fn words(recipient: &Recipient) -> String {
    let noted = format!("{} by {}", rfc3339(recipient.noted_at.as_ref()), recipient.noted_by);
    match recipient.status() {
        NotificationStatus::Told => format!("told {noted}"),
        NotificationStatus::Impossible => format!("impossible since {noted}: {}", recipient.reason),
        NotificationStatus::Open | NotificationStatus::Unspecified => "has to be told".to_owned(),
    }
}
