//! The tasks that do what is due without a caller.

use std::sync::Arc;

use prometheus_client::registry::Registry;
use rapport_application::reactors::{
    Circles, Deadlines, Erasures, Escalations, Promises, Reactors, Runner, Unread, read_once,
};
use rapport_application::{Application, SystemClock};
use rapport_event_store::EventStore;
use rapport_gateway::ForgetfulReadModels;
use rapport_projections::Projections;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::metrics::{Pressed, ReactorMetrics};
use crate::error::Failure;

mod metrics;

/// Every reactor, until it is started.
pub(super) struct ReactorTasks {
    erasures: Runner<Erasures>,
    deadlines: Runner<Deadlines>,
    promises: Runner<Promises>,
    escalations: Runner<Escalations>,
    circles: Runner<Circles>,
    pressed: Pressed,
    store: Arc<dyn EventStore>,
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
        let promises = Promises::new(Arc::clone(application));
        let escalations = Escalations::new(Arc::clone(application));
        let circles = Circles::new(Arc::clone(application));
        Self {
            pressed: Pressed { requests: deadlines.pressing(), promises: promises.pressing() },
            erasures: Runner::new(erasures, Arc::clone(store), Arc::new(SystemClock)),
            deadlines: Runner::new(deadlines, Arc::clone(store), Arc::new(SystemClock)),
            promises: Runner::new(promises, Arc::clone(store), Arc::new(SystemClock)),
            escalations: Runner::new(escalations, Arc::clone(store), Arc::new(SystemClock)),
            circles: Runner::new(circles, Arc::clone(store), Arc::new(SystemClock)),
            store: Arc::clone(store),
        }
    }

    /// Where an operator sees them.
    pub(super) fn desks(&self) -> Reactors {
        Reactors::default()
            .with(&self.erasures)
            .with(&self.deadlines)
            .with(&self.promises)
            .with(&self.escalations)
            .with(&self.circles)
    }

    /// Adds what they tell to a registry.
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register_collector(Box::new(ReactorMetrics::of(self.desks(), self.pressed.clone())));
    }

    /// Folds the log, so that it is known who is about to be erased before anybody is answered. Then starts them.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub(super) async fn start(
        mut self,
        stopping: &CancellationToken,
    ) -> Result<[JoinHandle<()>; 5], Failure> {
        let unread = |error| Failure::Local(format!("the log cannot be followed: {error}"));
        let reactors: &mut [&mut dyn Unread] = &mut [
            &mut self.erasures,
            &mut self.deadlines,
            &mut self.promises,
            &mut self.escalations,
            &mut self.circles,
        ];
        read_once(self.store.as_ref(), reactors).await.map_err(unread)?;
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
            tokio::spawn(running(Box::pin(self.promises.run()))),
            tokio::spawn(running(Box::pin(self.escalations.run()))),
            tokio::spawn(running(Box::pin(self.circles.run()))),
        ])
    }
}
