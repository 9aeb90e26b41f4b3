//! A run of commands to one stream, decided one after another, to be appended as one.

use std::collections::BTreeMap;

use rapport_domain::aggregate::Aggregate;
use rapport_domain::context::Context;
use rapport_domain::envelope::{ActorKind, ExpectedRevision, Position, Revision};
use rapport_domain::value::Instant;
use rapport_event_store::{Appended, Positions};

use crate::applied::Applied;
use crate::call::{Call, Receipt};
use crate::clock::lies_ahead;
use crate::failure::Failure;
use crate::loaded::Loaded;

/// A command and its circumstances.
pub(crate) struct Item<A: Aggregate> {
    pub(crate) command: A::Command,
    pub(crate) call: Call,
    /// Digest of the request, under the subject's key where the stream has a subject; `None` while the subject has
    /// no keys, and once they are destroyed.
    pub(crate) digest: Option<String>,
    /// What became of the request, if it was applied before.
    pub(crate) applied: Option<Applied>,
}

impl<A: Aggregate> Item<A> {
    pub(crate) const fn new(command: A::Command, call: Call) -> Self {
        Self { command, call, digest: None, applied: None }
    }
}

/// What became of one command.
#[derive(Clone)]
pub(crate) enum Answer {
    /// It is settled: refused, applied earlier, or nothing to do.
    Settled(Result<Receipt, Failure>),
    /// It is settled once the run's events are in the log: its last event is this one, counted from 0.
    Pending(usize),
}

/// An event on its way, and the item that caused it.
pub(crate) struct Caused<A: Aggregate> {
    pub(crate) event: A::Event,
    pub(crate) item: usize,
}

/// The decisions of a run.
pub(crate) struct Plan<A: Aggregate> {
    pub(crate) answers: Vec<Answer>,
    pub(crate) events: Vec<Caused<A>>,
    /// The state after the events.
    pub(crate) state: A::State,
    /// Whether a command was judged by the state; a request that was applied earlier is not.
    pub(crate) judged: bool,
}

/// Decides every command in turn, each on the state that those before it leave.
pub(crate) fn decide<A: Aggregate>(
    base: &Loaded<A>,
    state: A::State,
    items: &[Item<A>],
    now: Instant,
) -> Plan<A>
where
    Failure: From<A::Rejection>,
{
    let mut plan =
        Plan { answers: Vec::with_capacity(items.len()), events: Vec::new(), state, judged: false };
    let mut pending: BTreeMap<&str, (&str, usize)> = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        let answer = answer(base, &mut plan, &pending, item, index, now);
        if let Answer::Pending(last) = answer {
            pending.insert(item.call.request_id.as_str(), (item.call.content_sha256.as_str(), last));
        }
        plan.answers.push(answer);
    }
    plan
}

fn answer<A: Aggregate>(
    base: &Loaded<A>,
    plan: &mut Plan<A>,
    pending: &BTreeMap<&str, (&str, usize)>,
    item: &Item<A>,
    index: usize,
    now: Instant,
) -> Answer
where
    Failure: From<A::Rejection>,
{
    if let Some(applied) = &item.applied {
        // An erased subject's request can be told from another no more: the first answer stands.
        let same = item.digest.as_ref().is_none_or(|digest| applied.digest == *digest);
        return Answer::Settled(if same { Ok(applied.receipt) } else { Err(Failure::RequestIdReused) });
    }
    if let Some((content, last)) = pending.get(item.call.request_id.as_str()) {
        let same = *content == item.call.content_sha256;
        return if same { Answer::Pending(*last) } else { Answer::Settled(Err(Failure::RequestIdReused)) };
    }
    if item.call.occurred_at.is_some_and(|at| lies_ahead(at, now)) {
        return Answer::Settled(Err(Failure::OccursInFuture));
    }
    if let Some(recorded_at) = item.call.recorded_at() {
        if item.call.actor.kind != ActorKind::Import {
            return Answer::Settled(Err(Failure::DatingDenied));
        }
        if recorded_at > now {
            return Answer::Settled(Err(Failure::OccursAfterNow));
        }
    }
    plan.judged = true;
    let actual = revision_after(base.receipt.revision, plan.events.len());
    if let Some(expected) = item.call.expected_revision
        && actual != Some(expected)
    {
        let expected = ExpectedRevision::Exact(expected);
        return Answer::Settled(Err(Failure::RevisionMismatch { expected, actual }));
    }
    let context =
        Context { now, occurred_at: item.call.occurred_at.unwrap_or(now), actor: item.call.actor.clone() };
    match A::decide(&plan.state, &item.command, &context) {
        Err(rejection) => Answer::Settled(Err(rejection.into())),
        Ok(events) => {
            for event in events {
                plan.state = A::evolve(std::mem::take(&mut plan.state), &event);
                plan.events.push(Caused { event, item: index });
            }
            plan.events.len().checked_sub(1).map_or(Answer::Settled(Ok(base.receipt)), Answer::Pending)
        }
    }
}

/// The stream's last revision once so many more events stand in it.
pub(crate) fn revision_after(base: Option<Revision>, events: usize) -> Option<Revision> {
    let events = u64::try_from(events).unwrap_or(u64::MAX);
    match base {
        Some(base) => Some(Revision(base.0.saturating_add(events))),
        None => events.checked_sub(1).map(Revision),
    }
}

/// What is believed of a stream that had this revision, once so many more events stand in it.
pub(crate) fn expected_after(base: Option<Revision>, events: usize) -> ExpectedRevision {
    revision_after(base, events).map_or(ExpectedRevision::NoStream, ExpectedRevision::Exact)
}

/// The positions of an append's events: they stand next to each other, and the last one's is known. Where positions
/// are sparse only that one is; who waits for it waits for the whole append.
pub(crate) fn positions_of(appended: Appended, events: usize, positions: Positions) -> Vec<Position> {
    let last = appended.position.0;
    let behind = (0..u64::try_from(events).unwrap_or(u64::MAX)).rev();
    match positions {
        Positions::Dense => behind.map(|behind| Position(last.saturating_sub(behind))).collect(),
        Positions::Sparse => vec![appended.position; events],
    }
}
