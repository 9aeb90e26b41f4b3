//! `rapport api-key`: keys are made, listed and taken back.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rapport_authorization::UNRESTRICTED;
use rapport_domain::value::{Date, Key as Role};
use serde_json::{Value, json};

use super::file::{Key, KeyFile};
use super::{PREFIX, digest};
use crate::client::Actor;
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::policy::load;

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
        /// What it may: a role that policies speak of, see `rapport policy list`. Several are given one after another, or
        /// with commas.
        #[arg(long = "role", value_name = "ROLE", value_delimiter = ',', required = true, value_parser = role)]
        roles: Vec<Role>,
        /// The day from which on it is not valid any more.
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = Date::parse)]
        expires_on: Option<Date>,
        /// The file; made when it is not there.
        #[arg(long, value_name = "FILE", env = "RAPPORT_API_KEYS")]
        keys: PathBuf,
        /// Folder of the policies that the server is given, where it is given some.
        #[arg(long, value_name = "FOLDER", env = "RAPPORT_POLICIES")]
        policies: Option<PathBuf>,
    },
    /// Every key: its id, whom it is given to, in which roles, until when.
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
        Command::Create { id, given_to, roles, expires_on, keys, policies } => {
            let actor = given_to.to_string();
            let roles = Some(roles.into_iter().collect());
            let key = Key { id, actor, sha256: String::new(), roles, expires_on };
            let secret = create(&keys, key, load(policies.as_deref())?.roles())?;
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

/// Adds a key with a new secret, and tells it.
fn create(path: &Path, key: Key, known: &BTreeSet<Role>) -> Result<String, Failure> {
    let mut file = if path.exists() { KeyFile::read(path)? } else { KeyFile::default() };
    let mut bytes = [0_u8; SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| Failure::Local(format!("no randomness: {error}")))?;
    let secret = rapport_domain::value::hex(&bytes);
    let api_key = format!("{PREFIX}{}_{secret}", key.id);
    file.keys.push(Key { sha256: digest(&secret), ..key });
    file.assert_roles(path, known)?;
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
    let key = |key: &Key| json!({ "id": key.id, "actor": key.actor, "roles": key.roles, "expires_on": key.expires_on });
    json!({ "api_keys": file.keys.iter().map(key).collect::<Value>() })
}

fn table(file: &KeyFile) -> String {
    let mut table = Table::new(vec!["key", "for", "roles", "expires_on"]);
    for key in &file.keys {
        let expires_on = key.expires_on.map_or_else(String::new, |day| day.to_string());
        let roles = key.roles.as_ref().map_or_else(
            || UNRESTRICTED.to_owned(),
            |roles| roles.iter().map(Role::as_str).collect::<Vec<_>>().join(","),
        );
        table.row(vec![key.id.clone(), key.actor.clone(), roles, expires_on]);
    }
    table.lines()
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).map_err(|invalid| invalid.expected)
}
