//! How soon what was appended is in the answer to a query, while others write as well.

use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use rapport_proto::v1::{
    CommandHeader, GetTimelineRequest, InteractionChannel, InteractionDirection, PageRequest, QueryHeader,
    RecordInteractionRequest,
};
use serde_json::{Value, json};
use tonic::Code;

use super::side::Side;
use crate::bench::customers::{contact_id, contacts, zipf};
use crate::bench::latency::Latency;
use crate::bench::pace::{Made, Pace};
use crate::bench::payload::fresh_id;
use crate::bench::target::Gateway;
use crate::client::Client;
use crate::error::Failure;

/// How long commands are sent in a run; the first fifth is not counted.
const RUN: Duration = Duration::from_secs(5);
const WARM_UP: Duration = Duration::from_secs(1);
/// One in so many commands is looked for.
const LOOKED_FOR: u64 = 10;
/// The busiest customers get a command each before that. A server folds a stream when the first command to it comes, and
/// keeps it folded; how long that takes is told apart from the rest.
const BUSIEST: u64 = 2_000;
/// Connections that the commands come over.
const CONNECTIONS: usize = 8;
/// How long the answer to the first command to a stream is waited for. A call has less time: the server keeps what it has
/// folded by then, and the same request, sent again, goes on from there.
const FIRST_ANSWER_MAX: Duration = Duration::from_secs(120);
const SAID: &str = "Asked whether the delivery of Thursday can come in the afternoon.";

/// From the answer to an append to the answer of a query that has it, and how the appends themselves did.
pub(super) struct Visible {
    rate: u32,
    /// The first command to a stream since the server started, of the longest stream: its events, and how long it took.
    first: Option<(u64, Duration)>,
    visible: Latency,
    appended: Latency,
    sent: Made,
}

/// What became of a command.
struct Seen {
    /// The revision that the command's event has, which is the number of events before it.
    revision: u64,
    appended: Duration,
    visible: Option<Duration>,
    counts: bool,
}

impl Visible {
    pub(super) fn new(rate: u32) -> Result<Self, Failure> {
        let (visible, appended) = (Latency::new()?, Latency::new()?);
        Ok(Self { rate, first: None, visible, appended, sent: Made::default() })
    }

    /// One run: commands at the rate, whether those before are answered or not.
    ///
    /// # Errors
    /// When a command or a query fails.
    pub(super) async fn measure(&mut self, side: &Side) -> Result<(), Failure> {
        let gateways = Gateway::connect(side.server(), CONNECTIONS).await?;
        let clients: Vec<Client> = gateways.clients().to_vec();
        let people = contacts(side.events()) / 2;
        self.fold_the_busiest(&clients, people).await?;
        let mut chance = fastrand::Rng::new();
        let pace = Pace { per_second: self.rate, run: RUN, warm_up: WARM_UP };
        let sent = pace
            .keep(
                |turn| {
                    let client = clients[usize::try_from(turn.number).unwrap_or(0) % clients.len()].clone();
                    let who = contact_id(zipf(&mut chance, people)).to_string();
                    one(client, who, turn.counts, turn.number.is_multiple_of(LOOKED_FOR))
                },
                |seen| {
                    if seen.counts {
                        self.appended.record(seen.appended);
                        seen.visible.into_iter().for_each(|visible| self.visible.record(visible));
                    }
                },
            )
            .await?;
        self.sent = self.sent.and(sent);
        Ok(())
    }

    /// Sends the first command to the streams that will get most of them. The busiest come last, as they do where work goes
    /// on: they are then what was used last, and what the server keeps folded.
    async fn fold_the_busiest(&mut self, clients: &[Client], people: u64) -> Result<(), Failure> {
        let mut firsts = stream::iter((0..BUSIEST.min(people)).rev())
            .map(|rank| {
                let client = clients[usize::try_from(rank).unwrap_or(0) % clients.len()].clone();
                first(client, contact_id(rank).to_string())
            })
            .buffer_unordered(CONNECTIONS);
        let mut longest = self.first;
        while let Some(seen) = firsts.try_next().await? {
            // Only the first run finds streams that are not folded.
            if self.sent.calls == 0 && longest.is_none_or(|(events, _)| events < seen.revision) {
                longest = Some((seen.revision, seen.appended));
            }
        }
        self.first = longest;
        Ok(())
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "commands_per_second_wanted": self.rate,
            "commands_per_second": self.sent.per_second(),
            "first_command": self.first.map(|(events, took)| json!({
                "events_folded": events,
                "ms": took.as_secs_f64() * 1_000.0,
            })),
            "append_ms": self.appended.json(),
            "visible_ms": self.visible.json(),
        })
    }

    pub(super) fn words(&self) -> String {
        let line = |what: &str, latency: &Latency| {
            let [p50, p99, p999, max] = latency.words();
            format!("{what}: p50 {p50} ms, p99 {p99} ms, p99.9 {p999} ms, at most {max} ms\n")
        };
        let first = self.first.map_or_else(String::new, |(events, took)| {
            format!("first command to a stream of {events} events: {} ms\n", took.as_millis())
        });
        format!(
            "{first}{:.0} of {} commands a second\n{}{}",
            self.sent.per_second(),
            self.rate,
            line("appended", &self.appended),
            line("visible after that", &self.visible)
        )
    }
}

/// Sends the first command to a stream, until it is answered.
async fn first(client: Client, who: String) -> Result<Seen, Failure> {
    let command = recorded(who);
    let sent = Instant::now();
    loop {
        match client.interactions().record_interaction(command.clone()).await {
            Ok(answer) => {
                let receipt = answer.into_inner().receipt.unwrap_or_default();
                let revision = receipt.revision.unwrap_or_default();
                return Ok(Seen { revision, appended: sent.elapsed(), visible: None, counts: false });
            }
            Err(status) if status.code() == Code::DeadlineExceeded && sent.elapsed() < FIRST_ANSWER_MAX => {}
            Err(status) => return Err(status.into()),
        }
    }
}

/// Sends a command, and then asks for the newest entry of the timeline that has it, if it is to be looked for.
async fn one(client: Client, who: String, counts: bool, look: bool) -> Result<Seen, Failure> {
    let command = recorded(who.clone());
    let sent = Instant::now();
    let receipt = client.interactions().record_interaction(command).await?.into_inner().receipt;
    let answered = Instant::now();
    let receipt = receipt.unwrap_or_default();
    let mut seen = Seen {
        revision: receipt.revision.unwrap_or_default(),
        appended: answered - sent,
        visible: None,
        counts,
    };
    if look {
        let min_position = receipt.position;
        let request = GetTimelineRequest {
            header: Some(QueryHeader { min_position, as_of: None }),
            contact_id: who,
            page: Some(PageRequest { page_size: 1, page_token: String::new() }),
            ..GetTimelineRequest::default()
        };
        client.interactions().get_timeline(request).await?;
        seen.visible = Some(answered.elapsed());
    }
    Ok(seen)
}

fn recorded(who: String) -> RecordInteractionRequest {
    RecordInteractionRequest {
        header: Some(CommandHeader { request_id: fresh_id().to_string(), ..CommandHeader::default() }),
        contact_id: who,
        channel: InteractionChannel::Email.into(),
        direction: InteractionDirection::Inbound.into(),
        summary: SAID.to_owned(),
        ..RecordInteractionRequest::default()
    }
}
