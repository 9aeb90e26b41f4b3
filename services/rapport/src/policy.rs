//! `rapport policy`: who may do what, and why.

mod check;
mod list;

use std::path::{Path, PathBuf};

use rapport_authorization::{Asked, Policies, Relation};
use rapport_domain::id::CaseId;
use rapport_domain::personal::DataClass;
use rapport_domain::value::{Key as Role, Label};
use rapport_gateway::rpcs;

use crate::client;
use crate::error::Failure;
use crate::output::{self, Format};

/// The action that opens personal data of a class.
const READ_PERSONAL: &str = "ReadPersonal";

/// What `rapport policy` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Whether a role may do something, and which policies say so.
    Check {
        /// The role; several are given one after another, or with commas. Who it is, and what for, can be said with --actor
        /// and --for-purpose.
        #[arg(long = "as", value_name = "ROLE", value_delimiter = ',', required = true)]
        roles: Vec<String>,
        /// What: an RPC such as `GetContact`, or `ReadPersonal`.
        action: String,
        /// Of `ReadPersonal`: contact, notes or evidence.
        resource: Option<String>,
        /// Of `ReadPersonal`: a case of the contact that is open. May be given several times.
        #[arg(long = "open-case", value_name = "CASE_ID", value_parser = case)]
        open_cases: Vec<CaseId>,
        /// Of `ReadPersonal`: the caller is the owner of the contact, or of an open deal of theirs.
        #[arg(long)]
        own: bool,
        /// Folder of the policies; default: those that are built in.
        #[arg(long, value_name = "FOLDER", env = "RAPPORT_POLICIES")]
        policies: Option<PathBuf>,
    },
    /// Everything that can be asked for, and which roles may.
    List {
        /// Folder of the policies; default: those that are built in.
        #[arg(long, value_name = "FOLDER", env = "RAPPORT_POLICIES")]
        policies: Option<PathBuf>,
    },
}

/// Does it.
///
/// # Errors
/// When the policies cannot be read, or there is no such role or action.
pub fn run(command: Command, connection: &client::Options, format: Format) -> Result<(), Failure> {
    match command {
        Command::Check { roles, action, resource, open_cases, own, policies } => {
            let policies = load(policies.as_deref())?;
            let caller = check::caller(&policies, &roles, connection.actor.as_ref())?;
            let purpose = connection.purpose.as_deref().map(purpose).transpose()?;
            let relation = Relation { open_cases: Some(open_cases.into_iter().collect()), owns: Some(own) };
            let asked = check::asked(&action, resource.as_deref(), &relation)?;
            let explained = check::Explained::of(&policies, &caller, &asked, purpose.as_ref());
            match format {
                Format::Json => output::document(&explained.document()),
                Format::Table => output::words(&explained.words()),
            }
        }
        Command::List { policies } => {
            let permits = list::permits(&load(policies.as_deref())?)?;
            match format {
                Format::Json => output::document(&list::document(&permits)),
                Format::Table => output::words(&list::table(&permits)),
            }
        }
    }
}

/// The policies of a folder, or those that are built in.
///
/// # Errors
/// When they are not strictly right.
pub fn load(folder: Option<&Path>) -> Result<Policies, Failure> {
    Policies::load(folder).map_err(|error| Failure::Usage(format!("policies: {error}")))
}

/// Everything that can be asked for, with its name: every RPC, in the order of the contract, then every class of
/// personal data, of a subject with this relation.
fn everything(relation: &Relation) -> Vec<(String, Asked)> {
    let calls = rpcs().into_iter().map(|rpc| {
        let name = rpc.method.clone();
        (name, Asked::Call { service: rpc.service, method: rpc.method })
    });
    let opens = DataClass::ALL.map(|class| {
        let relation = relation.clone();
        (format!("{READ_PERSONAL} {}", class.as_str()), Asked::Open { class, relation })
    });
    calls.chain(opens).collect()
}

fn role(policies: &Policies, text: &str) -> Result<Role, Failure> {
    policies.roles().iter().find(|role| role.as_str() == text).cloned().ok_or_else(|| {
        let known: Vec<&str> = policies.roles().iter().map(Role::as_str).collect();
        Failure::Usage(format!("--as {text}: there is no such role; there are {}", known.join(", ")))
    })
}

fn case(text: &str) -> Result<CaseId, String> {
    CaseId::parse(text).map_err(|invalid| invalid.to_string())
}

fn purpose(text: &str) -> Result<Label, Failure> {
    Label::parse(text).map_err(|invalid| Failure::Usage(format!("--for-purpose: {}", invalid.expected)))
}
