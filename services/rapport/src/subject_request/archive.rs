//! `rapport subject-request archive`: everything that is kept about a person, as one file that only its key opens.
//!
//! What is kept in the clear is in memory only: it is encrypted as it is written, and the file appears when it is whole and
//! the log says that it was made.

mod business;
mod files;
mod gathered;
mod readme;
mod spreadsheet;

use std::path::PathBuf;

use rapport_archive::{Archive, Key, Written};
use rapport_domain::value::Sha256;
use rapport_proto::v1::{ArchiveKey, CommandHeader, NoteSubjectArchiveRequest};

use self::gathered::Gathered;
use crate::client::Client;
use crate::error::Failure;
use crate::pending_file::Pending;
use crate::query::consent::description::Description;
use crate::secret_file::read_secret;

/// The option that names a passphrase.
const PASSPHRASE_FILE: &str = "--passphrase-file";

/// What `rapport subject-request archive` takes.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(group(clap::ArgGroup::new("key").required(true).args(["passphrase_file", "recipient"])))]
pub struct Options {
    /// The approved request that it answers.
    subject_request_id: String,
    /// The file to make, best with the ending .zip.age. One that is there is not overwritten.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// File with the passphrase that opens it, at least 16 characters. Tell it on another way than the file takes.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Public key of who opens it, `age1...`, as age-keygen prints it.
    #[arg(long, value_name = "KEY", value_parser = recipient)]
    recipient: Option<Key>,
    /// What the ledger does not hold of the controller: a TOML file, see CONSENT_RECORDS.md. With it consents are also there
    /// as records of ISO/IEC TS 27560, and the README says what data is used for, how long, and who receives it.
    #[arg(long, value_name = "FILE")]
    controller: Option<PathBuf>,
    /// Leaves the proofs out, where the log is not signed.
    #[arg(long)]
    without_proofs: bool,
}

fn recipient(text: &str) -> Result<Key, String> {
    Key::recipient(text).map_err(|invalid| invalid.to_string())
}

/// Makes it, notes it, and puts it in its place; the id of its request.
///
/// # Errors
/// When the gateway refuses, a file cannot be read or written, or what is kept is too much.
pub(super) async fn run(client: &Client, options: Options) -> Result<String, Failure> {
    let key = key(&options)?;
    if options.out.exists() {
        let there = format!("{} is there already; name another file", options.out.display());
        return Err(Failure::Usage(there));
    }
    let controller = options.controller.as_deref().map(Description::read).transpose()?;
    let (out, pending) = Pending::beside(&options.out)?;
    let gathered = Gathered::fetch(client, &options.subject_request_id, options.without_proofs).await?;
    let position = gathered.begun.position;
    let failed = |error: rapport_archive::Error| Failure::file(&options.out, error);
    let mut archive = Archive::begin(out, &key).map_err(failed)?;
    for file in files::of(&gathered, controller.as_ref())? {
        archive.add(&file.name, &file.content).map_err(failed)?;
    }
    let (_, written) = archive.end().map_err(failed)?;
    note(client, &options.subject_request_id, written, position, &key).await?;
    pending.keep()?;
    Ok(options.subject_request_id)
}

fn key(options: &Options) -> Result<Key, Failure> {
    match (&options.passphrase_file, &options.recipient) {
        (_, Some(recipient)) => Ok(recipient.clone()),
        (Some(file), None) => {
            let bytes = read_secret(PASSPHRASE_FILE, file)?;
            let wrong = |what: &dyn std::fmt::Display| {
                Failure::Usage(format!("{PASSPHRASE_FILE} {}: {what}", file.display()))
            };
            let text = std::str::from_utf8(&bytes).map_err(|_| wrong(&"expected a text"))?;
            Key::passphrase(text).map_err(|invalid| wrong(&invalid))
        }
        (None, None) => Err(Failure::Usage(format!("say what opens it: {PASSPHRASE_FILE} or --recipient"))),
    }
}

async fn note(
    client: &Client,
    subject_request_id: &str,
    written: Written,
    position: u64,
    key: &Key,
) -> Result<(), Failure> {
    let sha256 = Sha256::from(written.sha256).to_string();
    let opened_by = match key {
        Key::Passphrase(_) => ArchiveKey::Passphrase,
        Key::Recipient(_) => ArchiveKey::Recipient,
    };
    let request = NoteSubjectArchiveRequest {
        header: Some(CommandHeader {
            request_id: format!("subject-archive:{sha256}"),
            ..CommandHeader::default()
        }),
        subject_request_id: subject_request_id.to_owned(),
        sha256,
        bytes: written.bytes,
        position,
        opened_by: opened_by.into(),
    };
    client.subject_requests().note_subject_archive(request).await?;
    Ok(())
}
