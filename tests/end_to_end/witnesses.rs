//! A witness that is not ours sees the log grow, and sees through a log that is shown in two versions.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use rapport_tests::ask::fact;
use rapport_tests::{Clients, Process, http};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::audit::{UNPROVED, program, python_command, run, script, signed, succeeded};

/// A witness on loopback, in a process of its own.
struct Witness {
    process: Child,
    /// Its verifier key and its address, as a policy names them.
    named: String,
}

impl Witness {
    /// Of one log; `None`, with a line that says so, where there is no Python.
    fn of(log: &str, state: &Path) -> Option<Self> {
        let mut command = python_command("cross_check/witness.py");
        let command = command.arg(state).arg(log).stdin(Stdio::piped()).stdout(Stdio::piped());
        let Ok(mut process) = command.spawn() else {
            eprintln!("SKIPPED: {} needs Python", script("cross_check/witness.py").display());
            return None;
        };
        let mut named = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut named).unwrap();
        Some(Self { process, named: named.trim().to_owned() })
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        // It ends with its standard input.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// A log, the policy that names its witness, and what an auditor takes away.
struct House(TempDir);

impl House {
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn serve(&self, arguments: &[&str]) -> Process {
        let named = [&["--log-origin", "crm.example/log"], arguments].concat();
        Process::serve(program(), &self.path("log/data"), &named).unwrap()
    }

    fn serve_witnessed(&self) -> Process {
        self.serve(&["--witness-policy", &self.text("policy")])
    }

    /// Appends a fact; its position.
    fn append(&self, server: &Process, request: &str) -> u64 {
        let asked = async {
            let clients = Clients::connect(&server.gateway).await;
            let answer = clients.history().append_events(fact(request, "x_desk-1", "{}")).await.unwrap();
            answer.into_inner().receipt.unwrap().position
        };
        Runtime::new().unwrap().block_on(asked)
    }

    /// The proof of an event, once the witness has cosigned a checkpoint that has it.
    fn take_proof(&self, server: &Process, position: u64) {
        let (position, file) = (position.to_string(), self.text("proof"));
        while !server.run(&["audit", "prove", &position, "--cosigned", "--out", &file]).status.success() {}
    }

    fn verify(&self, file: &str) -> Output {
        run(&["verify", &self.text(file), "--policy", &self.text("policy")])
    }

    fn keep(&self, name: &str) {
        let copied = Command::new("cp").arg("-a").args([self.path("log"), self.path(name)]).status().unwrap();
        assert!(copied.success());
    }

    fn bring_back(&self, name: &str) {
        fs::remove_dir_all(self.path("log")).unwrap();
        fs::rename(self.path(name), self.path("log")).unwrap();
    }
}

/// A house whose log a witness knows; nothing where there is no Python.
fn witnessed_house() -> Option<(House, Witness)> {
    let house = House(tempfile::tempdir().unwrap());
    fs::create_dir(house.path("log")).unwrap();
    let server = house.serve(&[]);
    let log = server.json(&["audit", "key", "--json"])["verifier_key"].as_str().unwrap().to_owned();
    server.terminate();
    let witness = Witness::of(&log, &house.path("state"))?;
    let policy = format!("log {log}\nwitness outside {}\nquorum outside\n", witness.named);
    fs::write(house.path("policy"), policy).unwrap();
    Some((house, witness))
}

#[test]
fn a_proof_says_which_witness_has_seen_the_history_that_it_is_of() {
    let Some((house, _witness)) = witnessed_house() else { return };
    let server = house.serve_witnessed();
    let first = house.append(&server, "first");
    house.take_proof(&server, first);
    let verified = house.verify("proof");
    succeeded(&verified);
    let said = String::from_utf8(verified.stdout).unwrap();
    assert!(said.contains("cosigned by") && said.contains("witness.example/w1 20"), "{said}");
    let published = String::from_utf8(http::get(&server.operations, "/checkpoint")).unwrap();
    assert!(
        published.contains("— crm.example/log ") && published.contains("— witness.example/w1 "),
        "{published}"
    );
    assert!(!published.contains("witness.example/other"), "what strangers say is left out: {published}");

    // What the log alone has signed is not enough for whoever asks for a witness.
    let alone = server.run(&["audit", "checkpoint"]);
    fs::write(house.path("checkpoint"), alone.stdout).unwrap();
    let refused = house.verify("checkpoint");
    assert_eq!(refused.status.code(), Some(UNPROVED));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("0 of the policy's 1 witnesses"), "{said}");

    // Killed, it forgets what the witness has cosigned; the witness does not, and they go on.
    server.kill();
    let server = house.serve_witnessed();
    let second = house.append(&server, "second");
    house.take_proof(&server, second);
    succeeded(&house.verify("proof"));
    server.terminate();
}

#[test]
fn a_witness_does_not_cosign_another_history_of_the_same_length() {
    let Some((house, _witness)) = witnessed_house() else { return };
    let server = house.serve_witnessed();
    house.append(&server, "first");
    server.terminate();
    house.keep("older");
    let server = house.serve_witnessed();
    let event = house.append(&server, "happened");
    house.take_proof(&server, event);
    server.terminate();

    // Log, key and the last checkpoint are brought back together: nothing on this machine contradicts what comes then.
    house.bring_back("older");
    let server = house.serve(&[]);
    assert_eq!(house.append(&server, "did-not-happen"), event);
    signed(&server, event);
    server.terminate();
    let server = house.serve_witnessed();
    let failing = "rapport_witnesses_failing 1\n";
    while !String::from_utf8(http::get(&server.operations, "/metrics")).unwrap().contains(failing) {}
    let none = server.run(&["audit", "checkpoint", "--cosigned"]);
    assert!(!none.status.success());
    let log = server.terminate();
    assert!(log.contains("events of this log that are other ones"), "{log}");
    // Whoever has the proof of what happened keeps it.
    succeeded(&house.verify("proof"));
}

#[test]
fn a_policy_that_a_server_cannot_use_is_refused_with_the_reason() {
    let house = House(tempfile::tempdir().unwrap());
    fs::create_dir(house.path("log")).unwrap();
    let witness = "w.example+5d1f5c35+BAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB";
    for (policy, said) in [
        ("quorum none\n".to_owned(), "it names no witness"),
        ("quorum outside\n".to_owned(), "line 1: no line before this one says what a name in it is"),
        (
            format!("witness outside {witness}x https://w.example\nquorum outside\n"),
            "line 1: expected the verifier key",
        ),
        ("witness\n".to_owned(), "line 1: expected `log KEY [URL]`"),
    ] {
        fs::write(house.path("policy"), &policy).unwrap();
        let arguments = ["--witness-policy", &house.text("policy")];
        let refused = Process::serve(program(), &house.path("log/data"), &arguments).err().unwrap();
        assert!(refused.contains(said), "{policy}: {refused}");
    }
}
