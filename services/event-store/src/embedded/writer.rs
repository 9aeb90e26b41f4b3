//! The one writer: drains the queue, has everything that waits committed together, answers everyone.

use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use super::log::{GroupAnswer, Log};
use crate::port::{Append, AppendError, Appended};

/// Appends are gathered into one commit until it has so many events.
const GROUP_EVENTS_MAX: usize = 4_096;

/// What the store asks of its writer.
#[derive(Debug)]
pub(super) enum Request {
    /// Write events.
    Append(Queued),
    /// Finish what is queued, then end.
    Stop,
}

/// What became of appends that are done in turn, up to the first that failed.
pub(super) type Answers = Vec<Result<Appended, AppendError>>;

/// Appends in the queue, to be done in turn: one, or several of one caller, which share a commit.
#[derive(Debug)]
pub(super) struct Queued {
    pub(super) appends: Vec<Append>,
    pub(super) answer: oneshot::Sender<Answers>,
    /// Their share of the memory that the queue may take.
    pub(super) _room: OwnedSemaphorePermit,
}

impl Queued {
    fn events(&self) -> usize {
        self.appends.iter().map(|append| append.events.len()).sum()
    }
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
fn next(log: &mut Log, queue: &mut mpsc::Receiver<Request>) -> Option<Queued> {
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
            Request::Append(queued) => return Some(queued),
            Request::Stop => queue.close(),
        }
    }
}

/// Everything that came in while the last group was committed.
fn gather(first: Queued, queue: &mut mpsc::Receiver<Request>) -> Vec<Queued> {
    let mut events = first.events();
    let mut group = vec![first];
    while events < GROUP_EVENTS_MAX {
        match queue.try_recv() {
            Ok(Request::Append(queued)) => {
                events += queued.events();
                group.push(queued);
            }
            Ok(Request::Stop) => queue.close(),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
        }
    }
    group
}

/// A caller that has gone away does not mind.
fn answer(group: Vec<Queued>, answers: GroupAnswer) {
    match answers {
        Ok(answers) => {
            for (queued, answers) in group.into_iter().zip(answers) {
                let _ = queued.answer.send(answers);
            }
        }
        Err(error) => {
            for queued in group {
                let _ = queued.answer.send(vec![Err(error.clone())]);
            }
        }
    }
}
