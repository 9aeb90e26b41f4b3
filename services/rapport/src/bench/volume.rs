//! `rapport bench append --volume`: whether a long history makes appends dearer, and how fast it opens after kill -9.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::fill::{self, EVENTS_MIN};
use super::folder::Folder;
use super::load;
use super::machine::{self, Memory};
use super::options::Load;
use super::process::Process;
use super::spread::{Spread, ratios};
use super::target::{Expecting, Gateway, Port, Writer};
use crate::error::Failure;
use crate::output::{self, Format, Table};

/// What is measured: writers and events per request.
const LOADS: [(u32, u32); 4] = [(1, 1), (64, 1), (1, 100), (4, 1_000)];
/// Writers that write while the server is killed.
const WRITERS_AT_THE_END: u32 = 16;

/// One load on both histories, a value for each run.
struct Row {
    through: &'static str,
    writers: u32,
    events: u32,
    short: Vec<f64>,
    long: Vec<f64>,
}

/// What a long history takes beside appends.
struct Costs {
    /// Of this process, which filled it: the log and its writers.
    log: Memory,
    server: Memory,
    catch_up: Duration,
    open_after_kill: Duration,
    start_after_kill: Duration,
}

pub(super) async fn run(events: u64, load: &Load, folder: &Folder, format: Format) -> Result<(), Failure> {
    let (short, long) = (folder.fresh()?, folder.fresh()?);
    let data = load.shape(1, Expecting::Any)?.data;
    // A log that has events and no keys is refused: so the keys come first.
    for folder in [&short, &long] {
        Process::server(folder.path()).await?.kill();
    }
    eprintln!("filling with {EVENTS_MIN} and with {events} events");
    fill::fill_log(&log_of(&short), EVENTS_MIN, &data).await?;
    let log = fill::fill_log(&log_of(&long), events, &data).await?;
    let mut rows = through_the_port(&short, &long, load).await?;
    let servers = [Process::server(short.path()).await?, Process::server(long.path()).await?];
    eprintln!("waiting for the read models");
    let began = Instant::now();
    for server in &servers {
        Gateway::connect(server, 1).await?.caught_up().await?;
    }
    let catch_up = began.elapsed();
    rows.extend(through_the_gateway(&servers, load).await?);
    let [_, server] = servers;
    let memory = machine::memory(server.pid())?;
    kill_under_load(server, load).await?;
    let open_after_kill = open(&log_of(&long)).await?;
    kill_under_load(Process::server(long.path()).await?, load).await?;
    let start_after_kill = Process::server(long.path()).await?.started_in();
    let costs = Costs { log, server: memory, catch_up, open_after_kill, start_after_kill };
    match format {
        Format::Json => output::document(&document(events, &rows, &costs)),
        Format::Table => output::words(&table(events, &rows, &costs)),
    }
}

/// Where a server's log lies.
fn log_of(folder: &TempDir) -> std::path::PathBuf {
    folder.path().join("data")
}

async fn through_the_port(short: &TempDir, long: &TempDir, load: &Load) -> Result<Vec<Row>, Failure> {
    let (short, long) = (Port::at(&log_of(short))?, Port::at(&log_of(long))?);
    let mut rows = LOADS.map(|(writers, events)| Row::none("port", writers, events));
    for row in &mut rows {
        let shape = load.shape(row.writers, Expecting::Any)?;
        for _ in 0..load.runs {
            row.run(short.writers(&shape), long.writers(&shape), load).await?;
        }
    }
    short.close().await;
    long.close().await;
    Ok(rows.into())
}

async fn through_the_gateway([short, long]: &[Process; 2], load: &Load) -> Result<Vec<Row>, Failure> {
    let mut rows = LOADS.map(|(writers, events)| Row::none("gateway", writers, events));
    for row in &mut rows {
        for _ in 0..load.runs {
            row.run(writers(short, row.writers, load).await?, writers(long, row.writers, load).await?, load)
                .await?;
        }
    }
    Ok(rows.into())
}

async fn writers(server: &Process, writers: u32, load: &Load) -> Result<Vec<Box<dyn Writer>>, Failure> {
    let shape = load.shape(writers, Expecting::Any)?;
    Gateway::connect(server, shape.connections).await?.unary(&shape)
}

/// Kills a server while it is written to. That its writers fail then is no failure.
async fn kill_under_load(server: Process, load: &Load) -> Result<(), Failure> {
    let writing =
        tokio::spawn(load::drive(writers(&server, WRITERS_AT_THE_END, load).await?, 1, load.duration));
    tokio::time::sleep(load.duration / 2).await;
    server.kill();
    let _ = writing.await;
    Ok(())
}

/// How long a log takes to open.
async fn open(folder: &Path) -> Result<Duration, Failure> {
    let began = Instant::now();
    let port = Port::at(folder)?;
    let opened = began.elapsed();
    port.close().await;
    Ok(opened)
}

impl Row {
    const fn none(through: &'static str, writers: u32, events: u32) -> Self {
        Self { through, writers, events, short: Vec::new(), long: Vec::new() }
    }

    async fn run(
        &mut self,
        short: Vec<Box<dyn Writer>>,
        long: Vec<Box<dyn Writer>>,
        load: &Load,
    ) -> Result<(), Failure> {
        let events = self.events as usize;
        self.short.push(load::drive(short, events, load.duration).await?.per_second);
        self.long.push(load::drive(long, events, load.duration).await?.per_second);
        Ok(())
    }

    fn json(&self) -> Value {
        json!({
            "through": self.through,
            "writers": self.writers,
            "events_per_request": self.events,
            "short_events_per_second": Spread::of(self.short.iter().copied()).json(),
            "long_events_per_second": Spread::of(self.long.iter().copied()).json(),
            "times": ratios(&self.long, &self.short).json(),
        })
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.through.to_owned(),
            self.writers.to_string(),
            self.events.to_string(),
            Spread::of(self.short.iter().copied()).whole(),
            Spread::of(self.long.iter().copied()).whole(),
            ratios(&self.long, &self.short).fine(),
        ]
    }
}

fn document(events: u64, rows: &[Row], costs: &Costs) -> Value {
    json!({
        "bench": "volume",
        "processors": machine::processors(),
        "short_events": EVENTS_MIN,
        "long_events": events,
        "rows": rows.iter().map(Row::json).collect::<Value>(),
        "log_process_resident_mib": { "now": costs.log.resident, "peak": costs.log.peak },
        "server_resident_mib": { "now": costs.server.resident, "peak": costs.server.peak },
        "read_models_catch_up_seconds": costs.catch_up.as_secs_f64(),
        "open_after_kill_seconds": costs.open_after_kill.as_secs_f64(),
        "server_start_after_kill_seconds": costs.start_after_kill.as_secs_f64(),
    })
}

fn table(events: u64, rows: &[Row], costs: &Costs) -> String {
    let mut table =
        Table::new(vec!["through", "#writers", "#events", "#short events/s", "#long events/s", "#times"]);
    rows.iter().for_each(|row| table.row(row.cells()));
    let rest = [
        format!("short: {EVENTS_MIN} events, long: {events} events"),
        format!(
            "memory of the process that filled it: {:.0} MiB, at most {:.0} MiB",
            costs.log.resident, costs.log.peak
        ),
        format!(
            "memory of the server: {:.0} MiB, at most {:.0} MiB",
            costs.server.resident, costs.server.peak
        ),
        format!("read models caught up in {:.1} s", costs.catch_up.as_secs_f64()),
        format!("the log opened {:.3} s after kill -9", costs.open_after_kill.as_secs_f64()),
        format!("a server was ready {:.3} s after kill -9", costs.start_after_kill.as_secs_f64()),
    ];
    format!("{}\n{}\n", table.lines(), rest.join("\n"))
}
