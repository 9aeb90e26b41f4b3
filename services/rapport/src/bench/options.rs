//! What every measurement of appends takes.

use std::time::Duration;

use super::fill;
use super::folder;
use super::payload;
use super::target::{Expecting, Shape};
use crate::error::Failure;

/// Most writers at a time.
const WRITERS_MAX: i64 = 4_096;
/// Most events of a request: what one append takes.
const EVENTS_MAX: i64 = 1_000;
/// Most runs of the same.
const RUNS_MAX: i64 = 100;
/// Longest run, in seconds.
const SECONDS_MAX: f64 = 600.0;
/// Connections are shared by writers from so many on: what a service opens, and fewer than a machine is busy with.
const CONNECTIONS_MAX: usize = 8;

/// The load; part of every measurement of appends.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Load {
    /// Seconds of every run; the first fifth is not counted.
    #[arg(long, default_value = "3", value_name = "SECONDS", value_parser = seconds)]
    pub(super) duration: Duration,
    /// Runs of the same, turn by turn with what is compared; the median counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=RUNS_MAX))]
    pub(super) runs: u32,
    /// Events that every store is filled with first, through the same door.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(..=fill::EVENTS_MAX))]
    pub(super) prefill: u64,
    /// Bytes of data of every event.
    #[arg(long, default_value_t = 256)]
    bytes: usize,
    /// Connections, shared by the writers. [default: one a writer, at most 8]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=WRITERS_MAX))]
    connections: Option<u32>,
    /// Where to measure.
    #[command(flatten)]
    pub(super) folder: folder::Options,
}

impl Load {
    /// The data of an event.
    ///
    /// # Errors
    /// When an event cannot have so many bytes.
    pub(super) fn data(&self) -> Result<String, Failure> {
        payload::data(self.bytes)
    }

    /// How so many writers come to a target.
    ///
    /// # Errors
    /// When the events cannot have so many bytes.
    pub(super) fn shape(&self, writers: u32, expecting: Expecting) -> Result<Shape, Failure> {
        let writers = writers as usize;
        let connections = self.connections.map_or(CONNECTIONS_MAX, |connections| connections as usize);
        Ok(Shape { writers, connections: connections.min(writers), expecting, data: self.data()? })
    }
}

/// A number of writers.
pub(super) fn writers(text: &str) -> Result<u32, String> {
    within(text, WRITERS_MAX)
}

/// A number of events.
pub(super) fn events(text: &str) -> Result<u32, String> {
    within(text, EVENTS_MAX)
}

fn within(text: &str, most: i64) -> Result<u32, String> {
    let number = text.trim().parse::<u32>().ok().filter(|number| (1..=most).contains(&i64::from(*number)));
    number.ok_or_else(|| format!("expected 1 to {most}"))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.1..=SECONDS_MAX).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| format!("expected 0.1 to {SECONDS_MAX}"))
}
