//! `rapport projections`: how the read models do, and what an operator does about them.

mod document;
mod words;

use rapport_proto::v1::{
    CommandHeader, DiscardProjectionRequest, ListProjectionsRequest, PauseProjectionRequest, Projection,
    RebuildProjectionRequest, ResumeProjectionRequest, SkipEventRequest, SwitchProjectionRequest,
    WatchProjectionsRequest,
};
use serde_json::json;

use super::watch::{Watching, follow};
use crate::client::Client;
use crate::error::Failure;
use crate::output::{self, Format};

/// What `rapport projections` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Every read model: how far it is, what it is parked at, how its rebuild does.
    List {
        /// Whether to go on with changes.
        #[command(flatten)]
        watching: Watching,
    },
    /// Builds a read model anew from the first event, while the older file serves; then compares the two, and switches.
    Rebuild {
        /// Its name.
        name: String,
        /// Switch only where the new file says the same as the older one; else keep both until `switch` or `discard`.
        #[arg(long)]
        require_equal: bool,
        /// Come back when it is done, with how the two compared.
        #[arg(long)]
        wait: bool,
    },
    /// Switches to a rebuild that was held back.
    Switch {
        /// Its name.
        name: String,
    },
    /// Throws away what is built beside a read model; the older file goes on serving.
    Discard {
        /// Its name.
        name: String,
    },
    /// Lets a read model stand still.
    Pause {
        /// Its name.
        name: String,
    },
    /// Lets it go on, also after it parked: it tries the same event again.
    Resume {
        /// Its name.
        name: String,
    },
    /// Lets it pass over the event that it is parked at; every other server and every rebuild then does so too.
    Skip {
        /// Its name.
        name: String,
        /// Why. Kept in the log for ever: nothing personal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// Does it, and writes how the read models do afterwards.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    let mut admin = client.admin();
    match command {
        Command::List { watching } if watching.watch => return watch(client, &watching, format).await,
        Command::List { .. } => {}
        Command::Rebuild { name, require_equal, wait } => {
            let request = RebuildProjectionRequest { name: name.clone(), require_equal };
            admin.rebuild_projection(request).await?;
            if wait {
                wait_for(client, &name).await?;
            }
        }
        Command::Switch { name } => {
            admin.switch_projection(SwitchProjectionRequest { name }).await?;
        }
        Command::Discard { name } => {
            admin.discard_projection(DiscardProjectionRequest { name }).await?;
        }
        Command::Pause { name } => {
            admin.pause_projection(PauseProjectionRequest { name }).await?;
        }
        Command::Resume { name } => {
            admin.resume_projection(ResumeProjectionRequest { name }).await?;
        }
        Command::Skip { name, reason } => skip(client, name, reason).await?,
    }
    let projections = list(client).await?;
    match format {
        Format::Json => output::document(&document::projections(&projections)),
        Format::Table => output::words(&words::projections(&projections)),
    }
}

async fn list(client: &Client) -> Result<Vec<Projection>, Failure> {
    let listed = client.admin().list_projections(ListProjectionsRequest {}).await?;
    Ok(listed.into_inner().projections)
}

async fn watch(client: &Client, watching: &Watching, format: Format) -> Result<(), Failure> {
    let request = WatchProjectionsRequest { resume_token: watching.token() };
    let messages = client.admin_stream().watch_projections(request).await?.into_inner();
    let document = |message: &rapport_proto::v1::WatchProjectionsResponse| {
        let mut value = document::projections(&message.projections);
        value["token"] = json!(message.token);
        value
    };
    follow(messages, format, document, |message| words::projections(&message.projections) + "\n").await
}

/// Waits until a rebuild is done, or waits for somebody itself; tells how far it is, to whoever looks on.
async fn wait_for(client: &Client, name: &str) -> Result<(), Failure> {
    let request = WatchProjectionsRequest::default();
    let mut messages = client.admin_stream().watch_projections(request).await?.into_inner();
    let mut told = String::new();
    while let Some(message) = messages.message().await? {
        let Some(projection) = message.projections.iter().find(|projection| projection.name == name) else {
            return Ok(());
        };
        let rebuild = words::rebuild(projection);
        match &projection.rebuild {
            None if projection.starting => {}
            None => return Ok(()),
            Some(rebuild) if !rebuild.held_because.is_empty() || rebuild.parked_position > 0 => return Ok(()),
            Some(_) => {}
        }
        if rebuild != told {
            eprintln!("{rebuild}");
            told = rebuild;
        }
    }
    Ok(())
}

/// Skips the event that the read model, or what is built beside it, is parked at now.
async fn skip(client: &Client, name: String, reason: String) -> Result<(), Failure> {
    let projections = list(client).await?;
    let parked = projections.iter().find(|projection| projection.name == name).map(|projection| {
        let beside = projection.rebuild.as_ref().map_or(0, |rebuild| rebuild.parked_position);
        if projection.parked_position > 0 { projection.parked_position } else { beside }
    });
    let Some(position) = parked.filter(|position| *position > 0) else {
        return Err(Failure::Usage(format!(
            "{name} is not parked at an event; `rapport projections list` shows what is"
        )));
    };
    let request_id = format!("skip:{name}:{position}:{}", uuid::Uuid::now_v7().simple());
    let header = Some(CommandHeader { request_id, ..CommandHeader::default() });
    client.admin().skip_event(SkipEventRequest { header, name, position, reason }).await?;
    Ok(())
}
