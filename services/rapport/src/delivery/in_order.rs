//! In order: over one stream, so that the log has things as the source had them.

use std::collections::VecDeque;

use rapport_proto::v1::Receipt;
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

use super::retry::{Attempts, backoff};
use super::{ATTEMPTS_MAX, Ledger, Streamed};
use crate::client::Client;
use crate::error::{Failure, Refusal};

/// Requests that are sent and not answered, at most.
pub const WINDOW: usize = 4096;
/// Their bytes together; the last one may go beyond.
const WINDOW_BYTES: usize = 64 * 1024 * 1024;

/// A request that waits for its answer.
struct Unanswered<T, R> {
    origin: T,
    request: Box<R>,
}

/// What waits for answers, in the order it was sent.
struct Queue<T, R> {
    items: VecDeque<Unanswered<T, R>>,
    /// Of the requests, together.
    bytes: usize,
    /// Answers so far, by which a stream that got somewhere is told from one that did not.
    answered: u64,
}

/// One stream, as long as it holds.
struct Flow<R: Streamed> {
    items: mpsc::Sender<R>,
    answers: Streaming<R::Answer>,
}

impl<T, R: Streamed> Queue<T, R> {
    fn push(&mut self, item: Unanswered<T, R>) {
        self.bytes += item.request.encoded_len();
        self.items.push_back(item);
    }

    /// The oldest, which is answered now.
    fn pop(&mut self) -> Option<Unanswered<T, R>> {
        let item = self.items.pop_front()?;
        self.bytes -= item.request.encoded_len();
        self.answered += 1;
        Some(item)
    }

    fn has_room(&self) -> bool {
        self.items.len() < WINDOW && self.bytes < WINDOW_BYTES
    }
}

/// Sends requests in their order. When the stream breaks, what was not answered is sent again.
///
/// # Errors
/// When the gateway cannot be reached, or refuses for a reason that concerns everything.
pub async fn in_order<T, R: Streamed>(
    client: &Client,
    requests: impl Iterator<Item = (T, Box<R>)>,
    ledger: &impl Ledger<T>,
) -> Result<(), Failure> {
    let mut requests = requests.map(|(origin, request)| Unanswered { origin, request }).fuse();
    let mut queue = Queue { items: VecDeque::new(), bytes: 0, answered: 0 };
    let mut failures = 0;
    loop {
        if queue.items.is_empty() {
            match requests.next().filter(|_| !ledger.is_stopped()) {
                Some(first) => queue.push(first),
                None => return Ok(()),
            }
        }
        let before = queue.answered;
        let broken = match open(client, &queue.items).await {
            Ok(flow) => pump(client, flow, &mut requests, &mut queue, ledger).await?,
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
async fn open<T, R: Streamed>(
    client: &Client,
    unanswered: &VecDeque<Unanswered<T, R>>,
) -> Result<Flow<R>, Refusal> {
    let (items, waiting) = mpsc::channel(WINDOW);
    for item in unanswered {
        // There is room: no more than a window is unanswered, ever.
        let _ = items.try_send((*item.request).clone());
    }
    let answers = R::open(client, ReceiverStream::new(waiting)).await;
    Ok(Flow { items, answers: answers.map_err(|status| Refusal::from(&status))? })
}

/// Sends and takes answers until all are in, or the stream breaks: then says why.
async fn pump<T, R: Streamed>(
    client: &Client,
    mut flow: Flow<R>,
    requests: &mut impl Iterator<Item = Unanswered<T, R>>,
    queue: &mut Queue<T, R>,
    ledger: &impl Ledger<T>,
) -> Result<Option<Refusal>, Failure> {
    let mut exhausted = false;
    while !(exhausted && queue.items.is_empty()) {
        tokio::select! {
            room = flow.items.reserve(), if !exhausted && queue.has_room() => {
                let Ok(room) = room else { return Ok(Some(closed_early())) };
                match requests.next().filter(|_| !ledger.is_stopped()) {
                    Some(item) => {
                        room.send((*item.request).clone());
                        queue.push(item);
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
async fn settle<T, R: Streamed>(
    client: &Client,
    answer: R::Answer,
    queue: &mut Queue<T, R>,
    ledger: &impl Ledger<T>,
) -> Result<(), Failure> {
    let Some(item) = queue.pop() else { return Ok(()) };
    let sent = item.request.header().map_or("", |header| &header.request_id);
    let (answered, outcome) = R::read(answer);
    if sent != answered {
        return Err(Failure::Local("the gateway answered out of order".to_owned()));
    }
    match outcome {
        Some(Ok(receipt)) => ledger.applied(&item.origin, receipt),
        Some(Err(refusal)) => again(client, item, refusal, ledger).await?,
        None => return Err(Failure::Local("the gateway answered nothing to an item".to_owned())),
    }
    Ok(())
}

/// What was refused for the moment only is sent again, alone.
async fn again<T, R: Streamed>(
    client: &Client,
    item: Unanswered<T, R>,
    refusal: Refusal,
    ledger: &impl Ledger<T>,
) -> Result<(), Failure> {
    let outcome =
        if refusal.is_transient() { alone(client, item.request.as_ref()).await } else { Err(refusal) };
    match outcome {
        Ok(receipt) => ledger.applied(&item.origin, receipt),
        Err(refusal) if refusal.concerns_all() => return Err(refusal.into()),
        Err(refusal) => ledger.refused(&item.origin, 0, refusal),
    }
    Ok(())
}

/// Sends one request until it is applied, refused for good, or given up.
async fn alone<R: Streamed>(client: &Client, request: &R) -> Result<Receipt, Refusal> {
    let mut attempts = Attempts::default();
    loop {
        match request.send(client).await {
            Ok(receipt) => return Ok(receipt),
            Err(status) => attempts.failed(&status).await?,
        }
    }
}

/// A stream that ended before everything was answered counts as one that broke: the gateway is going away.
fn closed_early() -> Refusal {
    Refusal::from(&tonic::Status::unavailable(
        "the gateway ended the stream before it had answered everything",
    ))
}

#[cfg(test)]
mod tests;
