//! The journal: facts that trusted services keep in the log beside ours, in streams of their own.
//!
//! Nothing is folded and nothing is decided: the store judges whether a stream is where the caller believes it to be,
//! and whether an append is a repetition. Facts are stored in clear, so nothing in them is personal.

mod fact;
mod stamp;

use std::sync::Arc;

use futures::TryStreamExt as _;
use futures::future::BoxFuture;
use rapport_domain::envelope::{Actor, ActorKind, EventId, ExpectedRevision, NewEvent, Revision, StreamId};
use rapport_domain::value::{Instant, Reference};
use rapport_event_store::{AppendError, Appended, Direction};

use crate::call::{Receipt, event_id};
use crate::failure::Failure;
use crate::{Application, Ports};
pub use fact::{Fact, FactData, FactType};
use stamp::Stamps;

/// What the category of every stream of another service begins with.
pub const CATEGORY_PREFIX: &str = "x_";

/// One append of facts, all or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Where to; a category that begins with [`CATEGORY_PREFIX`].
    pub stream: StreamId,
    /// What the caller believes of the stream.
    pub expected: ExpectedRevision,
    /// What happened, oldest first.
    pub facts: Vec<Fact>,
    /// Identity of the request. Where the facts have ids of their own it is noted only.
    pub request_id: Reference,
    /// Business time of the facts that have none; now when absent.
    pub occurred_at: Option<Instant>,
    /// Where they come from.
    pub source: Option<Reference>,
    /// Ties together everything that one business transaction caused; the request id when absent.
    pub correlation_id: Option<Reference>,
    /// The event that caused them.
    pub causation_id: Option<EventId>,
    /// W3C trace context.
    pub traceparent: Option<String>,
}

/// What an append did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entered {
    /// Of the last fact.
    pub receipt: Receipt,
    /// Whether the facts stood in the log already, from an earlier try.
    pub repetition: bool,
}

/// An append that has its place in the order of the log; resolves to what became of it.
pub type Pending = BoxFuture<'static, Result<Entered, Failure>>;

/// The log as one trusted service writes to it.
#[derive(Clone)]
pub struct Journal {
    ports: Arc<Ports>,
    actor: Actor,
}

impl Application {
    /// The journal, for an actor who may write to it.
    ///
    /// # Errors
    /// [`Failure::AppendDenied`] for people.
    pub fn journal(&self, actor: Actor) -> Result<Journal, Failure> {
        match actor.kind {
            ActorKind::Service | ActorKind::Import | ActorKind::System => {
                Ok(Journal { ports: Arc::clone(&self.ports), actor })
            }
            ActorKind::User | ActorKind::Analyst | ActorKind::Auditor => Err(Failure::AppendDenied),
        }
    }
}

impl Journal {
    /// Appends facts.
    ///
    /// # Errors
    /// See [`Failure`]: [`Failure::CategoryReserved`], [`Failure::RevisionMismatch`], [`Failure::RequestIdReused`],
    /// [`Failure::EventIdReused`], and those of the store.
    pub async fn append(&self, facts: Facts) -> Result<Entered, Failure> {
        self.submit(facts).await?.await
    }

    /// Hands facts over, and returns once they have their place: what is handed over later to the same stream comes
    /// after them.
    ///
    /// # Errors
    /// As [`Journal::append`], where it is known before the log is asked.
    pub async fn submit(&self, facts: Facts) -> Result<Pending, Failure> {
        if !facts.stream.category().starts_with(CATEGORY_PREFIX) {
            return Err(Failure::CategoryReserved { category: facts.stream.category().to_owned() });
        }
        self.enter(facts).await
    }

    /// The journal of the house itself, which is not bound to a category.
    pub(crate) fn of(ports: &Arc<Ports>, actor: Actor) -> Self {
        Self { ports: Arc::clone(ports), actor }
    }

    /// The same, whatever the category.
    pub(crate) async fn enter(&self, facts: Facts) -> Result<Pending, Failure> {
        let derived = facts.facts.first().is_some_and(|fact| fact.id.is_none());
        let mut stamps = Stamps::new(&self.actor, &facts, self.ports.clock.now());
        let request = derived.then(|| Request {
            ports: Arc::clone(&self.ports),
            stream: facts.stream.clone(),
            digest: stamps.request_digest(),
            count: facts.facts.len(),
        });
        let Facts { stream, expected, facts, request_id, .. } = facts;
        let mut events = Vec::with_capacity(facts.len());
        for (ordinal, fact) in facts.into_iter().enumerate() {
            events.push(NewEvent {
                id: fact.id.unwrap_or_else(|| event_id(&request_id, ordinal)),
                metadata: stamps.metadata(ordinal, fact.occurred_at)?,
                event_type: fact.fact_type.into(),
                data: fact.data.into(),
            });
        }
        let pending = self.ports.store.submit(stream, expected, events).await;
        Ok(Box::pin(async move { settle(request, pending.await).await }))
    }
}

/// A request whose ids derive from its request id: what tells it from another one under the same id.
struct Request {
    ports: Arc<Ports>,
    stream: StreamId,
    digest: String,
    count: usize,
}

async fn settle(
    request: Option<Request>,
    appended: Result<Appended, AppendError>,
) -> Result<Entered, Failure> {
    let appended = appended.map_err(|error| refused(error, request.is_some()))?;
    if appended.repeated
        && let Some(request) = request
        && !request.is_that_of(appended).await?
    {
        return Err(Failure::RequestIdReused);
    }
    let receipt = Receipt { revision: appended.revision, position: appended.position };
    Ok(Entered { receipt, repetition: appended.repeated })
}

impl Request {
    /// Whether it is the request that wrote the events which stand in the log. The store compares events; a shorter
    /// request under the same id looks to it like a part of the first one.
    async fn is_that_of(&self, appended: Appended) -> Result<bool, Failure> {
        let behind = u64::try_from(self.count.saturating_sub(1)).unwrap_or(u64::MAX);
        let Some(first) = appended.revision.and_then(|Revision(last)| last.checked_sub(behind)) else {
            return Ok(false);
        };
        let mut standing = self.ports.store.read_stream(&self.stream, Revision(first), Direction::Forward);
        let standing = standing.try_next().await?.and_then(|recorded| recorded.metadata().ok());
        Ok(standing.is_some_and(|metadata| metadata.request_digest == self.digest))
    }
}

fn refused(error: AppendError, derived: bool) -> Failure {
    match error {
        // Nothing was believed, so others were faster again and again.
        AppendError::WrongRevision { expected: ExpectedRevision::Any, .. } => Failure::ConcurrentUpdate,
        AppendError::WrongRevision { expected, actual, .. } => Failure::RevisionMismatch { expected, actual },
        AppendError::IdReused { .. } if derived => Failure::RequestIdReused,
        AppendError::IdReused { id } => Failure::EventIdReused { id },
        AppendError::TooLarge { .. }
        | AppendError::TimePassed { .. }
        | AppendError::TimeFixed
        | AppendError::StorageFull
        | AppendError::ReadOnly { .. }
        | AppendError::Unavailable { .. }
        | AppendError::OutcomeUnknown { .. }
        | AppendError::Closed => Failure::Append(error),
    }
}
