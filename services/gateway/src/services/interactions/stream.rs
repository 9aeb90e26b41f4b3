//! Many interactions over one stream, in the order they are sent.
//!
//! Neighbours that belong to one contact become one append; the log keeps the order of the stream. One item that
//! is refused does not hold up the others.

use futures::StreamExt as _;
use rapport_application::Call;
use rapport_domain::id::ContactId;
use rapport_domain::interaction::Command;
use rapport_proto::v1 as wire;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

use super::parse::{self, Parsed};
use crate::error::Error;
use crate::parse::Circumstances;
use crate::services::Services;
use crate::status::refused;
use crate::wire::receipt;

/// Items that are taken from the stream at a time; also the longest run that becomes one append.
const ITEMS_AT_A_TIME_MAX: usize = 512;
/// Answers that wait for a slow caller; then no further item is taken.
const ANSWERS_WAITING_MAX: usize = 1024;

type Answers = mpsc::Sender<Result<wire::RecordInteractionsResponse, Status>>;

/// Items of one contact, next to each other in the stream.
struct Run {
    contact_id: ContactId,
    places: Vec<Place>,
    commands: Vec<(Command, Call)>,
}

/// Where an item stood, and what its answer names.
struct Place {
    index: u64,
    request_id: String,
    interaction_id: String,
}

pub(super) fn record(
    services: Services,
    circumstances: Circumstances,
    items: Streaming<wire::RecordInteractionRequest>,
) -> ReceiverStream<Result<wire::RecordInteractionsResponse, Status>> {
    let (answers, receiver) = mpsc::channel(ANSWERS_WAITING_MAX);
    tokio::spawn(async move {
        let mut index = 0;
        let mut chunks = items.ready_chunks(ITEMS_AT_A_TIME_MAX);
        while let Some(chunk) = chunks.next().await {
            if take(&services, &circumstances, chunk, &mut index, &answers).await.is_none() {
                // The caller went away, or its stream broke: what was acknowledged stands, the rest was not taken.
                return;
            }
        }
    });
    ReceiverStream::new(receiver)
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
        let request_id = item.header.as_ref().map(|header| header.request_id.clone()).unwrap_or_default();
        let place = |interaction_id: String| Place { index: *index, request_id, interaction_id };
        match parse::record(circumstances, &item) {
            Ok(parsed) => {
                let place = place(parsed.interaction_id.to_string());
                run = Some(join(services, run, parsed, place, answers).await?);
            }
            Err(error) => {
                finish(services, run.take(), answers).await?;
                answer(answers, place(String::new()), Err(error)).await?;
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
            Run { contact_id: parsed.contact_id, places: Vec::new(), commands: Vec::new() }
        }
    };
    run.places.push(place);
    run.commands.push((parsed.command, parsed.call));
    Some(run)
}

async fn finish(services: &Services, run: Option<Run>, answers: &Answers) -> Option<()> {
    let Some(run) = run else { return Some(()) };
    let outcomes = services.application.interactions(run.contact_id, run.commands).await;
    for (place, outcome) in run.places.into_iter().zip(outcomes) {
        answer(answers, place, outcome.map_err(Error::from)).await?;
    }
    Some(())
}

async fn answer(
    answers: &Answers,
    place: Place,
    outcome: Result<rapport_application::Receipt, Error>,
) -> Option<()> {
    use wire::record_interactions_response::Outcome;
    let outcome = match outcome {
        Ok(done) => Outcome::Recorded(wire::RecordInteractionResponse {
            interaction_id: place.interaction_id,
            receipt: Some(receipt(done)),
        }),
        Err(error) => Outcome::Refused(refused(error)),
    };
    let response = wire::RecordInteractionsResponse {
        index: place.index,
        request_id: place.request_id,
        outcome: Some(outcome),
    };
    answers.send(Ok(response)).await.ok()
}
