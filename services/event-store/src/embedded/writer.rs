//! The one writer: drains the queue, has everything that waits committed together, answers everyone.

use rapport_domain::envelope::{ExpectedRevision, NewEvent, StreamId};
use rapport_domain::value::Instant;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use super::log::{GroupAnswer, Log};
use crate::port::{AppendError, Appended};

/// Appends are gathered into one commit until it has so many events.
const GROUP_EVENTS_MAX: usize = 4_096;

/// What the store asks of its writer.
#[derive(Debug)]
pub(super) enum Request {
    /// Write events.
    Append(Append),
    /// Finish what is queued, then end.
    Stop,
}

/// An append in the queue.
#[derive(Debug)]
pub(super) struct Append {
    pub(super) stream: StreamId,
    pub(super) expected: ExpectedRevision,
    pub(super) events: Vec<NewEvent>,
    /// A time of the past to record them at; `None`: now.
    pub(super) recorded_at: Option<Instant>,
    pub(super) answer: oneshot::Sender<Result<Appended, AppendError>>,
    /// Its share of the memory that the queue may take.
    pub(super) _room: OwnedSemaphorePermit,
}

/// Serves the queue until it is closed and empty.
pub(super) fn run(mut log: Log, mut queue: mpsc::Receiver<Request>) {
    while let Some(first) = next(&mut log, &mut queue) {
        let mut group = gather(first, &mut queue);
        let answers = log.append(&mut group);
        answer(group, answers);
        log.announce();
        log.after_group();
    }
    log.finish();
}

/// The next append. While there is none, the log is tidied; when it is tidy, the writer sleeps.
fn next(log: &mut Log, queue: &mut mpsc::Receiver<Request>) -> Option<Append> {
    loop {
        let request = match queue.try_recv() {
            Ok(request) => request,
            Err(TryRecvError::Empty) if log.is_untidy() => {
                log.tidy();
                continue;
            }
            Err(TryRecvError::Empty) => queue.blocking_recv()?,
            Err(TryRecvError::Disconnected) => return None,
        };
        match request {
            Request::Append(append) => return Some(append),
            Request::Stop => queue.close(),
        }
    }
}

/// Everything that came in while the last group was committed.
fn gather(first: Append, queue: &mut mpsc::Receiver<Request>) -> Vec<Append> {
    let mut events = first.events.len();
    let mut group = vec![first];
    while events < GROUP_EVENTS_MAX {
        match queue.try_recv() {
            Ok(Request::Append(append)) => {
                events += append.events.len();
                group.push(append);
            }
            Ok(Request::Stop) => queue.close(),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
        }
    }
    group
}

/// A caller that has gone away does not mind.
fn answer(group: Vec<Append>, answers: GroupAnswer) {
    match answers {
        Ok(answers) => {
            for (append, answer) in group.into_iter().zip(answers) {
                let _ = append.answer.send(answer);
            }
        }
        Err(error) => {
            for append in group {
                let _ = append.answer.send(Err(error.clone()));
            }
        }
    }
}
