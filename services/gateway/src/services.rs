//! The services: each RPC parses, calls, and answers.

mod accesses;
mod admin;
mod audit;
mod cases;
mod certificate;
mod commands;
mod consents;
mod contacts;
mod history;
mod interactions;
mod lead_rules;
mod leads;
mod moment;
mod notices;
mod pipelines;
mod queries;
mod quotes;
mod relations;
mod reports;
mod service_levels;
mod streams;
mod subject_requests;
mod subscriptions;
mod tasks;
mod watch;
mod what_if;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use rapport_application::Application;
use rapport_application::reactors::Reactors;
use rapport_projections::Projections;
use rapport_transparency::Notary;
use tokio_util::sync::CancellationToken;
use tonic::{Response, Status};

pub use consents::{CHECKED_CONTACTS_MAX, PROVED_CONTACTS_MAX};

use crate::access::AccessRecord;
use leads::Turns;
use watch::Watches;

/// Longest wait of a query for `min_position`.
pub(crate) const FRESHNESS_WAIT_MAX: Duration = Duration::from_secs(5);

/// What every service stands on. One value serves them all.
#[derive(Clone)]
pub struct Services {
    application: Arc<Application>,
    projections: Arc<Projections>,
    notary: Arc<Notary>,
    reactors: Reactors,
    /// Cancelled when the server is told to stop: calls that would go on for ever end then.
    stopping: CancellationToken,
    watches: Watches,
    captures: Turns,
    pub(crate) record: AccessRecord,
}

impl Services {
    /// The services over the command side, the read models, who signs checkpoints, and what is done without a caller. Calls that go on for ever end when
    /// `stopping` is cancelled. With `record_access`, who looked at personal data is written down before they see it.
    #[must_use]
    pub fn new(
        application: Arc<Application>,
        projections: Arc<Projections>,
        notary: Arc<Notary>,
        reactors: Reactors,
        record_access: bool,
        stopping: CancellationToken,
    ) -> Self {
        let record = AccessRecord::new(Arc::clone(&application), record_access);
        Self {
            application,
            projections,
            notary,
            reactors,
            stopping,
            watches: Watches::default(),
            captures: Turns::default(),
            record,
        }
    }
}

/// An answer on its way, in the form that `async_trait` gives it: a macro's methods are not seen by the attribute.
type Answering<'a, T> = Pin<Box<dyn Future<Output = Result<Response<T>, Status>> + Send + 'a>>;
