//! `rapport bench query`: what people wait for when they look at a customer or a pipeline, and what a long history adds.
//!
//! The same questions go to a server, through gRPC, and to the tables of a plain CRM, which are asked in this process:
//! that favours the tables by what a call costs. Both have a short history and a long one of the same customers.

mod past;
mod side;
mod visible;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use self::past::Past;
use self::side::{Question, Side};
use self::visible::Visible;
use super::fill;
use super::folder;
use super::latency::Latency;
use super::machine;
use super::spread::{Spread, ratios};
use crate::error::Failure;
use crate::output::{self, Format, Table};

/// Most runs of the same.
const RUNS_MAX: i64 = 100;
/// Most times that a question is asked in a run.
const ASKED_MAX: i64 = 100_000;
/// Most commands a second.
const RATE_MAX: i64 = 100_000;
/// How long one question is asked in a run at most, however few answers there are by then.
const ASKING_MAX: Duration = Duration::from_secs(10);

/// What is measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Events of the long history; the short one has 100,000.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(fill::EVENTS_RANGE))]
    events: u64,
    /// Times that each question is asked in a run.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=ASKED_MAX))]
    asked: u32,
    /// Runs of the same, turn by turn with what is compared; the median counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=RUNS_MAX))]
    runs: u32,
    /// Commands a second while it is measured how soon an append is seen.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=RATE_MAX))]
    rate: u32,
    /// Where to measure.
    #[command(flatten)]
    folder: folder::Options,
}

/// How long the answers to one question took: those of the server and those of the plain tables, for each run.
struct Answered {
    events: u64,
    question: Question,
    served: Vec<Latency>,
    plain: Vec<Latency>,
}

pub(super) async fn run(options: Options, format: Format) -> Result<(), Failure> {
    let folder = options.folder.open()?;
    let mut sides = Vec::new();
    for events in [fill::EVENTS_MIN, options.events] {
        eprintln!("making up the history of {events} events");
        sides.push(Side::with(&folder, events).await?);
    }
    let mut answered: Vec<Answered> = sides
        .iter()
        .flat_map(|side| Question::ALL.map(|question| Answered::none(side.events(), question)))
        .collect();
    for run in 1..=options.runs {
        eprintln!("run {run} of {}", options.runs);
        for (side, answered) in sides.iter_mut().zip(answered.chunks_mut(Question::ALL.len())) {
            for answers in answered {
                answers.ask(side, options.asked).await?;
            }
        }
    }
    let (mut past, mut visible, mut failed) = (Past::new()?, Visible::new(options.rate)?, None);
    if let Some(long) = sides.last() {
        eprintln!("the past, and then {} commands a second", options.rate);
        // What was measured until then took an hour, and is told in any case.
        if let Err(failure) = last_part(long, options.runs, &mut past, &mut visible).await {
            failed = Some(failure);
        }
    }
    let long = answered.split_off(Question::ALL.len());
    let memory = sides.last().map(Side::memory).transpose()?;
    match format {
        Format::Json => output::document(&json!({
            "bench": "query",
            "is_whole": failed.is_none(),
            "processors": machine::processors(),
            "file_system": folder.file_system,
            "questions": answered.iter().chain(&long).map(Answered::json).collect::<Result<Value, _>>()?,
            "long_beside_short": answered.iter().zip(&long).map(|(short, long)| json!({
                "question": short.question.word(),
                "p50_times": long.times(short, 0.5).json(),
                "p99_times": long.times(short, 0.99).json(),
            })).collect::<Value>(),
            "as_of": past.json(),
            "append_to_visible": visible.json(),
            "server_peak_resident_mib": memory.map(|memory| memory.peak),
        })),
        Format::Table => output::words(&tables(&answered, &long, &past, &visible)?),
    }?;
    failed.map_or(Ok(()), Err)
}

/// What the long history answers about its past, and while it grows.
async fn last_part(side: &Side, runs: u32, past: &mut Past, visible: &mut Visible) -> Result<(), Failure> {
    for _ in 0..runs {
        past.measure(side).await?;
        visible.measure(side).await?;
    }
    Ok(())
}

impl Answered {
    const fn none(events: u64, question: Question) -> Self {
        Self { events, question, served: Vec::new(), plain: Vec::new() }
    }

    /// Asks one after the other: a person waits for one answer at a time.
    async fn ask(&mut self, side: &mut Side, asked: u32) -> Result<(), Failure> {
        let (mut served, mut plain) = (Latency::new()?, Latency::new()?);
        let began = Instant::now();
        for _ in 0..asked {
            served.record(side.ask(self.question).await?);
            if began.elapsed() > ASKING_MAX {
                break;
            }
        }
        let began = Instant::now();
        for _ in 0..asked {
            plain.record(side.ask_plain(self.question)?);
            if began.elapsed() > ASKING_MAX {
                break;
            }
        }
        self.served.push(served);
        self.plain.push(plain);
        Ok(())
    }

    /// How many times as long as with another history, run by run.
    fn times(&self, other: &Self, quantile: f64) -> Spread {
        ratios(&millis(&self.served, quantile), &millis(&other.served, quantile))
    }

    /// How many times as long the plain tables took, run by run.
    fn plain_times(&self, quantile: f64) -> Spread {
        ratios(&millis(&self.plain, quantile), &millis(&self.served, quantile))
    }

    fn json(&self) -> Result<Value, Failure> {
        Ok(json!({
            "events": self.events,
            "question": self.question.word(),
            "served_ms": merged(&self.served)?.json(),
            "plain_ms": merged(&self.plain)?.json(),
            "plain_p50_times": self.plain_times(0.5).json(),
            "plain_p99_times": self.plain_times(0.99).json(),
        }))
    }

    fn row(&self) -> Result<Vec<String>, Failure> {
        let (served, plain) = (merged(&self.served)?, merged(&self.plain)?);
        let mut row = vec![self.question.word().to_owned(), self.events.to_string()];
        row.extend(
            [&served, &plain]
                .iter()
                .flat_map(|latency| [0.5, 0.99].map(|quantile| format!("{:.3}", latency.millis(quantile)))),
        );
        row.extend([self.plain_times(0.5).fine(), self.plain_times(0.99).fine()]);
        Ok(row)
    }
}

fn millis(runs: &[Latency], quantile: f64) -> Vec<f64> {
    runs.iter().map(|run| run.millis(quantile)).collect()
}

fn merged(runs: &[Latency]) -> Result<Latency, Failure> {
    let mut merged = Latency::new()?;
    runs.iter().try_for_each(|run| merged.add(run))?;
    Ok(merged)
}

fn tables(short: &[Answered], long: &[Answered], past: &Past, visible: &Visible) -> Result<String, Failure> {
    let mut answers = Table::new(vec![
        "question",
        "#events",
        "#p50 ms",
        "#p99 ms",
        "#plain p50 ms",
        "#plain p99 ms",
        "#plain/served p50",
        "#p99",
    ]);
    for answered in short.iter().chain(long) {
        answers.row(answered.row()?);
    }
    let mut times = Table::new(vec!["long/short", "#p50 times", "#p99 times"]);
    for (short, long) in short.iter().zip(long) {
        let word = short.question.word().to_owned();
        times.row(vec![word, long.times(short, 0.5).fine(), long.times(short, 0.99).fine()]);
    }
    Ok(format!("{}\n{}\n{}{}", answers.lines(), times.lines(), past.words(), visible.words()))
}
