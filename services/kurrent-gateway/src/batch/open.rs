//! The appends of a call whose last message has not come yet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rapport_domain::envelope::{ExpectedRevision, Revision, StreamId};
use rapport_proto::kurrent as wire;
use rapport_proto::kurrent::streams::BatchAppendReq;
use rapport_proto::kurrent::streams::batch_append_req::Options;
use rapport_proto::kurrent::streams::batch_append_req::options::{DeadlineOption, ExpectedStreamPosition};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use uuid::Uuid;

use crate::proposal::{Parcel, stream_to_write};
use crate::refusal::Refusal;
use crate::server::APPEND_TIMEOUT;
use crate::wire::id;

/// Appends of one call whose last message has not come yet.
const BATCHES_OPEN_MAX: usize = 64;
/// Appends of one call that were refused before their last message came; one more ends the call.
const BATCHES_REFUSED_MAX: usize = 1_024;

/// How an append is named in its answer.
#[derive(Debug, Clone)]
pub(super) struct Label {
    pub(super) correlation_id: Option<wire::Uuid>,
    pub(super) stream: Option<wire::StreamIdentifier>,
}

/// An append whose messages come in.
pub(super) struct Batch {
    pub(super) label: Label,
    pub(super) stream: StreamId,
    pub(super) expected: ExpectedRevision,
    pub(super) until: Instant,
    pub(super) parcel: Parcel,
}

/// What became of a message: nothing yet, an append that is whole, or one that is refused.
pub(super) enum Step {
    Incomplete,
    Whole(Batch),
    Refused(Label, Refusal),
}

/// What is open, by correlation id.
pub(super) struct Open {
    room: Arc<Semaphore>,
    batches: BTreeMap<Uuid, Batch>,
    /// Those that have had their answer before their last message: what still comes of them is dropped, so that no
    /// part of an append is taken for a whole one.
    refused: BTreeSet<Uuid>,
}

impl Open {
    /// Nothing yet. What comes in takes its size in KiB out of `room`.
    pub(super) fn new(room: Arc<Semaphore>) -> Self {
        Self { room, batches: BTreeMap::new(), refused: BTreeSet::new() }
    }

    /// When the first of them is overdue.
    pub(super) fn overdue_at(&self) -> Option<Instant> {
        self.batches.values().map(|batch| batch.until).min()
    }

    /// Lets go of those whose time is over.
    pub(super) fn overdue(&mut self, now: Instant) -> Result<Vec<Label>, Refusal> {
        let overdue = self.batches.extract_if(.., |_, batch| batch.until <= now);
        let (keys, labels): (Vec<_>, Vec<_>) = overdue.map(|(key, batch)| (key, batch.label)).unzip();
        keys.into_iter().try_for_each(|key| self.bury(key))?;
        Ok(labels)
    }

    /// Adds a message to the append that it belongs to.
    pub(super) fn gather(&mut self, message: BatchAppendReq) -> Result<Step, Refusal> {
        let key = id(message.correlation_id.clone()).ok_or_else(|| {
            Refusal::malformed("a message of a batch needs a correlation id that is a UUID")
        })?;
        let is_final = message.is_final;
        if self.refused.contains(&key) {
            if is_final {
                self.refused.remove(&key);
            }
            return Ok(Step::Incomplete);
        }
        match self.add(key, message) {
            Ok(batch) if is_final => Ok(Step::Whole(batch)),
            Ok(batch) => {
                self.batches.insert(key, batch);
                Ok(Step::Incomplete)
            }
            Err((label, refusal)) => {
                if !is_final {
                    self.bury(key)?;
                }
                Ok(Step::Refused(label, refusal))
            }
        }
    }

    /// The append that a message belongs to, with what the message adds.
    fn add(&mut self, key: Uuid, message: BatchAppendReq) -> Result<Batch, (Label, Refusal)> {
        let BatchAppendReq { correlation_id, options, proposed_messages, is_final: _ } = message;
        let mut batch = match self.batches.remove(&key) {
            Some(batch) => batch,
            None => {
                let stream = options.as_ref().and_then(|options| options.stream_identifier.clone());
                let label = Label { correlation_id, stream };
                self.begin(label.clone(), options).map_err(|refusal| (label, refusal))?
            }
        };
        let mut proposals = proposed_messages.into_iter();
        match proposals.try_for_each(|message| batch.parcel.add(message.into())) {
            Ok(()) => Ok(batch),
            Err(refusal) => Err((batch.label, refusal)),
        }
    }

    fn begin(&self, label: Label, options: Option<Options>) -> Result<Batch, Refusal> {
        let options = options
            .ok_or_else(|| Refusal::malformed("the first message of an append has to have options"))?;
        if self.batches.len() >= BATCHES_OPEN_MAX {
            return Err(Refusal::Busy);
        }
        let expected = match options.expected_stream_position {
            Some(ExpectedStreamPosition::StreamPosition(revision)) => {
                ExpectedRevision::Exact(Revision(revision))
            }
            Some(ExpectedStreamPosition::NoStream(())) => ExpectedRevision::NoStream,
            Some(ExpectedStreamPosition::Any(())) => ExpectedRevision::Any,
            Some(ExpectedStreamPosition::StreamExists(())) => ExpectedRevision::StreamExists,
            None => return Err(Refusal::malformed("an append needs the revision that is expected")),
        };
        let stream = stream_to_write(options.stream_identifier)?;
        let until = Instant::now() + time_left(options.deadline_option).ok_or(Refusal::TimedOut)?;
        Ok(Batch { label, stream, expected, until, parcel: Parcel::new(Arc::clone(&self.room)) })
    }

    /// Remembers that what still comes of an append is not to be taken.
    fn bury(&mut self, key: Uuid) -> Result<(), Refusal> {
        if self.refused.len() >= BATCHES_REFUSED_MAX {
            return Err(Refusal::malformed(
                "too many appends were left without their last message; begin a new call",
            ));
        }
        self.refused.insert(key);
        Ok(())
    }
}

/// How long an append may take; `None` when its time is over. Some clients send the time of day as a duration: it is
/// longer than any append may take, and so harmless.
fn time_left(deadline: Option<DeadlineOption>) -> Option<Duration> {
    let left = match deadline {
        None => APPEND_TIMEOUT,
        Some(DeadlineOption::Deadline(duration)) => Duration::try_from(duration).ok()?,
        Some(DeadlineOption::Deadline21100(until)) => {
            SystemTime::try_from(until).ok()?.duration_since(SystemTime::now()).ok()?
        }
    };
    Some(left.min(APPEND_TIMEOUT)).filter(|left| !left.is_zero())
}
