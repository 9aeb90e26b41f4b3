//! Every read model of the house, opened, followed, asked and operated in one place.

mod control;
mod status;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use prometheus_client::registry::Registry;
use rapport_domain::envelope::Position;
use rapport_event_store::EventStore;
use rapport_vault::Vault;
use tokio::sync::{Semaphore, watch};

use crate::access::{AccessProjection, Accesses};
use crate::cases::{CaseProjection, Cases};
use crate::churn::{Churn, ChurnProjection};
use crate::consent::{ConsentProjection, Consents};
use crate::deal_flow::{DealFlow, DealFlowProjection};
use crate::definition::Definition;
use crate::directory::{Directory, DirectoryProjection};
use crate::export::{EXPORTS_MAX, ModelExport};
use crate::head::{Moves, watch_head};
use crate::leads::{LeadProjection, Leads};
use crate::metrics::{ProjectionMetrics, Visible, no_latencies, register, visible};
use crate::pipeline::{PipelineProjection, Pipelines};
use crate::projection::Projection;
use crate::quotes::{QuoteProjection, Quotes};
use crate::read_model::{Archive, Feed, Log, ModelReport, OpenError, ReadModel, Survey, Visibility};
use crate::subscriptions::{SubscriptionProjection, Subscriptions};
use crate::tasks::{TaskProjection, Tasks};
use crate::timeline::{Timeline, TimelineProjection};
use crate::transparency::{Transparency, TransparencyProjection};

pub use self::control::ControlError;
pub use self::status::ProjectionStatus;

/// Events between two snapshots of a read model, at least: what is folded to look at a moment near them.
pub const SNAPSHOT_EVENTS_MIN: u64 = 50_000;
/// Events of the log from which on an empty read model is loaded: its indexes are made when it has arrived.
pub const LOADED_EVENTS_MIN: u64 = 100_000;

/// The read models, following a log.
pub struct Projections {
    store: Arc<dyn EventStore>,
    head: watch::Receiver<Position>,
    moves: Arc<Moves>,
    visible: Visible,
    models: Vec<ReadModel>,
    directory: Directory,
    timeline: Timeline,
    pipeline: Pipelines,
    churn: Churn,
    consent: Consents,
    subscriptions: Subscriptions,
    transparency: Transparency,
    access: Accesses,
    cases: Cases,
    leads: Leads,
    tasks: Tasks,
    quotes: Quotes,
    deal_flow: DealFlow,
    exports: Arc<Semaphore>,
}

/// How the read models are opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether a read model whose definition changed is switched to only where it says the same as the older one.
    pub require_equal: bool,
}

/// From what length of a log on its read models are folded otherwise than one event after another.
#[derive(Debug, Clone, Copy)]
struct Scale {
    snapshot_events_min: u64,
    load_from: Position,
}

impl Scale {
    const OF_A_SERVER: Self =
        Self { snapshot_events_min: SNAPSHOT_EVENTS_MIN, load_from: Position(LOADED_EVENTS_MIN) };
}

/// What every read model is started with.
struct Opening<'a> {
    directory: &'a Path,
    log: Log,
    archive: Arc<Archive>,
    visible: Visible,
    require_equal: bool,
}

impl Opening<'_> {
    fn start<P: Projection>(&self, projection: P) -> ReadModel {
        let visibility = Visibility::new(visible(&self.visible, P::NAME));
        let (log, archive) = (self.log.clone(), Arc::clone(&self.archive));
        ReadModel::start(self.directory, projection, log, archive, visibility, self.require_equal)
    }
}

impl Projections {
    /// Opens every read model in a directory, makes what is missing, and starts to follow the log. A file that
    /// is not a read model's, or is damaged, parks that read model; the others go on. One whose definition changed is
    /// built anew beside the older file, which serves meanwhile if it has the same tables.
    ///
    /// Has to be called on a tokio runtime, which the followers then run on.
    ///
    /// # Errors
    /// When the directory cannot be made.
    pub fn open(
        directory: &Path,
        store: Arc<dyn EventStore>,
        vault: Arc<Vault>,
        options: Options,
    ) -> Result<Self, OpenError> {
        Self::open_with(directory, store, vault, options, Scale::OF_A_SERVER)
    }

    /// The same on a scale that suits short histories.
    fn open_with(
        directory: &Path,
        store: Arc<dyn EventStore>,
        vault: Arc<Vault>,
        options: Options,
        scale: Scale,
    ) -> Result<Self, OpenError> {
        fs::create_dir_all(directory)
            .map_err(|error| OpenError::Directory { cause: error.kind().to_string() })?;
        let (sender, head) = watch::channel(Position::START);
        let moves = Arc::new(Moves::default());
        tokio::spawn(watch_head(Arc::clone(&store), sender, Arc::clone(&moves)));
        let feed = Arc::new(Feed::new(Arc::clone(&store)));
        let visible = Visible::new_with_constructor(no_latencies);
        let opening = Opening {
            directory,
            archive: Arc::new(Archive::open(directory, scale.snapshot_events_min)),
            log: Log { store: Arc::clone(&store), feed, head: head.clone(), load_from: scale.load_from },
            visible: visible.clone(),
            require_equal: options.require_equal,
        };
        let models = [
            opening.start(DirectoryProjection::new(Arc::clone(&vault))),
            opening.start(TimelineProjection),
            opening.start(PipelineProjection::default()),
            opening.start(ChurnProjection),
            opening.start(ConsentProjection),
            opening.start(SubscriptionProjection),
            opening.start(TransparencyProjection::default()),
            opening.start(AccessProjection),
            opening.start(CaseProjection),
            opening.start(LeadProjection),
            opening.start(TaskProjection),
            opening.start(QuoteProjection),
            opening.start(DealFlowProjection),
        ];
        let [d, t, p, c, k, s, l, a, e, n, o, q, f] = models.each_ref().map(ReadModel::reader);
        Ok(Self {
            store,
            head,
            moves,
            visible,
            models: models.into(),
            timeline: Timeline::new(t),
            pipeline: Pipelines::new(p),
            churn: Churn::new(c),
            consent: Consents::new(k, Arc::clone(&vault)),
            directory: Directory::new(d, vault),
            subscriptions: Subscriptions::new(s),
            transparency: Transparency::new(l),
            access: Accesses::new(a),
            cases: Cases::new(e),
            leads: Leads::new(n),
            tasks: Tasks::new(o),
            quotes: Quotes::new(q),
            deal_flow: DealFlow::new(f),
            exports: Arc::new(Semaphore::new(EXPORTS_MAX)),
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

    /// The tree over the log.
    #[must_use]
    pub const fn transparency(&self) -> &Transparency {
        &self.transparency
    }

    /// Who read whose personal data.
    #[must_use]
    pub const fn access(&self) -> &Accesses {
        &self.access
    }

    /// Cases, and what they are judged by.
    #[must_use]
    pub const fn cases(&self) -> &Cases {
        &self.cases
    }

    /// Leads, and what becomes of them.
    #[must_use]
    pub const fn leads(&self) -> &Leads {
        &self.leads
    }

    /// What somebody has to do next.
    #[must_use]
    pub const fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    /// What customers are offered, and from which price books.
    #[must_use]
    pub const fn quotes(&self) -> &Quotes {
        &self.quotes
    }

    /// How deals flow.
    #[must_use]
    pub const fn deal_flow(&self) -> &DealFlow {
        &self.deal_flow
    }

    /// The read models as this build defines them, in a fixed order.
    pub fn definitions(&self) -> impl Iterator<Item = &Definition> {
        self.models.iter().map(ReadModel::definition)
    }

    /// A read model's tables, ready to be handed over.
    ///
    /// # Errors
    /// When there is no such read model.
    pub fn export(&self, name: &str) -> Result<ModelExport, ControlError> {
        let model = self.model(name)?;
        Ok(ModelExport::new(model.name(), model.reader(), model.schema(), Arc::clone(&self.exports)))
    }

    /// Lets every read model end after the batch at hand. Queries for what is there go on being answered.
    pub async fn shutdown(&self) {
        futures::future::join_all(self.models.iter().map(ReadModel::shutdown)).await;
    }

    /// Adds what the read models tell of themselves to a registry: `rapport_projection_*`, each with the label
    /// `projection`.
    pub fn register(&self, registry: &mut Registry) {
        let models = self.models.iter().map(|model| (model.name(), model.shared())).collect();
        let (head, moves) = (self.head.clone(), Arc::clone(&self.moves));
        let metrics = ProjectionMetrics::new(models, head, moves, self.store.positions());
        register(registry, metrics, self.visible.clone());
    }
}

/// Looks at the files of the read models in a directory, of those that are there. Nothing is written. Their structure
/// takes a long read each; leave it out where a server follows the log into them.
#[must_use]
pub fn inspect(directory: &Path, with_structure: bool) -> Vec<ModelReport> {
    let files = [
        Survey::files::<DirectoryProjection>(directory),
        Survey::files::<TimelineProjection>(directory),
        Survey::files::<PipelineProjection>(directory),
        Survey::files::<ChurnProjection>(directory),
        Survey::files::<ConsentProjection>(directory),
        Survey::files::<SubscriptionProjection>(directory),
        Survey::files::<TransparencyProjection>(directory),
        Survey::files::<AccessProjection>(directory),
        Survey::files::<CaseProjection>(directory),
        Survey::files::<LeadProjection>(directory),
        Survey::files::<TaskProjection>(directory),
        Survey::files::<QuoteProjection>(directory),
        Survey::files::<DealFlowProjection>(directory),
    ];
    files.iter().flatten().filter_map(|file| file.inspect(with_structure)).collect()
}

#[cfg(test)]
mod tests;
