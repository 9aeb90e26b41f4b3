//! Many interactions over one stream, in the order they are sent.
//!
//! Neighbours that belong to one contact become one append; the log keeps the order of the stream. One item that
//! is refused does not hold up the others. A failure that is no fault of the item ends the stream: the caller sends
//! everything that has no answer again, and the order is kept.

use futures::StreamExt as _;
use rapport_application::Call;
use rapport_domain::id::{ContactId, InteractionId};
use rapport_domain::interaction::{Command, Source};
use rapport_proto::v1 as wire;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

use super::parse::{self, Parsed};
use crate::error::Error;
use crate::parse::Circumstances;
use crate::services::Services;
use crate::services::streams::Place;
use crate::status::{is_passing, refused};
use crate::wire::receipt;

/// Items that are taken from the stream at a time; also the longest run that becomes one append.
const ITEMS_AT_A_TIME_MAX: usize = 256;
/// Answers that wait for a slow caller; then no further item is taken.
const ANSWERS_WAITING_MAX: usize = 1024;

type Answers = mpsc::Sender<Result<wire::RecordInteractionsResponse, Status>>;

/// Items of one contact, next to each other in the stream.
struct Run {
    contact_id: ContactId,
    items: Vec<Item>,
    commands: Vec<(Command, Call)>,
}

/// What the answer to an item needs.
struct Item {
    place: Place,
    interaction_id: InteractionId,
    source: Option<Source>,
}

pub(super) fn record(
    services: Services,
    circumstances: Circumstances,
    items: Streaming<wire::RecordInteractionRequest>,
) -> ReceiverStream<Result<wire::RecordInteractionsResponse, Status>> {
    let (answers, receiver) = mpsc::channel(ANSWERS_WAITING_MAX);
    let last_words = answers.clone();
    let worker = tokio::spawn(work(services, circumstances, items, answers));
    tokio::spawn(async move {
        if worker.await.is_err() {
            // Without this a panic would look like a clean end. Nobody may be listening any more.
            let _ = last_words.send(Err(Error::Panicked.into())).await;
        }
    });
    ReceiverStream::new(receiver)
}

/// Takes items in until the stream ends, breaks, or the server stops. What was acknowledged stands, what has no
/// answer was not taken.
async fn work(
    services: Services,
    circumstances: Circumstances,
    items: Streaming<wire::RecordInteractionRequest>,
    answers: Answers,
) {
    let mut index = 0;
    let mut chunks = items.ready_chunks(ITEMS_AT_A_TIME_MAX);
    loop {
        let chunk = tokio::select! {
            biased;
            () = services.stopping.cancelled() => {
                // Nobody may be listening any more.
                let _ = answers.send(Err(Error::Stopping.into())).await;
                return;
            }
            chunk = chunks.next() => chunk,
        };
        let Some(chunk) = chunk else { return };
        if take(&services, &circumstances, chunk, &mut index, &answers).await.is_none() {
            return;
        }
    }
}

/// Takes a chunk in; `None` when there is nobody to answer any more.
async fn take(
    services: &Services,
    circumstances: &Circumstances,
    chunk: Vec<Result<wire::RecordInteractionRequest, Status>>,
    index: &mut u64,
    answers: &Answers,
) -> Option<()> {
    let mut run: Option<Run> = None;
    for item in chunk {
        let item = match item {
            Ok(item) => item,
            Err(status) => {
                finish(services, run.take(), answers).await?;
                answers.send(Err(status)).await.ok()?;
                return None;
            }
        };
        let place = Place::of(*index, item.header.as_ref());
        match parse::record(circumstances, &item) {
            Ok(parsed) => {
                run = Some(join(services, run, parsed, place, answers).await?);
            }
            Err(error) => {
                finish(services, run.take(), answers).await?;
                answer(answers, place, Err(error)).await?;
            }
        }
        *index += 1;
    }
    finish(services, run, answers).await
}

/// Adds an item to the run of its contact, or ends the run and begins another.
async fn join(
    services: &Services,
    run: Option<Run>,
    parsed: Parsed,
    place: Place,
    answers: &Answers,
) -> Option<Run> {
    let mut run = match run {
        Some(run) if run.contact_id == parsed.contact_id => run,
        other => {
            finish(services, other, answers).await?;
            Run { contact_id: parsed.contact_id, items: Vec::new(), commands: Vec::new() }
        }
    };
    run.items.push(Item { place, interaction_id: parsed.interaction_id, source: parsed.source });
    run.commands.push((parsed.command, parsed.call));
    Some(run)
}

async fn finish(services: &Services, run: Option<Run>, answers: &Answers) -> Option<()> {
    let Some(run) = run else { return Some(()) };
    let contact_id = run.contact_id;
    let outcomes = services.application.interactions(contact_id, run.commands).await;
    for (item, outcome) in run.items.into_iter().zip(outcomes) {
        let Item { place, interaction_id, source } = item;
        let recorded = match outcome {
            Ok(done) => services.standing_id(&contact_id, interaction_id, source.as_ref()).await.map(|id| {
                wire::RecordInteractionResponse {
                    interaction_id: id.to_string(),
                    receipt: Some(receipt(done)),
                }
            }),
            Err(failure) if is_passing(&failure) => {
                answers.send(Err(Error::from(failure).into())).await.ok()?;
                return None;
            }
            Err(failure) => Err(failure.into()),
        };
        answer(answers, place, recorded).await?;
    }
    Some(())
}

async fn answer(
    answers: &Answers,
    place: Place,
    recorded: Result<wire::RecordInteractionResponse, Error>,
) -> Option<()> {
    use wire::record_interactions_response::Outcome;
    let outcome = Some(match recorded {
        Ok(recorded) => Outcome::Recorded(recorded),
        Err(error) => Outcome::Refused(refused(error)),
    });
    let Place { index, request_id } = place;
    answers.send(Ok(wire::RecordInteractionsResponse { index, request_id, outcome })).await.ok()
}
