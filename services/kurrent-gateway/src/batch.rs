//! `Streams.BatchAppend`: many appends on one call, each with an answer of its own.

mod open;

use async_stream::try_stream;
use futures::TryStreamExt as _;
use futures::stream::BoxStream;
use rapport_domain::envelope::{Position, Revision};
use rapport_event_store::{Appended, Pending};
use rapport_proto::kurrent as wire;
use rapport_proto::kurrent::streams::batch_append_resp::success::{CurrentRevisionOption, PositionOption};
use rapport_proto::kurrent::streams::batch_append_resp::{Result as Outcome, Success};
use rapport_proto::kurrent::streams::{BatchAppendReq, BatchAppendResp};
use tokio::time::{Instant, timeout_at};
use tonic::Streaming;

use self::open::{Batch, Label, Open, Step};
use crate::proposal::Parcel;
use crate::refusal::Refusal;
use crate::status::{batch_error, broken};
use crate::streams::Kurrent;

/// Appends of one call that are on their way into the log at a time; the next messages wait.
const BATCHES_IN_FLIGHT_MAX: usize = 64;

/// An answer that is due: now, or as soon as the log says what became of the append.
enum Due {
    Refused(Label, Refusal),
    Submitted { label: Label, until: Instant, pending: Pending, room: Parcel },
}

/// Takes the messages in, and answers each append when its outcome is known.
///
/// The log gets the appends in the order in which they are whole: one has its place there before the next message is
/// looked at. Only their outcomes are awaited side by side.
pub(crate) fn answers(
    kurrent: Kurrent,
    mut messages: Streaming<BatchAppendReq>,
) -> BoxStream<'static, Result<BatchAppendResp, Refusal>> {
    let due = try_stream! {
        let mut open = Open::new(kurrent.receiving.clone());
        loop {
            let came = next(&mut messages, open.overdue_at()).await;
            // A client that falls silent keeps no room from the others.
            for label in open.overdue(Instant::now())? {
                yield Due::Refused(label, Refusal::TimedOut);
            }
            let Some(message) = came else { continue };
            let Some(message) = message? else { break };
            match open.gather(message)? {
                Step::Incomplete => {}
                Step::Refused(label, refusal) => yield Due::Refused(label, refusal),
                Step::Whole(batch) => yield kurrent.submit(batch).await,
            }
        }
    };
    let due: BoxStream<'static, Result<Due, Refusal>> = Box::pin(due);
    Box::pin(due.map_ok(|due| async { Ok(due.answer().await) }).try_buffer_unordered(BATCHES_IN_FLIGHT_MAX))
}

/// What came: a message, or the end of them. `None` when an append is overdue before anything came.
async fn next(
    messages: &mut Streaming<BatchAppendReq>,
    overdue_at: Option<Instant>,
) -> Option<Result<Option<BatchAppendReq>, Refusal>> {
    let message = match overdue_at {
        Some(time) => timeout_at(time, messages.message()).await.ok()?,
        None => messages.message().await,
    };
    Some(message.map_err(broken))
}

impl Kurrent {
    /// Hands an append over to the log.
    async fn submit(&self, batch: Batch) -> Due {
        let Batch { label, stream, expected, until, mut parcel } = batch;
        let events = std::mem::take(&mut parcel.events);
        match timeout_at(until, self.store.submit(stream, expected, events)).await {
            Ok(pending) => Due::Submitted { label, until, pending, room: parcel },
            Err(_) => Due::Refused(label, Refusal::TimedOut),
        }
    }
}

impl Due {
    async fn answer(self) -> BatchAppendResp {
        let (label, outcome) = match self {
            Self::Refused(label, refusal) => (label, Err(refusal)),
            Self::Submitted { label, until, pending, room } => {
                let appended = timeout_at(until, pending).await;
                drop(room);
                (label, appended.map_or(Err(Refusal::TimedOut), |appended| appended.map_err(Refusal::from)))
            }
        };
        let result = match outcome {
            Ok(appended) => Outcome::Success(success(appended)),
            Err(refusal) => Outcome::Error(batch_error(refusal)),
        };
        BatchAppendResp {
            correlation_id: label.correlation_id,
            result: Some(result),
            stream_identifier: Some(label.stream.unwrap_or_default()),
            expected_stream_position: None,
        }
    }
}

fn success(appended: Appended) -> Success {
    let Position(position) = appended.position;
    match appended.revision {
        Some(Revision(revision)) => Success {
            current_revision_option: Some(CurrentRevisionOption::CurrentRevision(revision)),
            position_option: Some(PositionOption::Position(wire::AllStreamPosition {
                commit_position: position,
                prepare_position: position,
            })),
        },
        None => Success {
            current_revision_option: Some(CurrentRevisionOption::NoStream(())),
            position_option: Some(PositionOption::NoPosition(())),
        },
    }
}
