//! `rapport projections`: how the read models do, and what an operator does about them.

use rapport_proto::v1::{
    ListProjectionsRequest, PauseProjectionRequest, Projection, ProjectionState, RebuildProjectionRequest,
    ResumeProjectionRequest,
};
use serde_json::{Value, json};

use crate::client::Client;
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::wire::word_of;

/// What `rapport projections` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Every read model and how far it is.
    List,
    /// Throws a read model away and folds it again from the first event.
    Rebuild {
        /// Its name.
        name: String,
    },
    /// Lets a read model stand still.
    Pause {
        /// Its name.
        name: String,
    },
    /// Lets it go on, also after it parked.
    Resume {
        /// Its name.
        name: String,
    },
}

/// Does it, and writes how the read models do afterwards.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    let mut admin = client.admin();
    match command {
        Command::List => {}
        Command::Rebuild { name } => {
            admin.rebuild_projection(RebuildProjectionRequest { name }).await?;
        }
        Command::Pause { name } => {
            admin.pause_projection(PauseProjectionRequest { name }).await?;
        }
        Command::Resume { name } => {
            admin.resume_projection(ResumeProjectionRequest { name }).await?;
        }
    }
    let projections = admin.list_projections(ListProjectionsRequest {}).await?.into_inner().projections;
    match format {
        Format::Json => {
            output::document(&json!({ "projections": projections.iter().map(projection).collect::<Value>() }))
        }
        Format::Table => output::words(&table(&projections)),
    }
}

fn projection(projection: &Projection) -> Value {
    let parked = (projection.parked_position > 0).then(|| {
        json!({
            "position": projection.parked_position,
            "event_type": projection.parked_event_type,
            "error": projection.parked_error,
        })
    });
    json!({
        "name": projection.name,
        "version": projection.version,
        "state": output::text(&word_of::<ProjectionState>(projection.state)),
        "position": projection.position,
        "head": projection.head,
        "behind": projection.events_behind,
        "parked": parked,
    })
}

/// How far it is behind: events, where positions count them; otherwise only whether.
fn behind(projection: &Projection) -> String {
    match projection.events_behind {
        Some(events) => events.to_string(),
        None if projection.position < projection.head => "yes".to_owned(),
        None => "no".to_owned(),
    }
}

fn table(projections: &[Projection]) -> String {
    let mut table = Table::new(vec!["name", "#version", "state", "#position", "#behind", "parked"]);
    for projection in projections {
        let parked = if projection.parked_position > 0 {
            format!(
                "at {} {}: {}",
                projection.parked_position, projection.parked_event_type, projection.parked_error
            )
        } else {
            String::new()
        };
        table.row(vec![
            projection.name.clone(),
            projection.version.to_string(),
            word_of::<ProjectionState>(projection.state),
            projection.position.to_string(),
            behind(projection),
            parked,
        ]);
    }
    table.lines()
}
