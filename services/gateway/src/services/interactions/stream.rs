//! Many interactions over one stream, in the order they are sent.
//!
//! What has come in meanwhile goes to the log together; the log keeps the order of the stream. One item that is refused
//! does not hold up the others. A failure that is no fault of the item ends the stream: the caller sends everything that
//! has no answer again, and the order is kept.

use std::collections::VecDeque;

use futures::{StreamExt as _, TryStreamExt as _};
use rapport_application::{Call, Failure};
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
use crate::status::{is_passing, refused, unread};
use crate::wire::receipt;

/// Items that are taken from the stream at a time; also the most that share a commit.
const ITEMS_AT_A_TIME_MAX: usize = 256;
/// Answers that wait for a slow caller; then no further item is taken.
const ANSWERS_WAITING_MAX: usize = 1024;

type Answers = mpsc::Sender<Result<wire::RecordInteractionsResponse, Status>>;

/// Items that were taken at a time.
#[derive(Default)]
struct Taken {
    /// Where each stands in the stream, and what its answer needs.
    items: Vec<(Place, Result<Item, Error>)>,
    /// Of the items that are well-formed, in their order.
    commands: VecDeque<(ContactId, Command, Call)>,
}

/// What the answer to an item needs.
struct Item {
    contact_id: ContactId,
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
    let mut chunks = items.map_err(unread).ready_chunks(ITEMS_AT_A_TIME_MAX);
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
    let mut taken = Taken::default();
    let mut broken = None;
    for item in chunk {
        match item {
            Ok(item) => taken.push(circumstances, *index, &item),
            Err(status) => {
                broken = Some(status);
                break;
            }
        }
        *index += 1;
    }
    settle(services, taken, answers).await?;
    match broken {
        None => Some(()),
        Some(status) => {
            answers.send(Err(status)).await.ok()?;
            None
        }
    }
}

impl Taken {
    fn push(&mut self, circumstances: &Circumstances, index: u64, item: &wire::RecordInteractionRequest) {
        let place = Place::of(index, item.header.as_ref());
        let item = parse::record(circumstances, item).map(|parsed| {
            let Parsed { contact_id, interaction_id, source, command, call } = parsed;
            self.commands.push_back((contact_id, command, call));
            Item { contact_id, interaction_id, source }
        });
        self.items.push((place, item));
    }
}

/// Runs what was taken, and answers each item in its place. What the log did not take yet is asked for when its turn
/// has come, and not before: a failure that is no fault of an item leaves those after it undone.
async fn settle(services: &Services, taken: Taken, answers: &Answers) -> Option<()> {
    let Taken { items, mut commands } = taken;
    let mut outcomes = VecDeque::new();
    for (place, item) in items {
        let recorded = match item {
            Err(error) => Err(error),
            Ok(Item { contact_id, interaction_id, source }) => {
                if outcomes.is_empty() {
                    outcomes = services.application.interactions_in_turn(&mut commands).await.into();
                }
                match outcomes.pop_front().unwrap_or(Err(Failure::ConcurrentUpdate)) {
                    Ok(done) => {
                        let id = services.standing_id(&contact_id, interaction_id, source.as_ref()).await;
                        let receipt = Some(receipt(done));
                        id.map(|id| wire::RecordInteractionResponse {
                            interaction_id: id.to_string(),
                            receipt,
                        })
                    }
                    Err(failure) if is_passing(&failure) => {
                        answers.send(Err(Error::from(failure).into())).await.ok()?;
                        return None;
                    }
                    Err(failure) => Err(failure.into()),
                }
            }
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
