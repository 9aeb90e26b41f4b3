//! What is measured: anything that events can be appended to.

mod gateway;
mod health;
pub(super) mod peer;
mod port;

use rapport_domain::envelope::StreamId;
use tempfile::TempDir;

use super::fill;
use super::folder::Folder;
use super::machine::{self, Memory};
use super::payload;
use super::process::Process;
use crate::error::Failure;

pub(super) use gateway::Gateway;
pub(super) use port::Port;

/// What may be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Kind {
    /// The log, in this process, without gRPC.
    Port,
    /// A server of Rapport: one call per request.
    Gateway,
    /// A server of Rapport: one stream per writer, several requests on their way.
    Bulk,
    /// A server of Rapport, called for nothing: what gRPC alone costs.
    Health,
    /// A server of UmaDB.
    #[value(skip)]
    Umadb,
}

/// What writers expect of their streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Expecting {
    /// Nothing; each request goes to one of many streams.
    Any,
    /// The exact revision; each writer has a stream of its own.
    Exact,
}

/// One writer: one request at a time.
#[tonic::async_trait]
pub(super) trait Writer: Send {
    /// Appends so many events with one request, and comes back when they are durable.
    async fn append(&mut self, events: usize) -> Result<(), Failure>;
}

/// How writers come to a target.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) writers: usize,
    pub(super) connections: usize,
    pub(super) expecting: Expecting,
    pub(super) data: String,
}

/// A target that is ready.
pub(super) enum Target {
    Port(Port),
    Served { kind: Kind, process: Process, _data: TempDir },
}

impl Kind {
    /// Its name in tables and documents.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Port => "port",
            Self::Gateway => "gateway",
            Self::Bulk => "bulk",
            Self::Health => "health",
            Self::Umadb => "umadb",
        }
    }

    /// Whether it keeps what it is sent.
    const fn keeps_events(self) -> bool {
        match self {
            Self::Port | Self::Gateway | Self::Bulk | Self::Umadb => true,
            Self::Health => false,
        }
    }

    /// Starts it on an empty store.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) async fn start(self, folder: &Folder) -> Result<Target, Failure> {
        let data = folder.fresh()?;
        let process = match self {
            Self::Port => return Ok(Target::Port(Port::open(data)?)),
            Self::Gateway | Self::Bulk | Self::Health => Process::server(data.path()).await?,
            Self::Umadb => peer::start(data.path()).await?,
        };
        Ok(Target::Served { kind: self, process, _data: data })
    }
}

impl Target {
    /// Connects writers.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub(super) async fn writers(&self, shape: &Shape) -> Result<Vec<Box<dyn Writer>>, Failure> {
        match self {
            Self::Port(port) => Ok(port.writers(shape)),
            Self::Served { kind, process, .. } => match kind {
                Kind::Port => Ok(Vec::new()),
                Kind::Gateway => Gateway::connect(process, shape.connections).await?.unary(shape),
                Kind::Bulk => Gateway::connect(process, shape.connections).await?.streams(shape),
                Kind::Health => health::writers(process, shape).await,
                Kind::Umadb => peer::writers(process, shape).await,
            },
        }
    }

    /// The process that keeps the events: this one, where there is no server.
    pub(super) fn pid(&self) -> u32 {
        match self {
            Self::Port(_) => std::process::id(),
            Self::Served { process, .. } => process.pid(),
        }
    }

    /// Writes a history of so many events first.
    ///
    /// # Errors
    /// The first failure of a writer.
    pub(super) async fn fill(&self, events: u64, data: &str) -> Result<(), Failure> {
        let keeps = match self {
            Self::Port(_) => true,
            Self::Served { kind, .. } => kind.keeps_events(),
        };
        if keeps { fill::fill(self.writers(&fill::shape(data)).await?, events).await } else { Ok(()) }
    }

    /// Time that the processors have spent on it, in seconds. In process, that of the writers is in it.
    ///
    /// # Errors
    /// When it has ended.
    pub(super) fn processor_seconds(&self) -> Result<f64, Failure> {
        machine::processor_seconds(self.pid())
    }

    /// Its memory.
    ///
    /// # Errors
    /// When it has ended.
    pub(super) fn memory(&self) -> Result<Memory, Failure> {
        machine::memory(self.pid())
    }

    /// Ends it.
    pub(super) async fn stop(self) {
        match self {
            Self::Port(port) => port.close().await,
            Self::Served { process, .. } => process.kill(),
        }
    }
}

impl Expecting {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Exact => "exact",
        }
    }
}

/// The stream that a request goes to: its own one where the revision matters, else one of many.
fn stream_of(expecting: Expecting, own: &str) -> Result<StreamId, Failure> {
    match expecting {
        Expecting::Any => payload::stream(&payload::some_stream()),
        Expecting::Exact => payload::stream(own),
    }
}
