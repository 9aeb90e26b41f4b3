//! `rapport bench project`: read models folded from the first event on, all at once and each alone.
//!
//! Each is a server that starts without the files in question, and is done when its read models are where the log ends:
//! so the time has the start of the server in it. Beside them the same history goes into the tables of a plain CRM.

use std::time::Instant;

use serde_json::{Value, json};

use super::fill;
use super::folder;
use super::furnished::Furnished;
use super::machine;
use super::process::Process;
use super::spread::{Spread, ratios};
use super::target::Gateway;
use crate::error::Failure;
use crate::output::{self, Format, Table};

/// Most runs of the same.
const RUNS_MAX: i64 = 100;
/// What all read models together are called.
const ALL: &str = "all";
/// What the plain tables are called.
const PLAIN: &str = "plain tables";
const MICROS_PER_SECOND: f64 = 1_000_000.0;

/// What is measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Events of the history.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1_000..=fill::EVENTS_MAX))]
    events: u64,
    /// Runs of the same, turn by turn with what is compared; the median counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=RUNS_MAX))]
    runs: u32,
    /// Where to measure.
    #[command(flatten)]
    folder: folder::Options,
}

/// What was folded, a value for each run.
struct Folded {
    what: String,
    per_second: Vec<f64>,
    /// Time of the processors; nothing where others share the process.
    processor_micros: Vec<f64>,
    peak_mib: f64,
}

pub(super) async fn run(options: Options, format: Format) -> Result<(), Failure> {
    let folder = options.folder.open()?;
    eprintln!("making up the history of {} events", options.events);
    let furnished = Furnished::with(&folder, options.events).await?;
    let (mut all, mut plain) = (Folded::none(ALL), Folded::none(PLAIN));
    let mut each: Vec<Folded> = Vec::new();
    for run in 1..=options.runs {
        eprintln!("run {run} of {}", options.runs);
        furnished.forget("")?;
        let names = all.fold(&furnished, options.events).await?;
        if each.is_empty() {
            each = names.iter().map(|name| Folded::none(name)).collect();
        }
        for model in &mut each {
            furnished.forget(&format!("{}.", model.what))?;
            model.fold(&furnished, options.events).await?;
        }
        let (tables, took) = furnished.plain().await?;
        drop(tables);
        plain.per_second.push(per_second(options.events, took.as_secs_f64()));
    }
    let folded: Vec<&Folded> = std::iter::once(&all).chain(&each).chain([&plain]).collect();
    match format {
        Format::Json => output::document(&json!({
            "bench": "project",
            "processors": machine::processors(),
            "file_system": folder.file_system,
            "events": options.events,
            "read_models": folded.iter().map(|folded| folded.json()).collect::<Value>(),
            "all_beside_plain_tables": ratios(&all.per_second, &plain.per_second).json(),
        })),
        Format::Table => output::words(&table(options.events, &folded, &all, &plain)),
    }
}

impl Folded {
    fn none(what: &str) -> Self {
        let (per_second, processor_micros) = (Vec::new(), Vec::new());
        Self { what: what.to_owned(), per_second, processor_micros, peak_mib: 0.0 }
    }

    /// Starts a server, and waits until its read models have folded what they lack. Names them.
    async fn fold(&mut self, furnished: &Furnished, events: u64) -> Result<Vec<String>, Failure> {
        let began = Instant::now();
        let server = Process::server(furnished.path()).await?;
        let names = Gateway::connect(&server, 1).await?.caught_up().await?;
        self.per_second.push(per_second(events, began.elapsed().as_secs_f64()));
        let seconds = machine::processor_seconds(server.pid())?;
        self.processor_micros.push(MICROS_PER_SECOND / per_second(events, seconds));
        self.peak_mib = self.peak_mib.max(machine::memory(server.pid())?.peak);
        server.kill();
        Ok(names)
    }

    fn json(&self) -> Value {
        let in_a_server = !self.processor_micros.is_empty();
        json!({
            "what": self.what,
            "events_per_second": Spread::of(self.per_second.iter().copied()).json(),
            "processor_us_per_event":
                in_a_server.then(|| Spread::of(self.processor_micros.iter().copied()).json()),
            "peak_resident_mib": in_a_server.then_some(self.peak_mib),
        })
    }

    fn row(&self) -> Vec<String> {
        let rate = Spread::of(self.per_second.iter().copied()).whole();
        let mut row = vec![self.what.clone(), rate];
        if self.processor_micros.is_empty() {
            row.extend([String::new(), String::new()]);
        } else {
            row.push(Spread::of(self.processor_micros.iter().copied()).fine());
            row.push(format!("{:.0}", self.peak_mib));
        }
        row
    }
}

#[expect(clippy::cast_precision_loss, reason = "no history has 2^52 events")]
fn per_second(events: u64, seconds: f64) -> f64 {
    events as f64 / seconds
}

fn table(events: u64, folded: &[&Folded], all: &Folded, plain: &Folded) -> String {
    let mut table = Table::new(vec!["folded", "#events/s", "#us/event", "#peak MiB"]);
    folded.iter().for_each(|folded| table.row(folded.row()));
    let times = ratios(&all.per_second, &plain.per_second).fine();
    format!("{events} events\n{}\nall read models / plain tables: {times}\n", table.lines())
}
