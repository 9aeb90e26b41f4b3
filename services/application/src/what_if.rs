//! What if: a draft over the recorded past, on a virtual clock. Nothing is written.

mod leads;
mod routing;
mod scoring;
mod sla;

use std::sync::Arc;

use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use rapport_domain::envelope::{Position, Recorded};
use rapport_domain::event::DomainEvent;
use rapport_domain::value::Instant;
use rapport_event_store::{EventStream, Filter, ReadError};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::coop::consume_budget;

use crate::Application;
use crate::failure::Failure;

pub use leads::{CHANGED_LEADS_LISTED_MAX, LEADS_REPLAYED_MAX};
pub use routing::{HeldLeads, OwnedLeads, ReroutedLead, RoutingDifference, RoutingDraft, RoutingTrial};
pub use scoring::{
    GradedLeads, LeadOutcome, LeadOutcomes, RejudgedLead, ScoringDifference, ScoringDraft, ScoringTrial,
    TOUCHES_REPLAYED_MAX,
};
pub use sla::{
    CASES_REPLAYED_MAX, CHANGED_CASES_LISTED_MAX, ChangedCase, JudgedCases, SlaDifference, SlaDraft, SlaTrial,
};

/// Drafts that are tried at a time, for what they live again they hold in memory; others wait.
pub const TRIALS_MAX: usize = 2;
/// Events that are read between two words of how far it is.
const EVENTS_PER_STEP: usize = 10_000;

/// How far it is, and at last what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trial<D> {
    /// So many events are read.
    Reading {
        /// How many.
        events: u64,
    },
    /// The end.
    Ended(D),
}

/// A draft that lives the past again. It works on what others of the process wait for too: where it goes on for long, it lets
/// them go first now and then.
trait Replay: Send + 'static {
    /// What it is told.
    type Told: Send + Sync + 'static;
    /// What it finds.
    type Difference: Send + 'static;

    /// Something happened.
    fn take(&mut self, told: &Self::Told) -> impl Future<Output = Result<(), Failure>> + Send;
    /// Nothing more happens.
    fn end(&mut self) -> impl Future<Output = Self::Difference> + Send;
}

/// What a draft is told, in order.
type Past<T> = BoxStream<'static, Result<T, ReadError>>;

/// A draft on its way through the past.
struct Run<R: Replay> {
    past: Past<R::Told>,
    replay: R,
    events: u64,
    /// It is one of those that are tried now.
    _turn: OwnedSemaphorePermit,
}

/// Tries a draft. Ends with [`Trial::Ended`], or with the first failure.
fn tried<R: Replay>(
    past: Past<R::Told>,
    replay: R,
    turn: OwnedSemaphorePermit,
) -> BoxStream<'static, Result<Trial<R::Difference>, Failure>> {
    stream::try_unfold(Some(Run { past, replay, events: 0, _turn: turn }), step).boxed()
}

async fn step<R: Replay>(
    run: Option<Run<R>>,
) -> Result<Option<(Trial<R::Difference>, Option<Run<R>>)>, Failure> {
    let Some(mut run) = run else { return Ok(None) };
    for _ in 0..EVENTS_PER_STEP {
        match run.past.try_next().await? {
            Some(told) => run.replay.take(&told).await?,
            None => return Ok(Some((Trial::Ended(run.replay.end().await), None))),
        }
        consume_budget().await;
        run.events = run.events.saturating_add(1);
    }
    Ok(Some((Trial::Reading { events: run.events }, Some(run))))
}

impl Application {
    /// Waits until there is room for one more trial.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, Failure> {
        Ok(Arc::clone(&self.trials).acquire_owned().await.map_err(|_| ReadError::Closed)?)
    }

    /// What the log holds of some categories, up to a position.
    fn past(&self, categories: &[&str], last: Position) -> EventStream {
        let categories = categories.iter().map(|category| (*category).to_owned()).collect();
        let log =
            Arc::clone(&self.ports.store).read_all(Position::START, &Filter { categories, ..Filter::all() });
        log.try_take_while(move |event| std::future::ready(Ok(event.position <= last))).boxed()
    }
}

/// What happened, and when by business time; nothing where this build does not know of such an event.
fn told(recorded: &Recorded) -> Result<Option<(DomainEvent, Instant)>, Failure> {
    let corrupt = |error: serde_json::Error| Failure::EventCorrupt {
        position: recorded.position,
        cause: error.to_string(),
    };
    let Some(event) = DomainEvent::decode(recorded).map_err(corrupt)? else { return Ok(None) };
    Ok(Some((event, recorded.metadata().map_err(corrupt)?.occurred_at)))
}
