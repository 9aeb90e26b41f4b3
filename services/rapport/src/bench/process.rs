//! Servers in processes of their own, so that their time and memory are theirs alone.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

#[cfg(feature = "umadb")]
use tokio::net::TcpStream;

use crate::error::Failure;

/// Longest wait until a server is ready.
const START_MAX: Duration = Duration::from_secs(120);
/// Pause between two looks whether it is.
const LOOK_INTERVAL: Duration = Duration::from_millis(2);
/// What a server logs, so that it does not write where results are read.
const LOG: (&str, &str) = ("RAPPORT_LOG", "error");

/// A server that runs. Killed when it is dropped.
pub(super) struct Process {
    child: Child,
    address: String,
    started_in: Duration,
}

impl Process {
    /// A server of Rapport over the data of a folder.
    ///
    /// # Errors
    /// When it does not become ready.
    pub(super) async fn server(folder: &Path) -> Result<Self, Failure> {
        let ready = folder.join("ready");
        let _ = std::fs::remove_file(&ready);
        let mut command = this_program()?;
        command.args(["serve", "--listen", "127.0.0.1:0", "--operations-listen", "127.0.0.1:0"]);
        command.arg("--data-dir").arg(folder.join("data"));
        command.arg("--ready-file").arg(&ready);
        let began = Instant::now();
        let mut process = Self::spawn(command)?;
        process.address = loop {
            let lines = std::fs::read_to_string(&ready).unwrap_or_default();
            if let Some(address) = lines.lines().find_map(|line| line.strip_prefix("gateway=")) {
                break address.to_owned();
            }
            process.wait_a_little(began).await?;
        };
        process.started_in = began.elapsed();
        Ok(process)
    }

    /// A server of the peer.
    ///
    /// # Errors
    /// As [`Self::server`].
    #[cfg(feature = "umadb")]
    pub(super) async fn peer(file: &Path, address: &str) -> Result<Self, Failure> {
        let mut command = this_program()?;
        command.args(["bench", "peer-server", "--listen", address]).arg("--db-path").arg(file);
        let began = Instant::now();
        let mut process = Self::spawn(command)?;
        address.clone_into(&mut process.address);
        while TcpStream::connect(address).await.is_err() {
            process.wait_a_little(began).await?;
        }
        process.started_in = began.elapsed();
        Ok(process)
    }

    fn spawn(mut command: Command) -> Result<Self, Failure> {
        let started = command.env(LOG.0, LOG.1).stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        let child =
            started.map_err(|error| Failure::Local(format!("no server could be started: {error}")))?;
        Ok(Self { child, address: String::new(), started_in: Duration::ZERO })
    }

    async fn wait_a_little(&mut self, began: Instant) -> Result<(), Failure> {
        if let Ok(Some(status)) = self.child.try_wait() {
            return Err(Failure::Local(format!("the server ended at its start: {status}")));
        }
        if began.elapsed() > START_MAX {
            return Err(Failure::Local(format!("no server was ready after {} s", START_MAX.as_secs())));
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
        Ok(())
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// How long its start took.
    pub(super) fn started_in(&self) -> Duration {
        self.started_in
    }

    /// Kills it at once, as with `kill -9`.
    pub(super) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

fn this_program() -> Result<Command, Failure> {
    let program = std::env::current_exe().map_err(|error| Failure::Local(error.to_string()))?;
    Ok(Command::new(program))
}
