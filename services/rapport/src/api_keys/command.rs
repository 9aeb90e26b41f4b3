//! `rapport api-key`: keys are made, listed and taken back.

use std::path::{Path, PathBuf};

use rapport_domain::value::Date;
use serde_json::{Value, json};

use super::file::{Key, KeyFile};
use super::{PREFIX, digest};
use crate::client::Actor;
use crate::error::Failure;
use crate::output::{self, Format, Table};

/// Bytes of a secret.
const SECRET_BYTES: usize = 32;

/// What `rapport api-key` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Makes a key and writes it to standard output, once: the file keeps a digest only.
    Create {
        /// What it is called: lower-case letters, digits and `-`.
        id: String,
        /// Whom it is given to: who calls with it is this actor.
        #[arg(long = "for", value_name = "KIND:ID")]
        given_to: Actor,
        /// The day from which on it is not valid any more.
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
        expires_on: Option<Date>,
        /// The file; made when it is not there.
        #[arg(long, value_name = "FILE", env = "RAPPORT_API_KEYS")]
        keys: PathBuf,
    },
    /// Every key: its id, whom it is given to, until when.
    List {
        /// The file.
        #[arg(long, value_name = "FILE", env = "RAPPORT_API_KEYS")]
        keys: PathBuf,
    },
    /// Takes a key back: no call with it is answered from now on.
    Revoke {
        /// Which one.
        id: String,
        /// The file.
        #[arg(long, value_name = "FILE", env = "RAPPORT_API_KEYS")]
        keys: PathBuf,
    },
}

/// Does it.
///
/// # Errors
/// When the file cannot be read or written, or there is no such key.
pub fn run(command: Command, format: Format) -> Result<(), Failure> {
    match command {
        Command::Create { id, given_to, expires_on, keys } => {
            let secret = create(&keys, id, &given_to, expires_on)?;
            match format {
                Format::Json => output::document(&json!({ "api_key": secret })),
                Format::Table => output::words(&format!("{secret}\n")),
            }
        }
        Command::List { keys } => {
            let file = KeyFile::read(&keys)?;
            match format {
                Format::Json => output::document(&document(&file)),
                Format::Table => output::words(&table(&file)),
            }
        }
        Command::Revoke { id, keys } => revoke(&keys, &id),
    }
}

fn create(path: &Path, id: String, given_to: &Actor, expires_on: Option<Date>) -> Result<String, Failure> {
    let mut file = if path.exists() { KeyFile::read(path)? } else { KeyFile::default() };
    let mut bytes = [0_u8; SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| Failure::Local(format!("no randomness: {error}")))?;
    let secret = rapport_application::digest::hex(&bytes);
    let api_key = format!("{PREFIX}{id}_{secret}");
    file.keys.push(Key { id, actor: given_to.to_string(), sha256: digest(&secret), expires_on });
    file.write(path)?;
    Ok(api_key)
}

fn revoke(path: &Path, id: &str) -> Result<(), Failure> {
    let mut file = KeyFile::read(path)?;
    let before = file.keys.len();
    file.keys.retain(|key| key.id != id);
    if file.keys.len() == before {
        return Err(Failure::Usage(format!("{} has no API key {id:?}", path.display())));
    }
    file.write(path)
}

fn document(file: &KeyFile) -> Value {
    let key = |key: &Key| json!({ "id": key.id, "actor": key.actor, "expires_on": key.expires_on });
    json!({ "api_keys": file.keys.iter().map(key).collect::<Value>() })
}

fn table(file: &KeyFile) -> String {
    let mut table = Table::new(vec!["key", "for", "expires_on"]);
    for key in &file.keys {
        let expires_on = key.expires_on.map_or_else(String::new, |day| day.to_string());
        table.row(vec![key.id.clone(), key.actor.clone(), expires_on]);
    }
    table.lines()
}

fn day(text: &str) -> Result<Date, String> {
    Date::parse(text).map_err(|invalid| invalid.expected)
}
