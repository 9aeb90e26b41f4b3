//! The tasks that do what is due without a caller.

use std::sync::Arc;

use prometheus_client::registry::Registry;
use rapport_application::reactors::{Deadlines, Erasures, Pressing, Reactors, Runner};
use rapport_application::{Application, SystemClock};
use rapport_event_store::EventStore;
use rapport_gateway::ForgetfulReadModels;
use rapport_projections::Projections;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::metrics::ReactorMetrics;
use crate::error::Failure;

mod metrics;

/// Every reactor, until it is started.
pub(super) struct ReactorTasks {
    erasures: Runner<Erasures>,
    deadlines: Runner<Deadlines>,
    pressing: Arc<Pressing>,
}

impl ReactorTasks {
    pub(super) fn new(
        application: &Arc<Application>,
        projections: &Arc<Projections>,
        store: &Arc<dyn EventStore>,
    ) -> Self {
        let forget = Arc::new(ForgetfulReadModels::new(Arc::clone(projections)));
        let erasures = Erasures::new(Arc::clone(application), forget);
        let deadlines = Deadlines::new(Arc::clone(application));
        Self {
            pressing: deadlines.pressing(),
            erasures: Runner::new(erasures, Arc::clone(store), Arc::new(SystemClock)),
            deadlines: Runner::new(deadlines, Arc::clone(store), Arc::new(SystemClock)),
        }
    }

    /// Where an operator sees them.
    pub(super) fn desks(&self) -> Reactors {
        Reactors::default().with(&self.erasures).with(&self.deadlines)
    }

    /// Adds what they tell to a registry.
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register_collector(Box::new(ReactorMetrics::of(self.desks(), Arc::clone(&self.pressing))));
    }

    /// Folds the log, so that it is known who is about to be erased before anybody is answered. Then starts them.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub(super) async fn start(
        mut self,
        stopping: &CancellationToken,
    ) -> Result<[JoinHandle<()>; 2], Failure> {
        let unread = |error| Failure::Local(format!("the log cannot be followed: {error}"));
        self.erasures.catch_up().await.map_err(unread)?;
        let running = |work| {
            let told = stopping.clone();
            async move {
                let _: Option<()> = told.run_until_cancelled_owned(work).await;
            }
        };
        Ok([
            tokio::spawn(running(Box::pin(self.erasures.run()) as futures::future::BoxFuture<'static, ()>)),
            tokio::spawn(running(Box::pin(self.deadlines.run()))),
        ])
    }
}
