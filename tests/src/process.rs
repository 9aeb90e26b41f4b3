//! The server in a process of its own, so that it can be killed, and the command line that talks to it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::JoinHandle;

/// A server process.
pub struct Process {
    program: PathBuf,
    child: Child,
    log: Option<JoinHandle<String>>,
    /// Where the gateway listens, `HOST:PORT`.
    pub gateway: String,
}

impl Process {
    /// Starts `rapport serve` on a data directory and waits until it says that it is ready.
    ///
    /// # Errors
    /// What it wrote to standard error, when it ended before it was ready.
    pub fn serve(program: &Path, data_dir: &Path, arguments: &[&str]) -> Result<Self, String> {
        let mut ready_file = data_dir.as_os_str().to_owned();
        ready_file.push(".ready");
        let mut child = Command::new(program)
            .arg("serve")
            .args(["--listen", "127.0.0.1:0", "--operations-listen", "127.0.0.1:0"])
            .arg("--data-dir")
            .arg(data_dir)
            .arg("--ready-file")
            .arg(&ready_file)
            .args(arguments)
            .env("RAPPORT_LOG", "info")
            .env("NO_COLOR", "1")
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
                let gateway =
                    ready.lines().find_map(|line| line.strip_prefix("gateway=")).expect("a gateway");
                let gateway = gateway.to_owned();
                let log = std::thread::spawn(move || {
                    lines.map_while(Result::ok).fold(said, |said, line| said + &line + "\n")
                });
                return Ok(Self { program: program.to_owned(), child, log: Some(log), gateway });
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

    /// kill -9.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ended");
    }

    /// Asks it to stop, waits until it has, and hands over what it wrote to standard error.
    ///
    /// # Panics
    /// When it ends with a failure.
    pub fn terminate(mut self) -> String {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs");
        assert!(told.success(), "SIGTERM was not delivered");
        let status = self.child.wait().expect("it ended");
        let log = self.log.take().expect("a log").join().expect("the log is read");
        assert!(status.success(), "it ended with {status}: {log}");
        log
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A process that has ended already needs no killing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
