//! The one writer: drains the queue, judges every append, commits them together, answers everyone.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant as Stopwatch;

use rapport_domain::envelope::{ExpectedRevision, NewEvent, Position, StreamId};
use rapport_domain::value::Instant;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use super::checkpointer::Checkpointer;
use super::error::{is_full, not_applied};
use super::group::{Group, GroupLedger, StreamHeads};
use super::lock::DirectoryLock;
use super::merge::Merge;
use super::options::EmbeddedOptions;
use super::schema::PAGE_BYTES;
use super::shared::Shared;
use crate::clock::Clock;
use crate::judgement::Judgement;
use crate::metrics::AppendMetrics;
use crate::port::{AppendError, Appended};

/// Most events that are gathered into one commit; one append more may exceed it.
const GROUP_EVENTS_MAX: usize = 4_096;
/// Entries that a slice of the merge adds to an index, at least.
const SLICE_ROWS_MIN: usize = 1_000;
/// Entries of the merge per event committed: two indexes, so anything above two keeps up.
const SLICE_ROWS_PER_EVENT: usize = 3;
/// The tail may grow to so many intervals while it cannot be merged; then the log takes no more.
const TAIL_INTERVALS_MAX: usize = 4;

/// What the store asks of its writer.
#[derive(Debug)]
pub(super) enum Request {
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
    pub(super) answer: oneshot::Sender<Result<Appended, AppendError>>,
    /// Its share of the memory that the queue may take.
    pub(super) _room: OwnedSemaphorePermit,
}

/// Where the log ended when it was opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub(super) position: Position,
    pub(super) recorded_at: Instant,
}

/// The writer's thread.
pub(super) struct Writer {
    connection: Connection,
    shared: Arc<Shared>,
    checkpointer: Checkpointer,
    metrics: AppendMetrics,
    clock: Clock,
    heads: StreamHeads,
    end: End,
    index_interval: usize,
    merge: Option<Merge>,
    /// The last slice failed: wait for the next commit before trying again.
    merge_stalled: bool,
    bytes_max: Arc<AtomicU64>,
    bytes_max_set: u64,
    /// What failed, once the state of the log on disk is unknown.
    broken: Option<String>,
    _lock: Arc<DirectoryLock>,
}

/// What a writer is made of.
pub(super) struct Parts {
    pub(super) connection: Connection,
    pub(super) shared: Arc<Shared>,
    pub(super) checkpointer: Checkpointer,
    pub(super) metrics: AppendMetrics,
    pub(super) end: End,
    pub(super) bytes_max: Arc<AtomicU64>,
    pub(super) lock: Arc<DirectoryLock>,
}

impl Writer {
    pub(super) fn new(parts: Parts, options: &EmbeddedOptions) -> Self {
        Self {
            connection: parts.connection,
            shared: parts.shared,
            checkpointer: parts.checkpointer,
            metrics: parts.metrics,
            clock: options.clock.clone(),
            heads: StreamHeads::new(NonZeroUsize::new(options.stream_heads).unwrap_or(NonZeroUsize::MIN)),
            end: parts.end,
            index_interval: options.index_interval.max(1),
            merge: None,
            merge_stalled: false,
            bytes_max: parts.bytes_max,
            bytes_max_set: u64::MAX,
            broken: None,
            _lock: parts.lock,
        }
    }

    /// Serves the queue until it is closed and empty.
    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Request>) {
        while let Some(first) = self.next(&mut queue) {
            let group = gather(first, &mut queue);
            self.commit(group);
        }
        self.checkpointer.finish(&self.connection);
        self.shared.close();
    }

    /// The next append. While there is none, merges; when there is nothing to merge, sleeps.
    fn next(&mut self, queue: &mut mpsc::Receiver<Request>) -> Option<Append> {
        loop {
            let request = if self.has_merging_to_do() {
                match queue.try_recv() {
                    Ok(request) => Some(request),
                    Err(TryRecvError::Empty) => {
                        self.merge(SLICE_ROWS_MIN);
                        continue;
                    }
                    Err(TryRecvError::Disconnected) => None,
                }
            } else {
                queue.blocking_recv()
            };
            match request? {
                Request::Append(append) => return Some(append),
                Request::Stop => queue.close(),
            }
        }
    }

    fn commit(&mut self, appends: Vec<Append>) {
        match self.write(&appends) {
            Ok(answers) => {
                for (append, answer) in appends.into_iter().zip(answers) {
                    reply(append, answer);
                }
            }
            // An append that was refused because of an earlier one of its group was refused too soon.
            Err(error) => appends.into_iter().for_each(|append| reply(append, Err(error.clone()))),
        }
    }
}
