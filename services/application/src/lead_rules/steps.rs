//! What is left to do with a lead by the rules of routing, after something happened to it.

use rapport_domain::id::LeadId;
use rapport_domain::lead::{Event, Holder, Rating};
use rapport_domain::value::Instant;

use super::ledger::Books;

/// Something to do with a lead.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Hand it to somebody.
    Route(LeadId),
    /// Take it back from whoever did nothing for it in time.
    TimeOut(LeadId),
}

/// When a step is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Todo {
    /// At once.
    Now(Step),
    /// At a time.
    At(Step, Instant),
    /// No more.
    Settled(Step),
}

/// What is left to do once a policy is published: who waits is handed over at once, who rests when that is over.
pub(crate) fn left_to_policy(books: &Books) -> Vec<Todo> {
    let waiting = books.nowhere().map(|id| Todo::Now(Step::Route(id)));
    let resting = books.resting().map(|(id, until)| Todo::At(Step::Route(id), until.start()));
    waiting.chain(resting).collect()
}

/// What an event leaves to do, which the books have taken in; in the order in which it is noted.
pub(crate) fn left_by(event: &Event, id: LeadId, books: &Books, is_followed: bool) -> Vec<Todo> {
    let (route, time_out) = (Step::Route(id), Step::TimeOut(id));
    let now = |is_due: bool| is_due.then_some(Todo::Now(Step::Route(id)));
    match event {
        Event::Captured(_) | Event::AssignmentDeclined(_) | Event::AssignmentTimedOut(_) => {
            [Todo::Settled(time_out)].into_iter().chain(now(is_followed)).collect()
        }
        Event::CapturedAgain(_) => now(is_followed && books.is_nowhere(id)).into_iter().collect(),
        Event::Scored(scored) => {
            let is_hot = scored.score.rating == Rating::Hot;
            now(is_followed && is_hot && books.is_unowned(id)).into_iter().collect()
        }
        Event::Assigned(assigned) => {
            let due = match &assigned.to {
                Holder::Owner(_) => assigned.respond_by,
                Holder::Queue(_) => None,
            };
            let due = due.map(|due| Todo::At(time_out.clone(), due));
            [Todo::Settled(route), Todo::Settled(time_out)].into_iter().chain(due).collect()
        }
        Event::Recycled(recycled) => {
            let again = match recycled.until.filter(|_| is_followed) {
                Some(until) => Todo::At(route, until.start()),
                None => Todo::Settled(route),
            };
            vec![Todo::Settled(time_out), again]
        }
        Event::Contacted(_) | Event::Qualified(_) => vec![Todo::Settled(time_out)],
        Event::Disqualified(_) | Event::Converted(_) => {
            vec![Todo::Settled(route), Todo::Settled(time_out)]
        }
        Event::Enriched(_) => Vec::new(),
    }
}
