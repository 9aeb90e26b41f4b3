//! The tasks that do what is due without a caller.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::registry::Registry;
use rapport_application::reactors::{
    Circles, Deadlines, Erasures, Escalations, Expiries, FollowUps, Mentions, Promises, Reactors, Reminders,
    Routing, Runner, Scoring, StageTasks, Unread, read_once,
};
use rapport_application::{Application, SystemClock};
use rapport_event_store::{EventStore, ReadError};
use rapport_gateway::ForgetfulReadModels;
use rapport_projections::Projections;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use self::metrics::{Pressed, ReactorMetrics};
mod metrics;

/// Pause before the log is read again that could not be.
const READ_PAUSE: Duration = Duration::from_secs(1);

/// Every reactor, until it is started.
pub(super) struct ReactorTasks {
    erasures: Runner<Erasures>,
    deadlines: Runner<Deadlines>,
    promises: Runner<Promises>,
    escalations: Runner<Escalations>,
    circles: Runner<Circles>,
    scoring: Runner<Scoring>,
    routing: Runner<Routing>,
    reminders: Runner<Reminders>,
    follow_ups: Runner<FollowUps>,
    stage_tasks: Runner<StageTasks>,
    mentions: Runner<Mentions>,
    expiries: Runner<Expiries>,
    pressed: Pressed,
    store: Arc<dyn EventStore>,
    application: Arc<Application>,
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
        let scoring = Scoring::new(Arc::clone(application));
        let routing = Routing::new(Arc::clone(application));
        let reminders = Reminders::new(Arc::clone(application));
        let follow_ups = FollowUps::new(Arc::clone(application));
        let stage_tasks = StageTasks::new(Arc::clone(application));
        let mentions = Mentions::new(Arc::clone(application));
        let expiries = Expiries::new(Arc::clone(application));
        Self {
            pressed: Pressed {
                requests: deadlines.pressing(),
                promises: promises.pressing(),
                low_ratings: escalations.low_ratings(),
                unassigned: routing.unassigned(),
                overdue_tasks: reminders.overdue(),
            },
            erasures: Runner::new(erasures, Arc::clone(store), Arc::new(SystemClock)),
            deadlines: Runner::new(deadlines, Arc::clone(store), Arc::new(SystemClock)),
            promises: Runner::new(promises, Arc::clone(store), Arc::new(SystemClock)),
            escalations: Runner::new(escalations, Arc::clone(store), Arc::new(SystemClock)),
            circles: Runner::new(circles, Arc::clone(store), Arc::new(SystemClock)),
            scoring: Runner::new(scoring, Arc::clone(store), Arc::new(SystemClock)),
            routing: Runner::new(routing, Arc::clone(store), Arc::new(SystemClock)),
            reminders: Runner::new(reminders, Arc::clone(store), Arc::new(SystemClock)),
            follow_ups: Runner::new(follow_ups, Arc::clone(store), Arc::new(SystemClock)),
            stage_tasks: Runner::new(stage_tasks, Arc::clone(store), Arc::new(SystemClock)),
            mentions: Runner::new(mentions, Arc::clone(store), Arc::new(SystemClock)),
            expiries: Runner::new(expiries, Arc::clone(store), Arc::new(SystemClock)),
            store: Arc::clone(store),
            application: Arc::clone(application),
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
            .with(&self.scoring)
            .with(&self.routing)
            .with(&self.reminders)
            .with(&self.follow_ups)
            .with(&self.stage_tasks)
            .with(&self.mentions)
            .with(&self.expiries)
    }

    /// Adds what they tell to a registry.
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register_collector(Box::new(ReactorMetrics::of(self.desks(), self.pressed.clone())));
    }

    /// Starts them, beside the server's callers. Until the log is folded, nothing personal is shown to anybody.
    pub(super) fn start(self, stopping: CancellationToken) -> JoinHandle<()> {
        self.application.set_withheld_known(false);
        tokio::spawn(async move {
            let _: Option<()> = stopping.run_until_cancelled_owned(self.run()).await;
        })
    }

    /// Folds the log once for all; then each goes its way.
    async fn run(mut self) {
        let reactors: &mut [&mut dyn Unread] = &mut [
            &mut self.erasures,
            &mut self.deadlines,
            &mut self.promises,
            &mut self.escalations,
            &mut self.circles,
            &mut self.scoring,
            &mut self.routing,
            &mut self.reminders,
            &mut self.follow_ups,
            &mut self.stage_tasks,
            &mut self.mentions,
            &mut self.expiries,
        ];
        if let Err(error) = read_once(self.store.as_ref(), reactors).await {
            tracing::warn!(%error, "the log cannot be read for all reactors at once; each reads it");
        }
        if !folded_at_last(&mut self.erasures).await {
            return;
        }
        self.application.set_withheld_known(true);
        let mut running = JoinSet::new();
        running.spawn(self.erasures.run());
        running.spawn(self.deadlines.run());
        running.spawn(self.promises.run());
        running.spawn(self.escalations.run());
        running.spawn(self.circles.run());
        running.spawn(self.scoring.run());
        running.spawn(self.routing.run());
        running.spawn(self.reminders.run());
        running.spawn(self.follow_ups.run());
        running.spawn(self.stage_tasks.run());
        running.spawn(self.mentions.run());
        running.spawn(self.expiries.run());
        while running.join_next().await.is_some() {}
    }
}

/// Folds the log to its end, however often that fails; whether it is open.
async fn folded_at_last(erasures: &mut Runner<Erasures>) -> bool {
    loop {
        match erasures.catch_up().await {
            Ok(()) => return true,
            Err(ReadError::Closed) => return false,
            Err(error @ (ReadError::Unavailable { .. } | ReadError::Corrupt { .. })) => {
                tracing::warn!(%error, "the log cannot be followed; nothing personal is shown until it can");
                sleep(READ_PAUSE).await;
            }
        }
    }
}
