//! In order: interactions over one stream, so that the log has them as the source had them.

use std::collections::VecDeque;

use rapport_proto::v1::record_interactions_response::Outcome;
use rapport_proto::v1::{RecordInteractionRequest, RecordInteractionsResponse};
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

use super::retry::backoff;
use super::{ATTEMPTS_MAX, Ledger, apply};
use crate::client::Client;
use crate::command::Command;
use crate::error::{Failure, Refusal};

/// Interactions that are sent and not answered, at most.
pub const WINDOW: usize = 4096;

/// An interaction that waits for its answer.
struct Unanswered<T> {
    origin: T,
    request: Box<RecordInteractionRequest>,
}

/// What waits for answers, in the order it was sent.
struct Queue<T> {
    items: VecDeque<Unanswered<T>>,
    /// Answers so far, by which a stream that got somewhere is told from one that did not.
    answered: u64,
}

/// One stream, as long as it holds.
struct Flow {
    items: mpsc::Sender<RecordInteractionRequest>,
    answers: Streaming<RecordInteractionsResponse>,
}

/// Sends interactions in their order. When the stream breaks, what was not answered is sent again.
///
/// # Errors
/// When the gateway cannot be reached, or refuses for a reason that concerns everything.
pub async fn in_order<T>(
    client: &Client,
    interactions: impl Iterator<Item = (T, Box<RecordInteractionRequest>)>,
    ledger: &impl Ledger<T>,
) -> Result<(), Failure> {
    let mut interactions = interactions.map(|(origin, request)| Unanswered { origin, request }).fuse();
    let mut queue = Queue { items: VecDeque::new(), answered: 0 };
    let mut failures = 0;
    loop {
        if queue.items.is_empty() {
            match interactions.next().filter(|_| !ledger.is_stopped()) {
                Some(first) => queue.items.push_back(first),
                None => return Ok(()),
            }
        }
        let before = queue.answered;
        let broken = match open(client, &queue.items).await {
            Ok(flow) => pump(client, flow, &mut interactions, &mut queue, ledger).await?,
            Err(refusal) => Some(refusal),
        };
        let Some(refusal) = broken else { return Ok(()) };
        failures = if queue.answered > before { 1 } else { failures + 1 };
        if !refusal.is_transient() || failures >= ATTEMPTS_MAX {
            return Err(refusal.into());
        }
        tokio::time::sleep(backoff(failures)).await;
    }
}

/// Opens a stream, with what is not answered at its head: a gateway may wait for the first item before it answers.
async fn open<T>(client: &Client, unanswered: &VecDeque<Unanswered<T>>) -> Result<Flow, Refusal> {
    let (items, waiting) = mpsc::channel(WINDOW);
    for item in unanswered {
        // There is room: no more than a window is unanswered, ever.
        let _ = items.try_send((*item.request).clone());
    }
    let answers = client.interaction_stream().record_interactions(ReceiverStream::new(waiting)).await;
    let answers = answers.map_err(|status| Refusal::from(&status))?.into_inner();
    Ok(Flow { items, answers })
}

/// Sends and takes answers until all are in, or the stream breaks: then says why.
async fn pump<T>(
    client: &Client,
    mut flow: Flow,
    interactions: &mut impl Iterator<Item = Unanswered<T>>,
    queue: &mut Queue<T>,
    ledger: &impl Ledger<T>,
) -> Result<Option<Refusal>, Failure> {
    let mut exhausted = false;
    while !(exhausted && queue.items.is_empty()) {
        tokio::select! {
            room = flow.items.reserve(), if !exhausted && queue.items.len() < WINDOW => {
                let Ok(room) = room else { return Ok(Some(closed_early())) };
                match interactions.next().filter(|_| !ledger.is_stopped()) {
                    Some(item) => {
                        room.send((*item.request).clone());
                        queue.items.push_back(item);
                    }
                    None => exhausted = true,
                }
            }
            answer = flow.answers.next(), if !queue.items.is_empty() => match answer {
                Some(Ok(answer)) => settle(client, answer, queue, ledger).await?,
                Some(Err(status)) => return Ok(Some(Refusal::from(&status))),
                None => return Ok(Some(closed_early())),
            },
        }
    }
    Ok(None)
}

/// Takes the answer to the oldest unanswered item.
async fn settle<T>(
    client: &Client,
    answer: RecordInteractionsResponse,
    queue: &mut Queue<T>,
    ledger: &impl Ledger<T>,
) -> Result<(), Failure> {
    let Some(item) = queue.items.pop_front() else { return Ok(()) };
    queue.answered += 1;
    let sent = item.request.header.as_ref().map_or("", |header| &header.request_id);
    if sent != answer.request_id {
        return Err(Failure::Local("the gateway answered out of order".to_owned()));
    }
    match answer.outcome {
        Some(Outcome::Recorded(recorded)) => {
            ledger.applied(&item.origin, recorded.receipt.unwrap_or_default());
        }
        Some(Outcome::Refused(refused)) => again(client, item, refused.into(), ledger).await?,
        None => return Err(Failure::Local("the gateway answered nothing to an item".to_owned())),
    }
    Ok(())
}

/// What was refused for the moment only is sent again, alone.
async fn again<T>(
    client: &Client,
    item: Unanswered<T>,
    refusal: Refusal,
    ledger: &impl Ledger<T>,
) -> Result<(), Failure> {
    let outcome = if refusal.is_transient() {
        apply(client, &Command::RecordInteraction(item.request)).await
    } else {
        Err(refusal)
    };
    match outcome {
        Ok(receipt) => ledger.applied(&item.origin, receipt),
        Err(refusal) if refusal.concerns_all() => return Err(refusal.into()),
        Err(refusal) => ledger.refused(&item.origin, 0, refusal),
    }
    Ok(())
}

/// A stream that ended before everything was answered counts as one that broke: the gateway is going away.
fn closed_early() -> Refusal {
    Refusal::from(&tonic::Status::unavailable(
        "the gateway ended the stream before it had answered everything",
    ))
}

#[cfg(test)]
mod tests;
