//! `rapport bench leads`: how soon a lead that comes in is owned by somebody.
//!
//! People that nobody knew send a form each, at a rate, to a server with a scoring model and a routing policy in force. A
//! follower of the log, as a service that tells the owner would be, says when it hears of the assignment. A lead that is
//! assigned twice before the last one is assigned ends the measurement; how many everybody got is told.

mod follower;
mod rules;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rapport_proto::v1::{CaptureLeadRequest, CommandHeader, LeadSource, NewContactPoint, new_contact_point};
use serde_json::json;

use self::follower::{Assigned, Follower};
use super::folder;
use super::latency::Latency;
use super::machine;
use super::pace::{Made, Pace};
use super::payload::fresh_id;
use super::process::Process;
use super::target::Gateway;
use crate::client::Client;
use crate::error::Failure;
use crate::output::{self, Format, Table};

/// Most runs of the same.
const RUNS_MAX: i64 = 100;
/// Most leads a second.
const RATE_MAX: i64 = 100_000;
/// Longest run, in seconds.
const SECONDS_MAX: i64 = 600;
/// One part of a run in so many is not counted: the first.
const WARM_UP_SHARE: u32 = 5;
/// Connections that the forms come over.
const CONNECTIONS: usize = 8;

/// What is measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Leads that come in a second.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=RATE_MAX))]
    rate: u32,
    /// Seconds of every run; the first fifth is not counted.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=SECONDS_MAX))]
    seconds: u32,
    /// Runs of the same.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=RUNS_MAX))]
    runs: u32,
    /// Where to measure.
    #[command(flatten)]
    folder: folder::Options,
}

/// A lead that the server took in.
struct Captured {
    lead_id: String,
    sent: Instant,
    answered: Duration,
    counts: bool,
}

/// How long it took.
struct Taken {
    /// From the sending of a form to its answer.
    captured: Latency,
    /// From the sending of a form until the follower heard who has the lead.
    assigned: Latency,
    /// The same by the log: from the event of the capture to that of the assignment.
    in_log: Latency,
    made: Made,
    leads: u64,
    by_owner: BTreeMap<String, u64>,
}

pub(super) async fn run(options: Options, format: Format) -> Result<(), Failure> {
    let folder = options.folder.open()?;
    let data = folder.fresh()?;
    let server = Process::server(data.path()).await?;
    let gateway = Gateway::connect(&server, CONNECTIONS).await?;
    let Some(client) = gateway.client() else { return Err(missing("a connection")) };
    rules::publish(client).await?;
    let mut follower = Follower::start(client).await?;
    let run = Duration::from_secs(options.seconds.into());
    let pace = Pace { per_second: options.rate, run, warm_up: run / WARM_UP_SHARE };
    let mut taken = Taken::none()?;
    for run in 1..=options.runs {
        eprintln!("run {run} of {}", options.runs);
        taken.measure(pace, gateway.clients(), &mut follower).await?;
    }
    let memory = machine::memory(server.pid())?;
    match format {
        Format::Json => output::document(&json!({
            "bench": "leads",
            "processors": machine::processors(),
            "file_system": folder.file_system,
            "leads": taken.leads,
            "leads_per_second_wanted": options.rate,
            "leads_per_second": taken.made.per_second(),
            "capture_ms": taken.captured.json(),
            "capture_to_assigned_ms": taken.assigned.json(),
            "in_log_ms": taken.in_log.json(),
            "by_owner": taken.by_owner,
            "server_peak_resident_mib": memory.peak,
        })),
        Format::Table => output::words(&taken.words(options.rate)),
    }
}

impl Taken {
    fn none() -> Result<Self, Failure> {
        let (captured, assigned, in_log) = (Latency::new()?, Latency::new()?, Latency::new()?);
        let (made, by_owner) = (Made::default(), BTreeMap::new());
        Ok(Self { captured, assigned, in_log, made, leads: 0, by_owner })
    }

    async fn measure(
        &mut self,
        pace: Pace,
        clients: &[Client],
        follower: &mut Follower,
    ) -> Result<(), Failure> {
        let mut captured: Vec<Captured> = Vec::new();
        let made = pace
            .keep(
                |turn| {
                    let client = clients[usize::try_from(turn.number).unwrap_or(0) % clients.len()].clone();
                    capture(client, turn.counts)
                },
                |lead| captured.push(lead),
            )
            .await?;
        self.made = self.made.and(made);
        let assigned = follower.assigned(captured.len()).await?;
        for lead in captured {
            let assigned = assigned.get(&lead.lead_id).ok_or_else(|| missing("an assignment"))?;
            self.take(&lead, assigned);
        }
        Ok(())
    }

    fn take(&mut self, lead: &Captured, assigned: &Assigned) {
        self.leads += 1;
        *self.by_owner.entry(assigned.owner.clone()).or_default() += 1;
        if lead.counts {
            self.captured.record(lead.answered);
            self.assigned.record(assigned.heard.saturating_duration_since(lead.sent));
            self.in_log.record(assigned.in_log);
        }
    }

    fn words(&self, rate: u32) -> String {
        let mut table = Table::new(vec!["from the form", "#p50 ms", "#p99 ms", "#p99.9 ms", "#at most ms"]);
        for (what, latency) in [
            ("to its answer", &self.captured),
            ("until a follower hears who has the lead", &self.assigned),
            ("to the assignment, by the log", &self.in_log),
        ] {
            let mut row = vec![what.to_owned()];
            row.extend(latency.words());
            table.row(row);
        }
        let [fewest, most] =
            [self.by_owner.values().min(), self.by_owner.values().max()].map(|n| n.copied().unwrap_or(0));
        let rate = format!("{} leads, {:.0} of {rate} a second", self.leads, self.made.per_second());
        let owners = format!("{} owners with {fewest} to {most} each", self.by_owner.len());
        format!("{rate}; {owners}\n{}", table.lines())
    }
}

/// Sends the form of somebody who is not known.
async fn capture(client: Client, counts: bool) -> Result<Captured, Failure> {
    let id = fresh_id().simple();
    let request = CaptureLeadRequest {
        header: Some(CommandHeader { request_id: id.to_string(), ..CommandHeader::default() }),
        name: "A visitor".to_owned(),
        contact_points: vec![NewContactPoint {
            point: Some(new_contact_point::Point::Email(format!("{id}@example.com"))),
            ..NewContactPoint::default()
        }],
        source: LeadSource::WebForm.into(),
        text: "Please send me an offer.".to_owned(),
        ..CaptureLeadRequest::default()
    };
    let sent = Instant::now();
    let lead_id = client.leads().capture_lead(request).await?.into_inner().lead_id;
    Ok(Captured { lead_id, sent, answered: sent.elapsed(), counts })
}

fn missing(what: &str) -> Failure {
    Failure::Local(format!("{what} is missing"))
}
