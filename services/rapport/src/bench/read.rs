//! `rapport bench read`: the whole log and single streams, through the port.

use std::time::{Duration, Instant};

use futures::{StreamExt as _, TryStreamExt as _};
use rapport_domain::envelope::{Position, Revision};
use rapport_event_store::{Direction, EventStore as _, Filter};
use serde_json::{Value, json};

use super::fill;
use super::folder;
use super::latency::Latency;
use super::machine;
use super::payload;
use super::spread::Spread;
use super::target::Port;
use crate::error::Failure;
use crate::output::{self, Format, Table};

/// Most runs of the same.
const RUNS_MAX: i64 = 100;
/// Streams that are read for each length.
const STREAMS_READ: usize = 2_000;
/// How many events of a stream are read.
const LENGTHS: [usize; 2] = [10, 50];

/// What is measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Events that the log is filled with first.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(fill::EVENTS_RANGE))]
    prefill: u64,
    /// Bytes of data of every event.
    #[arg(long, default_value_t = 256)]
    bytes: usize,
    /// Runs of the same.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=RUNS_MAX))]
    runs: u32,
    /// Where to measure.
    #[command(flatten)]
    folder: folder::Options,
}

/// Reading the whole log, a value for each run.
#[derive(Debug, Default)]
struct Scans {
    per_second: Vec<f64>,
    per_core: Vec<f64>,
}

pub(super) async fn run(options: Options, format: Format) -> Result<(), Failure> {
    let data = options.folder.open()?.fresh()?;
    eprintln!("filling with {} events", options.prefill);
    fill::fill_log(data.path(), options.prefill, &payload::data(options.bytes)?).await?;
    let port = Port::at(data.path())?;
    let mut scans = Scans::default();
    let mut streams = LENGTHS.map(|length| (length, Vec::new()));
    for _ in 0..options.runs {
        scans.add(&port).await?;
        for (length, latencies) in &mut streams {
            latencies.push(read_streams(&port, *length).await?);
        }
    }
    let memory = machine::memory(std::process::id())?;
    port.close().await;
    let streams = streams.map(|(length, latencies)| merged(&latencies).map(|latency| (length, latency)));
    let streams = streams.into_iter().collect::<Result<Vec<_>, _>>()?;
    match format {
        Format::Json => output::document(&json!({
            "bench": "read",
            "processors": machine::processors(),
            "events": options.prefill,
            "events_per_second": Spread::of(scans.per_second).json(),
            "events_per_processor_second": Spread::of(scans.per_core).json(),
            "processor_time_from": "/proc/self/stat",
            "streams": streams.iter().map(|(length, latency)| json!({
                "events": length, "latency_ms": latency.json(),
            })).collect::<Value>(),
            "resident_mib": memory.resident,
            "peak_resident_mib": memory.peak,
        })),
        Format::Table => {
            let mut table = Table::new(vec![
                "read",
                "#events/s",
                "#per core",
                "#p50 ms",
                "#p99 ms",
                "#p99.9 ms",
                "#max ms",
            ]);
            let blank = String::new;
            let [per_second, per_core] =
                [scans.per_second, scans.per_core].map(|runs| Spread::of(runs).whole());
            let all = format!("all {} events", options.prefill);
            table.row(vec![all, per_second, per_core, blank(), blank(), blank(), blank()]);
            for (length, latency) in &streams {
                let mut row = vec![format!("a stream, {length} events"), blank(), blank()];
                row.extend(latency.words());
                table.row(row);
            }
            let memory = format!(
                "per core: events by processor time of the process, from /proc/self/stat; memory of the process {:.0} MiB, at most {:.0} MiB\n",
                memory.resident, memory.peak
            );
            output::words(&format!("{}\n{memory}", table.lines()))
        }
    }
}

impl Scans {
    #[expect(clippy::cast_precision_loss, reason = "no log has 2^52 events")]
    async fn add(&mut self, port: &Port) -> Result<(), Failure> {
        let before = machine::processor_seconds(std::process::id())?;
        let began = Instant::now();
        let events = port.store().read_all(Position::START, &Filter::all());
        let count =
            events.try_fold(0_u64, |count, _| async move { Ok(count + 1) }).await.map_err(read_failed)?;
        let elapsed = began.elapsed();
        let spent = machine::processor_seconds(std::process::id())? - before;
        self.per_second.push(count as f64 / elapsed.as_secs_f64());
        self.per_core.push(count as f64 / spent.max(Duration::from_millis(10).as_secs_f64()));
        Ok(())
    }
}

/// Reads the first events of streams chosen at random.
async fn read_streams(port: &Port, length: usize) -> Result<Latency, Failure> {
    let mut latency = Latency::new()?;
    for _ in 0..STREAMS_READ {
        let stream = payload::stream(&payload::some_stream())?;
        let began = Instant::now();
        let events = port.store().read_stream(&stream, Revision(0), Direction::Forward).take(length);
        let read: Vec<_> = events.try_collect().await.map_err(read_failed)?;
        if read.len() == length {
            latency.record(began.elapsed());
        }
    }
    Ok(latency)
}

fn merged(latencies: &[Latency]) -> Result<Latency, Failure> {
    let mut all = Latency::new()?;
    latencies.iter().try_for_each(|latency| all.add(latency))?;
    Ok(all)
}

fn read_failed(error: rapport_event_store::ReadError) -> Failure {
    Failure::Local(error.to_string())
}
