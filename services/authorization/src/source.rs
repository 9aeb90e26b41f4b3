//! Where policies come from, and what of them is not taken.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use cedar_policy::{Policy, PolicyId, PolicySet, Schema, SchemaFragment, ValidationMode, Validator};
use rapport_domain::value::{Key, hex};
use sha2::{Digest as _, Sha256};

use crate::asking::Asking;

/// The role of keys that were made before there were roles.
pub const UNRESTRICTED: &str = "unrestricted";
/// The schema of a folder.
const SCHEMA_FILE: &str = "rapport.cedarschema";
/// What the names of files with policies end with.
const EXTENSION: &str = "cedar";
/// The annotation that names a policy.
const ID: &str = "id";
/// Most files of policies in a folder.
const FILES_MAX: usize = 100;

/// The files that are built in.
const BUILT_IN: [(&str, &str); 5] = [
    (SCHEMA_FILE, include_str!("../../../ops/policies/rapport.cedarschema")),
    ("everybody.cedar", include_str!("../../../ops/policies/everybody.cedar")),
    ("oversight.cedar", include_str!("../../../ops/policies/oversight.cedar")),
    ("sales.cedar", include_str!("../../../ops/policies/sales.cedar")),
    ("service.cedar", include_str!("../../../ops/policies/service.cedar")),
];

/// Why policies are not taken.
#[derive(Debug, thiserror::Error)]
pub enum PoliciesError {
    /// A file cannot be read.
    #[error("{}: {cause}", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// There are more files than anybody can look over.
    #[error("{}: more than {FILES_MAX} files of policies", folder.display())]
    TooManyFiles {
        /// Where.
        folder: PathBuf,
    },
    /// The schema makes no sense.
    #[error("{SCHEMA_FILE}: {cause}")]
    Schema {
        /// What Cedar says of it.
        cause: String,
    },
    /// A file of policies makes no sense.
    #[error("{file}: {cause}")]
    Policies {
        /// Which one.
        file: String,
        /// What Cedar says of it.
        cause: String,
    },
    /// A policy has no name, or that of another one.
    #[error("{file}: every policy needs a name that no other one has: @id(\"sales_rep.sells\")")]
    Unnamed {
        /// Where.
        file: String,
    },
    /// Policies do not fit the schema.
    #[error("policies do not fit {SCHEMA_FILE}: {}", faults.join("; "))]
    Invalid {
        /// Everything that Cedar finds, by policy.
        faults: Vec<String>,
    },
}

/// Policies that were read, and fit their schema.
pub(super) struct Source {
    pub(super) schema: Schema,
    pub(super) set: PolicySet,
    /// What policies ask about the subject of personal data, by the names of those that do.
    pub(super) asking: BTreeMap<String, Asking>,
    /// The roles that the schema names.
    pub(super) roles: BTreeSet<Key>,
    /// SHA-256 over all files, their names too, in hex.
    pub(super) sha256: String,
}

/// Files in the order of their names.
type Files = Vec<(String, String)>;

impl Source {
    /// The policies that are built in.
    pub(super) fn built_in() -> Result<Self, PoliciesError> {
        Self::read(BUILT_IN.map(|(name, text)| (name.to_owned(), text.to_owned())).into())
    }

    /// The policies of a folder.
    pub(super) fn folder(folder: &Path) -> Result<Self, PoliciesError> {
        let unreadable = |path: &Path| {
            let path = path.to_path_buf();
            move |cause| PoliciesError::Unreadable { path, cause }
        };
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
            let path = entry.map_err(unreadable(folder))?.path();
            let is_policy = path.extension().is_some_and(|extension| extension == EXTENSION);
            let name = path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
            names.extend(name.filter(|name| is_policy || name == SCHEMA_FILE));
            if names.len() > FILES_MAX {
                return Err(PoliciesError::TooManyFiles { folder: folder.to_path_buf() });
            }
        }
        // Without its schema nothing is read.
        if !names.iter().any(|name| name == SCHEMA_FILE) {
            names.push(SCHEMA_FILE.to_owned());
        }
        let read = |name: String| {
            let path = folder.join(&name);
            let text = fs::read_to_string(&path).map_err(unreadable(&path))?;
            Ok((name, text))
        };
        Self::read(names.into_iter().map(read).collect::<Result<Files, PoliciesError>>()?)
    }

    fn read(mut files: Files) -> Result<Self, PoliciesError> {
        files.sort();
        let mut digest = Sha256::new();
        let (mut schema, mut roles) = (None, BTreeSet::new());
        let (mut set, mut asking) = (PolicySet::new(), BTreeMap::new());
        for (name, text) in &files {
            for part in [name, text] {
                digest.update(part.len().to_be_bytes());
                digest.update(part);
            }
            if name == SCHEMA_FILE {
                let (fragment, named) = read_schema(text)?;
                (schema, roles) = (Some(fragment), named);
            } else {
                for policy in named(name, text)? {
                    asking.extend(asks(name, &policy)?);
                    set.add(policy).map_err(|_| PoliciesError::Unnamed { file: name.clone() })?;
                }
            }
        }
        let schema = schema.ok_or_else(|| PoliciesError::Schema { cause: "it is missing".to_owned() })?;
        validate(&schema, &set)?;
        let sha256 = hex(&digest.finalize());
        Ok(Self { schema, set, asking, roles, sha256 })
    }
}

/// A schema and the roles that it names.
fn read_schema(text: &str) -> Result<(Schema, BTreeSet<Key>), PoliciesError> {
    let wrong = |cause: &dyn std::fmt::Display| PoliciesError::Schema { cause: cause.to_string() };
    let (fragment, warnings) = SchemaFragment::from_cedarschema_str(text).map_err(|error| wrong(&error))?;
    let warned: Vec<String> = warnings.map(|warning| warning.to_string()).collect();
    if !warned.is_empty() {
        return Err(wrong(&warned.join("; ")));
    }
    let document = fragment.clone().to_json_value().map_err(|error| wrong(&error))?;
    let roles = document.pointer("/Rapport/entityTypes/Role/enum").and_then(|roles| roles.as_array());
    let roles = roles.into_iter().flatten().filter_map(|role| role.as_str());
    let roles: BTreeSet<Key> = roles
        .map(|role| {
            Key::parse(role).map_err(|invalid| wrong(&format!("the role {role:?}: {}", invalid.expected)))
        })
        .collect::<Result<_, _>>()?;
    if roles.is_empty() {
        return Err(wrong(&"expected the roles as `entity Role enum [...]` in the namespace Rapport"));
    }
    let schema = Schema::from_schema_fragments([fragment]).map_err(|error| wrong(&error))?;
    Ok((schema, roles))
}

/// The policies of a file, each under the name that it has.
fn named(file: &str, text: &str) -> Result<Vec<Policy>, PoliciesError> {
    let parsed = PolicySet::from_str(text).map_err(|error| wrong(file, &error))?;
    if parsed.templates().next().is_some() {
        return Err(wrong(file, &"templates are not used here: name who may"));
    }
    let named = |policy: &Policy| {
        let id = policy.annotation(ID).filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| PoliciesError::Unnamed { file: file.to_owned() })?;
        Ok(policy.new_id(PolicyId::new(id)))
    };
    parsed.policies().map(named).collect()
}

/// What a policy asks about, under its name; nothing where it asks about nothing.
fn asks(file: &str, policy: &Policy) -> Result<Option<(String, Asking)>, PoliciesError> {
    let asking = Asking::of(policy).map_err(|error| wrong(file, &error))?;
    Ok(asking.map(|asking| (policy.id().to_string(), asking)))
}

fn wrong(file: &str, cause: &dyn std::fmt::Display) -> PoliciesError {
    PoliciesError::Policies { file: file.to_owned(), cause: cause.to_string() }
}

/// What Cedar only warns of is refused too: a policy that can never apply is a mistake.
fn validate(schema: &Schema, set: &PolicySet) -> Result<(), PoliciesError> {
    let result = Validator::new(schema.clone()).validate(set, ValidationMode::Strict);
    let errors = result.validation_errors().map(|error| fault(error.policy_id(), error));
    let warnings = result.validation_warnings().map(|warning| fault(warning.policy_id(), warning));
    let mut faults: Vec<String> = errors.chain(warnings).collect();
    faults.sort();
    if faults.is_empty() { Ok(()) } else { Err(PoliciesError::Invalid { faults }) }
}

/// What is wrong with a policy, by its name.
fn fault(policy: &PolicyId, found: &impl ToString) -> String {
    let (name, found) = (policy.to_string(), found.to_string());
    if found.contains(&name) { found } else { format!("policy `{name}`: {found}") }
}
