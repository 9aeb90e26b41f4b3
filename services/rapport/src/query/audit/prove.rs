//! `rapport audit prove`: what an auditor takes away, for one event or for all that happened with a contact.

use std::path::{Path, PathBuf};

use futures::{StreamExt as _, TryStreamExt as _};
use rapport_proto::v1::{GetProofRequest, ReadHistoryRequest};
use serde_json::json;

use super::told;
use crate::client::Client;
use crate::error::Failure;
use crate::output::{self, Format};

/// Proofs that are asked for at a time.
const PROOFS_UNDER_WAY_MAX: usize = 8;

/// What `rapport audit prove` takes.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(group(clap::ArgGroup::new("which").required(true).args(["position", "event_id", "contact"])))]
pub struct Options {
    /// Position of the event, as `rapport replay` or `rapport consent --trail` shows it.
    position: Option<u64>,
    /// Id of the event, in place of its position.
    #[arg(long, value_name = "ID")]
    event_id: Option<String>,
    /// Every event of a contact: its own, and those of deals and contracts with it. One file each, `POSITION.tlog-proof`.
    #[arg(long, value_name = "CONTACT_ID", requires = "out")]
    contact: Option<String>,
    /// File to write it to, best with the ending .tlog-proof; for --contact a folder. Left out: standard output.
    #[arg(long, value_name = "FILE|FOLDER")]
    out: Option<PathBuf>,
    /// Wait for a checkpoint that a quorum of the server's witnesses cosigned, for `rapport verify --policy`.
    #[arg(long)]
    cosigned: bool,
}

/// Fetches it, and writes it.
///
/// # Errors
/// When the gateway refuses, or a file or standard output cannot be written.
pub(super) async fn run(client: &Client, options: Options, format: Format) -> Result<(), Failure> {
    let Options { position, event_id, contact, out, cosigned } = options;
    if let (Some(contact_id), Some(folder)) = (contact, &out) {
        return of_contact(client, contact_id, folder, cosigned, format).await;
    }
    let (position, event_id) = (position.unwrap_or_default(), event_id.unwrap_or_default());
    let request = GetProofRequest { position, event_id, cosigned };
    let found = client.audit().get_proof(request).await?.into_inner();
    match out {
        Some(file) => write(&file, &found.proof),
        None => told(
            format,
            || json!({ "position": found.position, "proof": found.proof }),
            || found.proof.clone(),
        ),
    }
}

async fn of_contact(
    client: &Client,
    contact_id: String,
    folder: &Path,
    cosigned: bool,
    format: Format,
) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::file(folder, error))?;
    let request = ReadHistoryRequest { contact_id: contact_id.clone(), ..ReadHistoryRequest::default() };
    let events = client.history().read_history(request).await?.into_inner();
    let written = events
        .map(|event| {
            let mut audit = client.audit();
            async move {
                let request =
                    GetProofRequest { position: event?.position, cosigned, ..GetProofRequest::default() };
                let found = audit.get_proof(request).await?.into_inner();
                write(&folder.join(format!("{}.tlog-proof", found.position)), &found.proof)
            }
        })
        .buffered(PROOFS_UNDER_WAY_MAX)
        .try_fold(0_u64, async |count, ()| Ok(count + 1))
        .await?;
    let document = || json!({ "contact_id": contact_id, "proofs": written, "folder": folder });
    let words = || output::facts(&[("proofs", written.to_string()), ("in", folder.display().to_string())]);
    told(format, document, words)
}

fn write(file: &Path, proof: &str) -> Result<(), Failure> {
    std::fs::write(file, proof).map_err(|error| Failure::file(file, error))
}
