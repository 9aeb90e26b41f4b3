//! The server in a process of its own, so that it can be killed, and the command line that talks to it.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::JoinHandle;

/// A server process.
pub struct Process {
    program: PathBuf,
    child: Child,
    log: Option<JoinHandle<String>>,
    /// Where the gateway listens, `HOST:PORT`.
    pub gateway: String,
    /// Where metrics and tiles are, `HOST:PORT`.
    pub operations: String,
    /// Where the log is offered over the KurrentDB protocol, `HOST:PORT`, when it was told to.
    pub kurrent: Option<String>,
}

impl Process {
    /// Starts `rapport serve` on a data directory and waits until it says that it is ready.
    ///
    /// # Errors
    /// What it wrote to standard error, when it ended before it was ready.
    pub fn serve(program: &Path, data_dir: &Path, arguments: &[&str]) -> Result<Self, String> {
        Self::serve_in(program, data_dir, arguments, &[])
    }

    /// The same, with more in its environment.
    ///
    /// # Errors
    /// What it wrote to standard error, when it ended before it was ready.
    pub fn serve_in(
        program: &Path,
        data_dir: &Path,
        arguments: &[&str],
        environment: &[(&str, OsString)],
    ) -> Result<Self, String> {
        let mut ready_file = data_dir.as_os_str().to_owned();
        ready_file.push(".ready");
        let mut child = Command::new(program)
            .arg("serve")
            .args(["--listen", "127.0.0.1:0", "--operations-listen", "127.0.0.1:0"])
            .args(["--erasure-window", "0"])
            .arg("--data-dir")
            .arg(data_dir)
            .arg("--ready-file")
            .arg(&ready_file)
            .args(arguments)
            .env("RAPPORT_LOG", "info")
            .env("NO_COLOR", "1")
            .envs(environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let mut said = String::new();
        for line in lines.by_ref() {
            let line = line.expect("text");
            said.push_str(&line);
            said.push('\n');
            if line.contains("ready") && line.contains("gateway") {
                let ready = std::fs::read_to_string(&ready_file).expect("the ready file");
                let address =
                    |name: &str| ready.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                let gateway = address("gateway=").expect("a gateway");
                let operations = address("operations=").expect("operations");
                let kurrent = address("kurrent=");
                let log = std::thread::spawn(move || {
                    lines.map_while(Result::ok).fold(said, |said, line| said + &line + "\n")
                });
                return Ok(Self {
                    program: program.to_owned(),
                    child,
                    log: Some(log),
                    gateway,
                    operations,
                    kurrent,
                });
            }
        }
        child.wait().expect("it ended");
        Err(said)
    }

    /// Runs a command of the command line against this server.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .env("RAPPORT_ADDR", &self.gateway)
            .env("RAPPORT_LOG", "warn")
            .stdin(Stdio::null());
        command
    }

    /// Runs a command and takes what it printed.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program starts")
    }

    /// Runs a command that succeeds and prints JSON.
    #[must_use]
    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let output = self.run(arguments);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?} ended with {}: {complaint}", output.status);
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// kill -9. Hands over what it wrote to standard error.
    pub fn kill(mut self) -> String {
        // One that has ended already needs no killing.
        let _ = self.child.kill();
        self.ended().1
    }

    /// Asks it to stop, waits until it has, and hands over what it wrote to standard error.
    ///
    /// # Panics
    /// When it ends with a failure.
    pub fn terminate(self) -> String {
        let (status, log) = self.stop();
        assert!(status.success(), "it ended with {status}: {log}");
        log
    }

    /// Asks it to stop and waits until it has. Tells how it ended and what it wrote to standard error.
    pub fn stop(mut self) -> (ExitStatus, String) {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs");
        assert!(told.success(), "SIGTERM was not delivered");
        self.ended()
    }

    /// Whether it runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    fn ended(&mut self) -> (ExitStatus, String) {
        let status = self.child.wait().expect("it ended");
        (status, self.log.take().expect("a log").join().expect("the log is read"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A process that has ended already needs no killing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
