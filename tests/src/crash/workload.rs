//! Writers that work at the same time: on streams of their own and on each other's, with retries and twins.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use fastrand::Rng;
use parking_lot::Mutex;
use rapport_proto::v1 as wire;
use tokio::sync::Notify;
use tonic::transport::Channel;

use super::model::Model;
use super::plan::chance;
use super::request::{Failed, Request};
use crate::ask;

/// Writers of a cycle.
const WRITERS: u64 = 8;
/// Requests of each.
const REQUESTS: usize = 32;
/// How often a request is sent when its outcome stays unknown.
const ATTEMPTS_MAX: usize = 3;
/// Streams of the foreign service.
const LEDGERS: u64 = 3;
/// Events of one append of the foreign service, at most.
const APPEND_EVENTS_MAX: usize = 9;
/// Longest text, in bytes. Some commits are many pages long.
const TEXT_BYTES_MAX: usize = 12_000;

/// What the writers of a cycle share.
#[derive(Debug)]
pub(super) struct Office {
    pub(super) model: Mutex<Model>,
    pub(super) answers: AtomicUsize,
    kill_after: usize,
    /// Told when so many answers were given.
    pub(super) enough: Notify,
    prefix: String,
    numbers: AtomicU64,
}

impl Office {
    /// `prefix` is in every request id of this cycle.
    pub(super) fn new(model: Model, prefix: String, kill_after: usize) -> Self {
        Self {
            model: Mutex::new(model),
            answers: AtomicUsize::new(0),
            kill_after,
            enough: Notify::new(),
            prefix,
            numbers: AtomicU64::new(0),
        }
    }

    fn next_id(&self) -> String {
        format!("{}-{}", self.prefix, self.numbers.fetch_add(1, Ordering::Relaxed))
    }

    fn count(&self) {
        if self.answers.fetch_add(1, Ordering::Relaxed) + 1 == self.kill_after {
            self.enough.notify_one();
        }
    }

    /// Sends a request until its outcome is known, at most so often; `false` when it stays unknown.
    pub(super) async fn settle(&self, channel: &Channel, request: &Request, attempts_max: usize) -> bool {
        self.model.lock().sending(request);
        for attempt in 1..=attempts_max {
            let answer = request.send(channel).await;
            self.count();
            self.model.lock().answered(request, &answer, attempt);
            if !matches!(answer, Err(Failed::Unknown(_))) {
                return true;
            }
        }
        false
    }

    /// Sends a request twice at the same time.
    async fn twins(&self, channel: &Channel, request: &Request) -> bool {
        self.model.lock().sending(request);
        let (one, other) = futures::join!(request.send(channel), request.send(channel));
        for answer in [&one, &other] {
            self.count();
            self.model.lock().answered(request, answer, 2);
        }
        one.is_ok() || other.is_ok()
    }
}

/// Works until every writer has done its part or the server is gone.
pub(super) async fn work(office: &Arc<Office>, channel: &Channel, seed: u64, cycle: u64) {
    let writers = (0..WRITERS).map(|writer| {
        let (office, channel) = (Arc::clone(office), channel.clone());
        tokio::spawn(async move {
            let mut rng = chance(seed, cycle, 100 + writer);
            for _ in 0..REQUESTS {
                let request = office.request(&mut rng);
                let known = if rng.u8(..12) == 0 {
                    office.twins(&channel, &request).await
                } else {
                    office.settle(&channel, &request, ATTEMPTS_MAX).await
                };
                if !known {
                    break;
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("a writer does not panic");
    }
}

impl Office {
    /// What a writer asks for next, with what there is.
    pub(super) fn request(&self, rng: &mut Rng) -> Request {
        let id = self.next_id();
        let mut model = self.model.lock();
        let contact = rng.choice(&model.contacts).cloned();
        let deal = (!model.deals.is_empty()).then(|| rng.usize(..model.deals.len()));
        match (rng.u8(..16), contact, model.pipeline.clone(), deal) {
            (_, None, ..) | (0, ..) => register(&id),
            (_, Some(_), None, _) => publish(&id),
            (1..=6, Some(contact), ..) => record(rng, &id, &contact),
            (7 | 8, Some(contact), Some(pipeline), _) => open(rng, &id, &contact, &pipeline),
            (9 | 10, _, _, Some(deal)) => revise(rng, &id, &model.deals[deal]),
            (11, _, _, Some(deal)) => win(&id, model.deals.swap_remove(deal)),
            (_, _, _, _) => append(rng, &id, &model),
        }
    }
}

fn register(id: &str) -> Request {
    let contact_points = vec![ask::email(&format!("{id}@example.com"))];
    Request::Register(wire::RegisterContactRequest {
        contact_points,
        ..ask::person(id, &format!("Customer {id}"))
    })
}

fn publish(id: &str) -> Request {
    Request::Publish(wire::PublishPipelineRequest { name: format!("Sales {id}"), ..ask::pipeline(id) })
}

/// Mostly short, sometimes several pages long.
fn text(rng: &mut Rng, id: &str) -> String {
    let length = if rng.u8(..10) == 0 { rng.usize(1..TEXT_BYTES_MAX) } else { rng.usize(1..200) };
    let letters: String = (0..length).map(|_| rng.alphanumeric()).collect();
    format!("{id} {letters}")
}

fn record(rng: &mut Rng, id: &str, contact: &str) -> Request {
    Request::Record(ask::call(id, contact, &text(rng, id)))
}

fn open(rng: &mut Rng, id: &str, contact: &str, pipeline: &str) -> Request {
    Request::Open(wire::OpenOpportunityRequest {
        title: format!("Deal {id}"),
        amount: ask::euros(rng.i64(1..100_000)),
        ..ask::deal(id, pipeline, contact)
    })
}

/// No two amounts are the same: a revision that changes nothing leaves no event.
fn revise(rng: &mut Rng, id: &str, deal: &str) -> Request {
    Request::Revise(wire::ReviseOpportunityAmountRequest {
        header: ask::header(id),
        opportunity_id: deal.to_owned(),
        amount: ask::euros(rng.i64(1_000_000..1_000_000_000_000)),
        fx: None,
    })
}

fn win(id: &str, opportunity_id: String) -> Request {
    let header = ask::header(id);
    Request::Win(wire::WinOpportunityRequest { header, opportunity_id, amount: None, fx: None })
}

/// Events of a foreign service, all or none, at a revision that others want as well.
fn append(rng: &mut Rng, id: &str, model: &Model) -> Request {
    let stream = format!("x_ledger-{}", rng.u64(..LEDGERS));
    let event = |number: usize, text: String| wire::NewEvent {
        event_type: "x_ledger.booked.v1".to_owned(),
        data: format!("{{\"entry\":\"{id}/{number}\",\"text\":\"{text}\"}}"),
        ..Default::default()
    };
    let events = (0..rng.usize(1..=APPEND_EVENTS_MAX)).map(|number| event(number, text(rng, id))).collect();
    let mut header = ask::header(id);
    if let (Some(header), true) = (&mut header, rng.bool()) {
        header.expected_revision = model.ledgers.get(&stream).copied();
    }
    Request::Append(wire::AppendEventsRequest { header, stream, events, ..Default::default() })
}
