//! `rapport audit`: what was signed of the log, and proofs that events are in it.

mod prove;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rapport_proto::v1::{
    CommandHeader, DeclareForkRequest, GetCheckpointRequest, GetCheckpointResponse,
    GetConsistencyProofRequest,
};
use serde_json::{Value, json};

use crate::client::Client;
use crate::error::Failure;
use crate::output::{self, Format, facts};

/// What `rapport audit` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// The checkpoint that was signed last: a signed note, as c2sp.org/tlog-checkpoint says.
    Checkpoint {
        /// The last one that a quorum of the server's witnesses cosigned, with their cosignatures.
        #[arg(long)]
        cosigned: bool,
    },
    /// The public key that checkpoints are checked with. Give it to auditors on a way that they trust.
    Key,
    /// Everything that shows that an event is in the log, to be checked offline with `rapport verify`.
    Prove(prove::Options),
    /// The proof that the log of one size is the beginning of the log of another.
    Consistency {
        /// Events of the older one.
        #[arg(long, value_name = "SIZE")]
        from: u64,
        /// Events of the newer one. 0: of the last checkpoint.
        #[arg(long, value_name = "SIZE", default_value_t = 0)]
        to: u64,
    },
    /// Say that the log begins a new history, under another name, where it was restored from an older backup. What was
    /// signed under the older name stays signed, and contradicts nothing.
    DeclareFork {
        /// Why. Kept in clear, for ever.
        #[arg(long)]
        reason: String,
    },
}

/// Does it.
///
/// # Errors
/// When the gateway refuses, a file cannot be written, or standard output cannot.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    match command {
        Command::Checkpoint { cosigned } => checkpoint(&signed(client).await?, cosigned, format),
        Command::Key => {
            let key = signed(client).await?.verifier_key;
            told(format, || json!({ "verifier_key": key }), || format!("{key}\n"))
        }
        Command::Prove(options) => prove::run(client, options, format).await,
        Command::Consistency { from, to } => consistency(client, from, to, format).await,
        Command::DeclareFork { reason } => declare_fork(client, reason, format).await,
    }
}

async fn signed(client: &Client) -> Result<GetCheckpointResponse, Failure> {
    Ok(client.audit().get_checkpoint(GetCheckpointRequest {}).await?.into_inner())
}

fn checkpoint(signed: &GetCheckpointResponse, cosigned: bool, format: Format) -> Result<(), Failure> {
    if !signed.refusal.is_empty() {
        eprintln!("no newer checkpoint is signed: {}", signed.refusal);
    }
    if cosigned && signed.cosigned_checkpoint.is_empty() {
        let said = "no quorum of witnesses has cosigned a checkpoint since the server started, or it has no witnesses";
        return Err(Failure::Local(said.to_owned()));
    }
    let document = || {
        json!({
            "checkpoint": signed.checkpoint,
            "verifier_key": signed.verifier_key,
            "size": signed.size,
            "refusal": output::text(&signed.refusal),
            "cosigned_checkpoint": output::text(&signed.cosigned_checkpoint),
            "cosigned_size": signed.cosigned_size,
        })
    };
    told(format, document, || if cosigned { &signed.cosigned_checkpoint } else { &signed.checkpoint }.clone())
}

async fn consistency(client: &Client, from: u64, to: u64, format: Format) -> Result<(), Failure> {
    let request = GetConsistencyProofRequest { from_size: from, to_size: to };
    let found = client.audit().get_consistency_proof(request).await?.into_inner();
    let hashes: Vec<String> = found.hashes.iter().map(|hash| STANDARD.encode(hash)).collect();
    let (older, newer) = (STANDARD.encode(&found.from_root), STANDARD.encode(&found.to_root));
    let document = || {
        json!({
            "from_size": from,
            "from_root": older,
            "to_size": found.to_size,
            "to_root": newer,
            "hashes": hashes,
        })
    };
    let words = || {
        let mut rows = vec![
            ("from", format!("{from} events, root {older}")),
            ("to", format!("{} events, root {newer}", found.to_size)),
        ];
        rows.extend(hashes.iter().map(|hash| ("hash", hash.clone())));
        facts(&rows)
    };
    told(format, document, words)
}

async fn declare_fork(client: &Client, reason: String, format: Format) -> Result<(), Failure> {
    let request_id = format!("declare-fork:{}", uuid::Uuid::now_v7().simple());
    let header = Some(CommandHeader { request_id, ..CommandHeader::default() });
    let done = client.audit().declare_fork(DeclareForkRequest { header, reason }).await?.into_inner();
    let document = || json!({ "origin": done.origin, "verifier_key": done.verifier_key });
    let words = || {
        facts(&[
            ("the log is now called", done.origin.clone()),
            ("give auditors its key", done.verifier_key.clone()),
        ])
    };
    told(format, document, words)
}

fn told(
    format: Format,
    document: impl FnOnce() -> Value,
    words: impl FnOnce() -> String,
) -> Result<(), Failure> {
    match format {
        Format::Json => output::document(&document()),
        Format::Table => output::words(&words()),
    }
}
