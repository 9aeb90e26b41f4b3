//! `rapport note`: what a colleague writes down about a contact, and to whom it is brought.

use rapport_proto::v1::{CommandHeader, InteractionChannel, InteractionDirection, RecordInteractionRequest};
use serde_json::json;

use crate::client::Client;
use crate::error::Failure;
use crate::output::{self, Format};

/// What `rapport note` takes.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// About whom.
    contact_id: String,
    /// What is written down.
    #[arg(long)]
    text: String,
    /// A colleague who is to read it, by the company's own id: they have a task to do so. May be given several times.
    #[arg(long = "mention", value_name = "USER")]
    mentions: Vec<String>,
}

/// Does it.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, options: Options, format: Format) -> Result<(), Failure> {
    let request_id = format!("note:{}", uuid::Uuid::now_v7().simple());
    let request = RecordInteractionRequest {
        header: Some(CommandHeader { request_id, ..CommandHeader::default() }),
        contact_id: options.contact_id,
        channel: InteractionChannel::Note.into(),
        direction: InteractionDirection::Internal.into(),
        summary: options.text,
        mentions: options.mentions,
        ..RecordInteractionRequest::default()
    };
    let answer = client.interactions().record_interaction(request).await?.into_inner();
    let position = answer.receipt.unwrap_or_default().position;
    match format {
        Format::Json => {
            output::document(&json!({ "interaction_id": answer.interaction_id, "position": position }))
        }
        Format::Table => output::words(&format!("Recorded as {}.\n", answer.interaction_id)),
    }
}
