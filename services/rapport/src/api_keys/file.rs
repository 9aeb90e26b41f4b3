//! The file of the API keys: TOML, a table for each key.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use rapport_authorization::{Caller, UNRESTRICTED};
use rapport_domain::envelope::{Actor, ActorKind};
use rapport_domain::value::{Date, Key as Role, Reference};
use serde::{Deserialize, Serialize};

use crate::error::Failure;

/// Most keys of a file.
pub const API_KEYS_MAX: usize = 10_000;

/// A key that was given to somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Key {
    /// What it is called: lower-case letters, digits and `-`.
    pub(super) id: String,
    /// Whom it is given to, `kind:id`.
    pub(super) actor: String,
    /// SHA-256 of the secret, in hex.
    pub(super) sha256: String,
    /// What it may: the roles that policies speak of. Absent in files from before there were roles: everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) roles: Option<BTreeSet<Role>>,
    /// The day from which on it is not valid any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) expires_on: Option<Date>,
}

/// Every key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyFile {
    #[serde(default, rename = "key")]
    pub(super) keys: Vec<Key>,
}

impl Key {
    fn fault(&self) -> Option<&'static str> {
        let is_id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if self.id.is_empty() || self.id.len() > 64 || !self.id.chars().all(is_id) {
            Some("an id has up to 64 lower-case letters, digits and `-`")
        } else if parse_actor(&self.actor).is_none() {
            Some("an actor is KIND:ID; kinds are user, service, analyst, auditor, import and system")
        } else if self.sha256.len() != 64 || !self.sha256.chars().all(is_hex) {
            Some("sha256 has 64 hex digits")
        } else {
            None
        }
    }
}

impl KeyFile {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, or makes no sense: then it says which key.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let text = fs::read_to_string(path).map_err(|error| Failure::file(path, error))?;
        // The parser's message may quote the file.
        let file: Self = toml::from_str(&text).map_err(|error| {
            let at =
                error.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            Failure::Usage(format!("{}: line {at} is not what a file of API keys has", path.display()))
        })?;
        file.assert_sound(path)?;
        Ok(file)
    }

    fn assert_sound(&self, path: &Path) -> Result<(), Failure> {
        let wrong = |id: &str, fault: &str| {
            Err(Failure::Usage(format!("{}: the API key {id:?}: {fault}", path.display())))
        };
        if self.keys.len() > API_KEYS_MAX {
            return Err(Failure::Usage(format!("{}: more than {API_KEYS_MAX} API keys", path.display())));
        }
        let mut ids = BTreeSet::new();
        for key in &self.keys {
            if let Some(fault) = key.fault() {
                return wrong(&key.id, fault);
            }
            if !ids.insert(&key.id) {
                return wrong(&key.id, "there are two of this id");
            }
        }
        Ok(())
    }

    /// Writes the file as a whole, for its owner only: it is there before or after, never in between.
    ///
    /// # Errors
    /// When it makes no sense, or cannot be written.
    pub(super) fn write(&self, path: &Path) -> Result<(), Failure> {
        self.assert_sound(path)?;
        let text = toml::to_string(self).map_err(|error| Failure::Local(error.to_string()))?;
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let failed = |error| Failure::file(path, error);
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(path).map_err(|error| failed(error.error))?;
        fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Refuses roles that no policy can speak of.
    ///
    /// # Errors
    /// When a key has one: then it says which key, and which roles there are.
    pub(super) fn assert_roles(&self, path: &Path, known: &BTreeSet<Role>) -> Result<(), Failure> {
        let stranger = |key: &Key| key.roles.iter().flatten().find(|role| !known.contains(*role)).cloned();
        match self.keys.iter().find_map(|key| Some((&key.id, stranger(key)?))) {
            None => Ok(()),
            Some((id, role)) => {
                let known: Vec<&str> = known.iter().map(Role::as_str).collect();
                let known = known.join(", ");
                Err(Failure::Usage(format!(
                    "{}: the API key {id:?}: there is no role {role}; there are {known}",
                    path.display()
                )))
            }
        }
    }

    /// Whom a key is given to that is valid on a day, and in which roles.
    pub(super) fn valid(&self, id: &str, sha256: &str, today: Date) -> Option<Caller> {
        let key = self.keys.iter().find(|key| key.id == id && key.sha256 == sha256)?;
        let is_valid = key.expires_on.is_none_or(|day| today < day);
        let actor = is_valid.then(|| parse_actor(&key.actor)).flatten()?;
        let roles = match &key.roles {
            Some(roles) => roles.clone(),
            None => Role::parse(UNRESTRICTED).into_iter().collect(),
        };
        Some(Caller { actor, roles })
    }
}

/// Whoever is named as `kind:id`.
pub(crate) fn parse_actor(text: &str) -> Option<Actor> {
    let (kind, id) = text.split_once(':')?;
    let (kind, _) = ActorKind::ALL.into_iter().find(|(_, name)| *name == kind)?;
    Some(Actor { kind, id: Reference::parse(id).ok()?, on_behalf_of: None })
}
