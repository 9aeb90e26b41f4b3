//! One cell of a grid: the same load on one or several targets, turn by turn.

use serde_json::{Value, json};

use super::folder::Folder;
use super::latency::Latency;
use super::load::{self, Run};
use super::options::Load;
use super::spread::{Spread, ratios};
use super::target::{Expecting, Kind, Shape, Target};
use crate::error::Failure;

const MICROS_PER_SECOND: f64 = 1_000_000.0;

/// The load of a cell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub(super) writers: u32,
    pub(super) events: u32,
    pub(super) expecting: Expecting,
}

/// What a target made of it.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) kind: Kind,
    pub(super) cell: Cell,
    pub(super) per_second: Vec<f64>,
    processor_micros: Vec<f64>,
    peak_mib: f64,
    latency: Latency,
}

/// What is compared, each filled with the same history.
pub(super) struct Field(Vec<(Kind, Target)>);

impl Field {
    /// Starts every target.
    ///
    /// # Errors
    /// When one cannot be started or filled.
    pub(super) async fn start(kinds: &[Kind], load: &Load, folder: &Folder) -> Result<Self, Failure> {
        let mut targets = Vec::with_capacity(kinds.len());
        for kind in kinds {
            eprintln!("starting {}", kind.word());
            let target = kind.start(folder).await?;
            target.fill(load.prefill, &load.data()?).await?;
            targets.push((*kind, target));
        }
        Ok(Self(targets))
    }

    /// Measures a cell: all targets run by run.
    ///
    /// # Errors
    /// When a target fails.
    pub(super) async fn measure(&self, cell: Cell, load: &Load) -> Result<Vec<Outcome>, Failure> {
        eprintln!("{} writers x {} events, {}", cell.writers, cell.events, cell.expecting.word());
        let shape = load.shape(cell.writers, cell.expecting)?;
        let outcomes: Result<Vec<Outcome>, Failure> =
            self.0.iter().map(|(kind, _)| Outcome::none(*kind, cell)).collect();
        let mut outcomes = outcomes?;
        for _ in 0..load.runs {
            for ((_, target), outcome) in self.0.iter().zip(&mut outcomes) {
                let (run, seconds) = turn(target, &shape, cell.events, load).await?;
                outcome.add(&run, seconds)?;
                outcome.peak_mib = target.memory()?.peak;
            }
        }
        Ok(outcomes)
    }

    /// Ends every target.
    pub(super) async fn stop(self) {
        for (_, target) in self.0 {
            target.stop().await;
        }
    }
}

/// One run on one target, and the processor time that the target took for it.
async fn turn(target: &Target, shape: &Shape, events: u32, load: &Load) -> Result<(Run, f64), Failure> {
    let writers = target.writers(shape).await?;
    let before = target.processor_seconds()?;
    let run = load::drive(writers, events as usize, load.duration).await?;
    Ok((run, target.processor_seconds()? - before))
}

impl Outcome {
    fn none(kind: Kind, cell: Cell) -> Result<Self, Failure> {
        let (per_second, processor_micros) = (Vec::new(), Vec::new());
        Ok(Self { kind, cell, per_second, processor_micros, peak_mib: 0.0, latency: Latency::new()? })
    }

    /// The processor time of a run includes its warm-up: so do the events that it is divided by.
    fn add(&mut self, run: &Run, processor_seconds: f64) -> Result<(), Failure> {
        self.per_second.push(run.per_second);
        let events = run.per_second * run.whole.as_secs_f64();
        if events > 0.0 {
            self.processor_micros.push(processor_seconds * MICROS_PER_SECOND / events);
        }
        self.latency.add(&run.latency)
    }

    /// Heads of [`Self::row`].
    pub(super) const COLUMNS: [&'static str; 10] = [
        "target",
        "#writers",
        "#events",
        "expect",
        "#events/s",
        "#us/event",
        "#p50 ms",
        "#p99 ms",
        "#p99.9 ms",
        "#max ms",
    ];

    /// As a row for people.
    pub(super) fn row(&self) -> Vec<String> {
        let mut row = vec![
            self.kind.word().to_owned(),
            self.cell.writers.to_string(),
            self.cell.events.to_string(),
            self.cell.expecting.word().to_owned(),
            Spread::of(self.per_second.iter().copied()).whole(),
            format!("{:.1}", Spread::of(self.processor_micros.iter().copied()).median),
        ];
        row.extend(self.latency.words());
        row
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "target": self.kind.word(),
            "writers": self.cell.writers,
            "events_per_request": self.cell.events,
            "expect": self.cell.expecting.word(),
            "events_per_second": Spread::of(self.per_second.iter().copied()).json(),
            "processor_us_per_event": Spread::of(self.processor_micros.iter().copied()).json(),
            "peak_resident_mib": self.peak_mib,
            "latency_ms": self.latency.json(),
        })
    }

    /// How many times as many events a second as another target in the same runs.
    pub(super) fn times(&self, other: &Self) -> Spread {
        ratios(&self.per_second, &other.per_second)
    }
}
