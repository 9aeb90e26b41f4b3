//! `rapport demo`: a server on a fresh directory, with a customer base that is made up. Nobody in it exists; every
//! address ends in example.com or .example.

mod chance;
mod consents;
mod contracts;
mod customer;
mod deals;
mod diary;
mod orders;
mod populate;
mod talks;
mod tour;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser as _;

pub use populate::{CUSTOMERS_MAX, Sample, populate};

use crate::client;
use crate::error::Failure;
use crate::output;
use crate::serve;
use crate::tls::ClientOptions;

/// Who made the customers up.
const ACTOR: &str = "system:demo";

/// What `rapport demo` takes.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Folder of the data; must not be there yet. Left out: a new one among the system's temporary files.
    #[arg(long)]
    pub data_dir: Option<PathBuf>,
    /// Address of the gateway; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:7450")]
    pub listen: SocketAddr,
    /// Address of metrics and health; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:7451")]
    pub operations_listen: SocketAddr,
    /// How many customers.
    #[arg(long, default_value_t = 300, value_parser = customers)]
    pub customers: usize,
    /// Stop after saying what to try, instead of serving until Ctrl-C.
    #[arg(long)]
    pub exit: bool,
}

fn customers(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=CUSTOMERS_MAX).contains(number));
    number.ok_or_else(|| format!("expected 1 to {CUSTOMERS_MAX}"))
}

/// Serves a made-up customer base, and says what to try.
///
/// # Errors
/// When the server cannot be started or the customers cannot be brought in.
pub async fn run(options: Options) -> Result<(), Failure> {
    let data_dir = fresh(options.data_dir.as_deref())?;
    let server = Server::parse_from([
        "demo".as_ref(),
        "--reflection".as_ref(),
        "--data-dir".as_ref(),
        data_dir.as_os_str(),
        "--listen".as_ref(),
        options.listen.to_string().as_ref(),
        "--operations-listen".as_ref(),
        options.operations_listen.to_string().as_ref(),
        // Who tries an erasure wants to see it.
        "--erasure-window".as_ref(),
        "0".as_ref(),
    ]);
    eprintln!("Starting on {} …", data_dir.display());
    let mut told = serve::ToldToStop::listen()?;
    let Some(running) = serve::start_unless_told(server.options, &mut told).await? else { return Ok(()) };
    let outcome = show(&options, &running, &mut told).await;
    let stopped = running.stop().await;
    outcome.and(stopped)
}

async fn show(
    options: &Options,
    running: &serve::Running,
    told: &mut serve::ToldToStop,
) -> Result<(), Failure> {
    let channel = client::connect(&running.gateway.to_string(), &ClientOptions::default()).await?;
    let actor = ACTOR.parse().map_err(Failure::Usage)?;
    let began = std::time::Instant::now();
    let sample = populate(channel, actor, options.customers).await?;
    eprintln!("{} commands in {:.1} s.", sample.commands, began.elapsed().as_secs_f64());
    output::words(&tour::lines(running.gateway, running.operations, &sample))?;
    if options.exit {
        return Ok(());
    }
    eprintln!("Serving. Ctrl-C ends it.");
    told.received().await;
    Ok(())
}

/// The server's own options, so that the demo has the defaults of `rapport serve`.
#[derive(clap::Parser)]
struct Server {
    #[command(flatten)]
    options: serve::Options,
}

/// A folder that nothing is in.
fn fresh(wanted: Option<&std::path::Path>) -> Result<PathBuf, Failure> {
    let path = wanted.map_or_else(
        || std::env::temp_dir().join(format!("rapport-demo-{}", uuid::Uuid::now_v7().simple())),
        std::path::Path::to_path_buf,
    );
    if path.exists() {
        return Err(Failure::Usage(format!(
            "--data-dir {}: the demo begins in a new folder",
            path.display()
        )));
    }
    std::fs::create_dir_all(&path).map_err(|error| Failure::file(&path, error))?;
    Ok(path)
}
