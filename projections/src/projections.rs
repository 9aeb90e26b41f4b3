//! Every read model of the house, opened, followed, asked and operated in one place.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use prometheus_client::registry::Registry;
use rapport_domain::envelope::Position;
use rapport_event_store::{EventStore, Positions};
use rapport_vault::Vault;
use tokio::sync::watch;

use crate::churn::{Churn, ChurnProjection};
use crate::consent::{ConsentProjection, Consents};
use crate::directory::{Directory, DirectoryProjection};
use crate::head::watch_head;
use crate::metrics::ProjectionMetrics;
use crate::pipeline::{PipelineProjection, Pipelines};
use crate::projection::Projection;
use crate::read_model::{Archive, Feed, ModelFile, ModelReport, OpenError, Parked, ReadModel, State};
use crate::subscriptions::{SubscriptionProjection, Subscriptions};
use crate::timeline::{Timeline, TimelineProjection};

/// Events between two snapshots of a read model, at least: what is folded to look at a moment near them.
pub const SNAPSHOT_EVENTS_MIN: u64 = 50_000;

/// The read models, following a log.
pub struct Projections {
    store: Arc<dyn EventStore>,
    head: watch::Receiver<Position>,
    models: Vec<ReadModel>,
    directory: Directory,
    timeline: Timeline,
    pipeline: Pipelines,
    churn: Churn,
    consent: Consents,
    subscriptions: Subscriptions,
}

/// What every read model is folded from, and what they share.
struct Log {
    store: Arc<dyn EventStore>,
    feed: Arc<Feed>,
    head: watch::Receiver<Position>,
    archive: Arc<Archive>,
}

impl Log {
    fn fold<P: Projection>(&self, directory: &Path, projection: P) -> ReadModel {
        ReadModel::start(
            directory,
            projection,
            Arc::clone(&self.store),
            Arc::clone(&self.feed),
            self.head.clone(),
            Arc::clone(&self.archive),
        )
    }
}

/// How a read model does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectionStatus {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: u32,
    /// What it is doing.
    pub state: State,
    /// Position of the last event that it has taken in.
    pub position: Position,
    /// Position of the last event of the log.
    pub head: Position,
    /// Events that it has not taken in yet; none where positions do not count events.
    pub events_behind: Option<u64>,
}

impl ProjectionStatus {
    /// Why it is parked, if it is.
    #[must_use]
    pub const fn parked(&self) -> Option<&Parked> {
        match &self.state {
            State::Parked(parked) => Some(parked),
            State::Running | State::Paused => None,
        }
    }
}

/// Why a read model does not obey.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// There is no read model of this name.
    #[error("no read model is called {name}; there are {known}")]
    ProjectionNotFound {
        /// What was asked for.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// Its file cannot be deleted.
    #[error(transparent)]
    File(#[from] OpenError),
    /// It has ended, because the process or the log is closing.
    #[error("the read model {projection} is closed")]
    Closed {
        /// Which one.
        projection: &'static str,
    },
}

impl Projections {
    /// Opens every read model in a directory, makes what is missing, and starts to follow the log. A file that
    /// is not a read model's, or is damaged, parks that read model; the others go on.
    ///
    /// Has to be called on a tokio runtime, which the followers then run on.
    ///
    /// # Errors
    /// When the directory cannot be made.
    pub fn open(directory: &Path, store: Arc<dyn EventStore>, vault: Arc<Vault>) -> Result<Self, OpenError> {
        Self::open_with(directory, store, vault, SNAPSHOT_EVENTS_MIN)
    }

    /// The same with a spacing of snapshots that suits short histories.
    fn open_with(
        directory: &Path,
        store: Arc<dyn EventStore>,
        vault: Arc<Vault>,
        spacing: u64,
    ) -> Result<Self, OpenError> {
        fs::create_dir_all(directory)
            .map_err(|error| OpenError::Directory { cause: error.kind().to_string() })?;
        let (sender, head) = watch::channel(Position::START);
        tokio::spawn(watch_head(Arc::clone(&store), sender));
        let feed = Arc::new(Feed::new(Arc::clone(&store)));
        let archive = Arc::new(Archive::open(directory, spacing));
        let log = Log { store: Arc::clone(&store), feed, head: head.clone(), archive };
        let models = [
            log.fold(directory, DirectoryProjection::new(Arc::clone(&vault))),
            log.fold(directory, TimelineProjection),
            log.fold(directory, PipelineProjection),
            log.fold(directory, ChurnProjection),
            log.fold(directory, ConsentProjection),
            log.fold(directory, SubscriptionProjection),
        ];
        let [d, t, p, c, k, s] = models.each_ref().map(ReadModel::reader);
        Ok(Self {
            store,
            head,
            models: models.into(),
            directory: Directory::new(d, vault),
            timeline: Timeline::new(t),
            pipeline: Pipelines::new(p),
            churn: Churn::new(c),
            consent: Consents::new(k),
            subscriptions: Subscriptions::new(s),
        })
    }

    /// Who the contacts are.
    #[must_use]
    pub const fn directory(&self) -> &Directory {
        &self.directory
    }

    /// What happened with a contact.
    #[must_use]
    pub const fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// Pipelines and the deals in them.
    #[must_use]
    pub const fn pipeline(&self) -> &Pipelines {
        &self.pipeline
    }

    /// Who stays and who leaves.
    #[must_use]
    pub const fn churn(&self) -> &Churn {
        &self.churn
    }

    /// What subjects agreed to.
    #[must_use]
    pub const fn consent(&self) -> &Consents {
        &self.consent
    }

    /// Contracts.
    #[must_use]
    pub const fn subscriptions(&self) -> &Subscriptions {
        &self.subscriptions
    }

    /// How every read model does, in a fixed order.
    pub async fn list(&self) -> Vec<ProjectionStatus> {
        // What the followers know of the head serves where the log does not answer.
        let head = self.store.head().await.unwrap_or_else(|_| *self.head.borrow());
        let positions = self.store.positions();
        self.models.iter().map(|model| status(model, head, positions)).collect()
    }

    /// Throws a read model's file away and folds it again from the first event. Returns when the file is gone;
    /// queries wait from then on until the read model has reached what the log holds now.
    ///
    /// # Errors
    /// When there is no such read model, its file cannot be deleted, or it has ended.
    pub async fn rebuild(&self, name: &str) -> Result<(), ControlError> {
        let model = self.model(name)?;
        let rebuilt = model.rebuild().await.ok_or_else(|| closed(model))?;
        rebuilt.map_err(ControlError::File)
    }

    /// Lets a read model stand still until it is resumed, or the process starts again.
    ///
    /// # Errors
    /// When there is no such read model, or it has ended.
    pub async fn pause(&self, name: &str) -> Result<(), ControlError> {
        let model = self.model(name)?;
        model.pause().await.ok_or_else(|| closed(model))
    }

    /// Lets a read model go on, also after it parked: it tries the same event again.
    ///
    /// # Errors
    /// When there is no such read model, or it has ended.
    pub async fn resume(&self, name: &str) -> Result<(), ControlError> {
        let model = self.model(name)?;
        model.resume().await.ok_or_else(|| closed(model))
    }

    /// Lets every read model end after the batch at hand. Queries for what is there go on being answered.
    pub async fn shutdown(&self) {
        futures::future::join_all(self.models.iter().map(ReadModel::shutdown)).await;
    }

    /// Adds `rapport_projection_position`, `rapport_projection_behind`, `rapport_projection_lag_events` (where positions
    /// count events) and `rapport_projection_parked` to a registry, each with the label `projection`.
    pub fn register(&self, registry: &mut Registry) {
        let models = self.models.iter().map(|model| (model.name(), model.core())).collect();
        registry.register_collector(Box::new(ProjectionMetrics::new(
            models,
            self.head.clone(),
            self.store.positions(),
        )));
    }

    fn model(&self, name: &str) -> Result<&ReadModel, ControlError> {
        self.models.iter().find(|model| model.name() == name).ok_or_else(|| {
            let known: Vec<&str> = self.models.iter().map(ReadModel::name).collect();
            ControlError::ProjectionNotFound { name: name.to_owned(), known: known.join(", ") }
        })
    }
}

/// Looks at the files of the read models in a directory, of those that are there. Nothing is written. Their structure
/// takes a long read each; leave it out where a server follows the log into them.
#[must_use]
pub fn inspect(directory: &Path, with_structure: bool) -> Vec<ModelReport> {
    let files = [
        ModelFile::of::<DirectoryProjection>(directory),
        ModelFile::of::<TimelineProjection>(directory),
        ModelFile::of::<PipelineProjection>(directory),
        ModelFile::of::<ChurnProjection>(directory),
        ModelFile::of::<ConsentProjection>(directory),
        ModelFile::of::<SubscriptionProjection>(directory),
    ];
    files.iter().filter_map(|file| file.inspect(with_structure)).collect()
}

fn status(model: &ReadModel, head: Position, positions: Positions) -> ProjectionStatus {
    let core = model.core();
    let position = core.position();
    ProjectionStatus {
        name: model.name(),
        version: model.version(),
        state: core.state(),
        position,
        head,
        events_behind: match positions {
            Positions::Dense => Some(head.0.saturating_sub(position.0)),
            Positions::Sparse => None,
        },
    }
}

fn closed(model: &ReadModel) -> ControlError {
    ControlError::Closed { projection: model.name() }
}

#[cfg(test)]
mod tests;
