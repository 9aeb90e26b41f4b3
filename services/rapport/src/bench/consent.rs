//! `rapport bench consent`: how long it takes to say whether somebody may be addressed.
//!
//! The same question goes to the read model in this process, to a server through gRPC, and to the row of a plain CRM, which
//! keeps nothing of how it came to be; then all contacts go to the server in one stream, and one by one to the plain tables.
//! All of it turn by turn in each run, over the same made-up contacts; and all of them have to agree on every contact.

mod side;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use self::side::Side;
use super::folder;
use super::latency::Latency;
use super::machine;
use super::spread::{Spread, ratios};
use crate::error::Failure;
use crate::output::{self, Format, Table};

/// Most runs of the same.
const RUNS_MAX: i64 = 100;
/// Most contacts.
const CONTACTS_MAX: i64 = 1_000_000;
/// Most times that the question is asked in a run.
const ASKED_MAX: i64 = 1_000_000;

/// What is measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Contacts; all of them are the campaign.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(100..=CONTACTS_MAX as u64))]
    contacts: u64,
    /// Times that the question is asked about one contact in a run.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=ASKED_MAX))]
    asked: u32,
    /// Runs of the same, turn by turn with what is compared; the median counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=RUNS_MAX))]
    runs: u32,
    /// Where to measure.
    #[command(flatten)]
    folder: folder::Options,
}

/// How one of them answered about one contact at a time, for each run.
struct Answered {
    what: &'static str,
    runs: Vec<Latency>,
}

/// How one of them answered about all contacts, checks a second for each run.
struct Campaign {
    what: &'static str,
    per_second: Vec<f64>,
}

pub(super) async fn run(options: Options, format: Format) -> Result<(), Failure> {
    let folder = options.folder.open()?;
    eprintln!("making up {} contacts, twice", options.contacts);
    let mut side = Side::with(&folder, options.contacts).await?;
    let mut answered = ["read model", "gateway", "plain table"].map(Answered::none);
    let mut campaigns = ["gateway", "plain table"].map(Campaign::none);
    let mut allowed = 0;
    for run in 1..=options.runs {
        eprintln!("run {run} of {}", options.runs);
        let [model, gateway, plain] = &mut answered;
        let (mut in_model, mut in_gateway, mut in_plain) =
            (Latency::new()?, Latency::new()?, Latency::new()?);
        for number in side.drawn(options.asked) {
            in_model.record(side.ask_model(number).await?);
        }
        for number in side.drawn(options.asked) {
            in_gateway.record(side.ask_gateway(number).await?);
        }
        for number in side.drawn(options.asked) {
            in_plain.record(side.ask_plain(number)?);
        }
        model.runs.push(in_model);
        gateway.runs.push(in_gateway);
        plain.runs.push(in_plain);
        let [gateway, plain] = &mut campaigns;
        let began = Instant::now();
        let served = side.campaign().await?;
        gateway.took(options.contacts, began.elapsed());
        let began = Instant::now();
        let counted = side.campaign_plain()?;
        plain.took(options.contacts, began.elapsed());
        if served != counted {
            return Err(Failure::Local(format!("the server allows {served}, the plain tables {counted}")));
        }
        allowed = served;
    }
    match format {
        Format::Json => output::document(&json!({
            "bench": "consent",
            "processors": machine::processors(),
            "file_system": folder.file_system,
            "contacts": options.contacts,
            "allowed": allowed,
            "checks": answered.iter().map(Answered::json).collect::<Result<Value, _>>()?,
            "beside_plain_table": answered.iter().map(|it| json!({
                "what": it.what,
                "p50_times": it.times(&answered[2], 0.5).json(),
                "p99_times": it.times(&answered[2], 0.99).json(),
            })).collect::<Value>(),
            "campaign": campaigns.iter().map(Campaign::json).collect::<Value>(),
            "campaign_beside_plain_table": ratios(&campaigns[0].per_second, &campaigns[1].per_second).json(),
        })),
        Format::Table => output::words(&tables(&answered, &campaigns)?),
    }
}

impl Answered {
    const fn none(what: &'static str) -> Self {
        Self { what, runs: Vec::new() }
    }

    fn millis(&self, quantile: f64) -> Vec<f64> {
        self.runs.iter().map(|run| run.millis(quantile)).collect()
    }

    /// How many times as long as another, run by run.
    fn times(&self, other: &Self, quantile: f64) -> Spread {
        ratios(&self.millis(quantile), &other.millis(quantile))
    }

    fn merged(&self) -> Result<Latency, Failure> {
        let mut merged = Latency::new()?;
        self.runs.iter().try_for_each(|run| merged.add(run))?;
        Ok(merged)
    }

    /// One after the other, each as soon as the one before is answered.
    fn per_second(&self) -> Spread {
        Spread::of(self.runs.iter().map(Latency::per_second))
    }

    fn json(&self) -> Result<Value, Failure> {
        Ok(json!({
            "what": self.what,
            "checks_per_second": self.per_second().json(),
            "ms": self.merged()?.json(),
        }))
    }
}

impl Campaign {
    const fn none(what: &'static str) -> Self {
        Self { what, per_second: Vec::new() }
    }

    #[expect(clippy::cast_precision_loss, reason = "no campaign has 2^52 contacts")]
    fn took(&mut self, contacts: u64, time: Duration) {
        self.per_second.push(contacts as f64 / time.as_secs_f64());
    }

    fn json(&self) -> Value {
        let rate = Spread::of(self.per_second.iter().copied());
        json!({ "what": self.what, "checks_per_second": rate.json() })
    }
}

fn tables(answered: &[Answered; 3], campaigns: &[Campaign; 2]) -> Result<String, Failure> {
    let mut checks =
        Table::new(vec!["one at a time", "#checks/s", "#p50 ms", "#p99 ms", "#times the plain p99"]);
    for it in answered {
        let merged = it.merged()?;
        checks.row(vec![
            it.what.to_owned(),
            it.per_second().whole(),
            format!("{:.4}", merged.millis(0.5)),
            format!("{:.4}", merged.millis(0.99)),
            it.times(&answered[2], 0.99).fine(),
        ]);
    }
    let mut all = Table::new(vec!["campaign", "#checks/s"]);
    for it in campaigns {
        all.row(vec![it.what.to_owned(), Spread::of(it.per_second.iter().copied()).whole()]);
    }
    Ok(format!("{}\n{}", checks.lines(), all.lines()))
}
