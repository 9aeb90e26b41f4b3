//! `rapport reactors`: what is done without a caller, and what an operator does about it.

use rapport_proto::v1::{
    ListReactorsRequest, PauseReactorRequest, Reactor, ReactorState, ResumeReactorRequest, SetAsideTask,
};
use serde_json::{Value, json};

use crate::client::Client;
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::wire::{rfc3339, word_of};

/// What `rapport reactors` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Every reactor of the server: what is open and when it is due, what was tried in vain, what it is parked at.
    List,
    /// Lets one rest, until it is resumed or the server starts again.
    Pause {
        /// Its name.
        name: String,
    },
    /// Lets it go on, also after it parked: it tries the same again, and everything that was tried in vain.
    Resume {
        /// Its name.
        name: String,
    },
}

/// Does it, and writes how the reactors do afterwards.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    let mut admin = client.admin();
    match command {
        Command::List => {}
        Command::Pause { name } => {
            admin.pause_reactor(PauseReactorRequest { name }).await?;
        }
        Command::Resume { name } => {
            admin.resume_reactor(ResumeReactorRequest { name }).await?;
        }
    }
    let reactors = admin.list_reactors(ListReactorsRequest {}).await?.into_inner().reactors;
    match format {
        Format::Json => {
            output::document(&json!({ "reactors": reactors.iter().map(document).collect::<Value>() }))
        }
        Format::Table => output::words(&words(&reactors)),
    }
}

fn document(reactor: &Reactor) -> Value {
    let parked = (!reactor.parked_error.is_empty())
        .then(|| json!({ "position": reactor.parked_position, "error": reactor.parked_error }));
    json!({
        "name": reactor.name,
        "state": output::text(&word_of::<ReactorState>(reactor.state)),
        "position": reactor.position,
        "open_tasks": reactor.open_tasks,
        "next_at": output::instant(reactor.next_at.as_ref()),
        "late_seconds": reactor.late_seconds,
        "fired": reactor.fired,
        "set_aside": reactor.set_aside,
        "set_aside_tasks": reactor.set_aside_tasks.iter().map(set_aside).collect::<Value>(),
        "parked": parked,
    })
}

fn set_aside(task: &SetAsideTask) -> Value {
    json!({
        "rule": task.rule,
        "about": task.about,
        "due": output::instant(task.due.as_ref()),
        "attempts": task.attempts,
        "error": task.error,
        "again_at": output::instant(task.again_at.as_ref()),
    })
}

fn words(reactors: &[Reactor]) -> String {
    let columns =
        ["name", "state", "#position", "#open", "next_at", "#late", "#fired", "#set_aside", "parked"];
    let mut table = Table::new(columns.to_vec());
    for reactor in reactors {
        let parked = match reactor.parked_position {
            0 => reactor.parked_error.clone(),
            position => format!("at {position}: {}", reactor.parked_error),
        };
        table.row(vec![
            reactor.name.clone(),
            word_of::<ReactorState>(reactor.state),
            reactor.position.to_string(),
            reactor.open_tasks.to_string(),
            rfc3339(reactor.next_at.as_ref()),
            format!("{} s", reactor.late_seconds),
            reactor.fired.to_string(),
            reactor.set_aside.to_string(),
            parked,
        ]);
    }
    let mut text = table.lines();
    if reactors.iter().any(|reactor| !reactor.set_aside_tasks.is_empty()) {
        let mut table = Table::new(vec!["reactor", "rule", "about", "due", "#attempts", "again_at", "error"]);
        for reactor in reactors {
            for task in &reactor.set_aside_tasks {
                table.row(vec![
                    reactor.name.clone(),
                    task.rule.clone(),
                    task.about.clone(),
                    rfc3339(task.due.as_ref()),
                    task.attempts.to_string(),
                    rfc3339(task.again_at.as_ref()),
                    task.error.clone(),
                ]);
            }
        }
        text.push_str(&format!("\n{}", table.lines()));
    }
    text
}
