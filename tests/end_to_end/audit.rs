//! An auditor with nothing of ours but a proof and a public key; and somebody who rewrites the log, or brings an older one
//! back.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rapport_proto::v1 as wire;
use rapport_tests::ask::{fact, header, person};
use rapport_tests::company::populate;
use rapport_tests::{Clients, Process, http};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::cross_check::PYTHON_VARIABLE;

/// Exit code of a proof that does not hold.
pub(crate) const UNPROVED: i32 = 9;
/// Exit code of a check that found something.
const DAMAGED: i32 = 7;

/// A data directory, its keys beside it, and what an auditor takes away.
struct House {
    folder: TempDir,
}

impl House {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn serve(&self) -> Process {
        Process::serve(program(), &self.path("data"), &["--log-origin", "crm.example/log"]).unwrap()
    }

    /// A served company; position of its last event.
    fn company(&self, server: &Process) -> u64 {
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async { populate(&Clients::connect(&server.gateway).await).await.1 })
    }

    /// The key, and the proof of the event at a position, as files `key` and `proof`.
    fn take_away(&self, server: &Process, position: u64) {
        let key = server.json(&["audit", "key", "--json"])["verifier_key"].as_str().unwrap().to_owned();
        fs::write(self.path("key"), key).unwrap();
        let prove = ["audit", "prove", &position.to_string(), "--out", &self.text("proof")];
        succeeded(&server.run(&prove));
    }

    /// The newest checkpoint, and the tile of a log that fits into one, as files `checkpoint`, `tile` and `entries`.
    fn take_tiles_away(&self, server: &Process, last: u64) {
        assert_eq!(signed(server, last)["refusal"], Value::Null);
        let fetch = |path: &str| http::get(&server.operations, path);
        let checkpoint = String::from_utf8(fetch("/checkpoint")).unwrap();
        let size = checkpoint.lines().nth(1).unwrap().to_owned();
        assert!(size.parse::<u64>().unwrap() < 256, "one tile holds the log");
        fs::write(self.path("checkpoint"), checkpoint).unwrap();
        fs::write(self.path("tile"), fetch(&format!("/tile/0/000.p/{size}"))).unwrap();
        fs::write(self.path("entries"), fetch(&format!("/tile/entries/000.p/{size}"))).unwrap();
    }

    fn key(&self) -> String {
        fs::read_to_string(self.path("key")).unwrap()
    }

    fn verify(&self, more: &[&str]) -> Output {
        run(&[&["verify", &self.text("proof"), "--key", &self.key()], more].concat())
    }

    fn check(&self) -> (Option<i32>, Value) {
        let output = run(&["check", &self.text("data"), "--json"]);
        (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
    }
}

pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_rapport-under-test"))
}

pub(crate) fn run(arguments: &[&str]) -> Output {
    Command::new(program()).args(arguments).env("RAPPORT_LOG", "warn").stdin(Stdio::null()).output().unwrap()
}

pub(crate) fn succeeded(output: &Output) {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
}

pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Runs a script that needs no package; `None`, with a line that says so, where there is no Python.
pub(crate) fn python(name: &str, arguments: &[&str]) -> Option<Output> {
    let output = python_command(name).args(arguments).output();
    if output.is_err() {
        eprintln!("SKIPPED: {name} needs Python; name one with {PYTHON_VARIABLE}");
    }
    output.ok()
}

pub(crate) fn python_command(name: &str) -> Command {
    let python = std::env::var_os(PYTHON_VARIABLE).unwrap_or_else(|| "python3".into());
    let mut command = Command::new(python);
    command.arg(script(name)).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// Waits until a checkpoint is signed for so many events, or refused.
pub(crate) fn signed(server: &Process, size: u64) -> Value {
    loop {
        let checkpoint = server.json(&["audit", "checkpoint", "--json"]);
        if checkpoint["size"].as_u64().unwrap() >= size || !checkpoint["refusal"].is_null() {
            return checkpoint;
        }
    }
}

/// A consent that is asked for and given; the step of its trail, with its proof.
fn consent(server: &Process) -> Value {
    let (subject, position) = Runtime::new().unwrap().block_on(async {
        let clients = Clients::connect(&server.gateway).await;
        let ann = clients.contacts().register_contact(person("ann", "Ann")).await.unwrap().into_inner();
        let (contact_id, purpose, channel) =
            (ann.contact_id, "newsletter".to_owned(), wire::ConsentChannel::Email.into());
        let (id, version) = ("newsletter".to_owned(), "3".to_owned());
        let notice = Some(wire::ConsentNotice { id, version, ..Default::default() });
        let asked = wire::RequestConsentRequest {
            jurisdiction: None,
            header: header("asked"),
            contact_id: contact_id.clone(),
            purpose: purpose.clone(),
            channel,
            notice: notice.clone(),
        };
        clients.consents().request_consent(asked).await.unwrap();
        let given = wire::GiveConsentRequest {
            header: header("given"),
            contact_id: contact_id.clone(),
            purpose,
            channel,
            notice,
            method: wire::ConsentMethod::Checkbox.into(),
            evidence: Some(wire::ConsentEvidence { ip: "192.0.2.7".to_owned(), ..Default::default() }),
            ..Default::default()
        };
        let given = clients.consents().give_consent(given).await.unwrap().into_inner();
        (contact_id, given.receipt.unwrap().position.to_string())
    });
    let trail = ["consent", &subject, "--trail", "--with-proof", "--min-position", &position, "--json"];
    let trail = server.json(&trail);
    let mut steps = trail["steps"].as_array().unwrap().clone().into_iter();
    let mut given = steps.find(|step| step["event_type"] == "consent.given.v1").unwrap();
    given["contact_id"] = subject.into();
    given
}

#[test]
fn a_consent_is_proved_to_programs_that_know_nothing_of_rapport() {
    let house = House::new();
    let server = house.serve();
    house.company(&server);
    let given = consent(&server);
    let last = given["position"].as_u64().unwrap();
    house.take_away(&server, last);
    // The trail carries the same proof, perhaps to a later checkpoint.
    fs::write(house.path("proof"), given["proof"].as_str().unwrap()).unwrap();
    house.take_tiles_away(&server, last);
    server.terminate();

    let shown: Value = {
        let output = house.verify(&["--json"]);
        succeeded(&output);
        serde_json::from_slice(&output.stdout).unwrap()
    };
    assert_eq!(shown["event"]["type"], "consent.given.v1");
    for (field, of_trail) in [("event_id", "event_id"), ("payload_sha256", "payload_sha256")] {
        assert_eq!(shown["event"][field], given[of_trail], "{field}");
    }
    others_agree(&house);
}

/// Programs that were not written with Rapport, as far as they are there.
fn others_agree(house: &House) {
    if let Some(output) = python("cross_check/proof.py", &[&house.folder.path().to_string_lossy()]) {
        succeeded(&output);
        eprint!("{}", String::from_utf8_lossy(&output.stdout));
    }
    go_agrees(house);
}

/// Go's own packages, where Debian's are installed.
fn go_agrees(house: &House) {
    let packages = "/usr/share/gocode";
    if !Path::new(packages).join("src/golang.org/x/mod/sumdb").exists() {
        eprintln!(
            "SKIPPED: proof.go needs Go, and golang.org/x/mod in {packages} (golang-go, golang-golang-x-mod-dev)"
        );
        return;
    }
    let output = Command::new("go")
        .args([
            "run",
            &script("cross_check/proof.go").to_string_lossy(),
            &house.folder.path().to_string_lossy(),
        ])
        .env("GOPATH", packages)
        .env("GO111MODULE", "off")
        .env("GOCACHE", house.path("go-cache"))
        .env("GOFLAGS", "")
        .output()
        .unwrap();
    succeeded(&output);
    eprint!("{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn the_answer_whether_somebody_may_be_addressed_is_proved_to_who_was_not_there() {
    let house = House::new();
    let server = house.serve();
    house.company(&server);
    let given = consent(&server);
    let last = given["position"].as_u64().unwrap();
    house.take_away(&server, last);
    let contacts = [given["contact_id"].as_str().unwrap(), "contact_00000000000000000000000000"];
    let about = ["--purpose", "newsletter", "--channel", "email", "--with-proof", "--json"];
    let decisions = server.json(&[&["check-consent"][..], &contacts, &about].concat())["decisions"].clone();
    house.take_tiles_away(&server, last);
    server.terminate();

    let (allowed, unknown) = (&decisions[0], &decisions[1]);
    assert_eq!((&allowed["verdict"], &allowed["position_of_event"]), (&"allowed".into(), &given["position"]));
    assert_eq!((&unknown["verdict"], &unknown["proof"]), (&"contact_unknown".into(), &Value::Null));
    fs::write(house.path("proof"), allowed["proof"].as_str().unwrap()).unwrap();
    let shown = house.verify(&["--json"]);
    succeeded(&shown);
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown["event"]["event_id"], allowed["event_id"], "the proof is of the event that decides");
    others_agree(&house);
}

#[test]
fn a_proof_is_refused_with_another_key_other_data_or_a_change() {
    let house = House::new();
    let server = house.serve();
    let last = house.company(&server);
    house.take_away(&server, last);
    server.terminate();
    succeeded(&house.verify(&[]));

    fs::write(house.path("data.json"), "{}").unwrap();
    let other_data = house.verify(&["--event", &house.text("data.json")]);
    assert_eq!(other_data.status.code(), Some(UNPROVED));
    assert!(String::from_utf8_lossy(&other_data.stderr).contains("data.json"));

    let proof = fs::read_to_string(house.path("proof")).unwrap();
    fs::write(house.path("proof"), proof.replacen("index ", "index 1", 1)).unwrap();
    assert_eq!(house.verify(&[]).status.code(), Some(UNPROVED));
    fs::write(house.path("proof"), proof).unwrap();

    let elsewhere = House::new();
    let server = elsewhere.serve();
    let last = elsewhere.company(&server);
    elsewhere.take_away(&server, last);
    server.terminate();
    fs::copy(elsewhere.path("key"), house.path("key")).unwrap();
    let other_key = house.verify(&[]);
    assert_eq!(other_key.status.code(), Some(UNPROVED));
    assert!(String::from_utf8_lossy(&other_key.stderr).contains("no signature of this key"));
}

#[test]
fn an_event_that_is_rewritten_in_the_log_is_named_by_the_check_and_by_the_next_checkpoint() {
    let house = House::new();
    let server = house.serve();
    house.company(&server);
    let position = consent(&server)["position"].as_u64().unwrap();
    facts(&server, "later", position);
    signed(&server, position + 3);
    server.terminate();
    assert_eq!(house.check().0, Some(0));

    let log = house.text("data/log.db");
    let rewrite = [&log, &position.to_string(), "checkbox", "double_opt_in"];
    let Some(rewritten) = python("tampering/rewrite_event.py", &rewrite) else { return };
    succeeded(&rewritten);

    let (code, report) = house.check();
    assert_eq!(code, Some(DAMAGED));
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings[0]["from_position"], position, "{findings:#?}");
    assert!(findings[0]["what"].as_str().unwrap().contains("not the event that was recorded"));
    assert!(findings[1]["what"].as_str().unwrap().contains("not those that a checkpoint"));
    assert_eq!(findings.len(), 2);

    let server = house.serve();
    let refused = loop {
        let checkpoint = server.json(&["audit", "checkpoint", "--json"]);
        if !checkpoint["refusal"].is_null() {
            break checkpoint;
        }
    };
    assert!(refused["refusal"].as_str().unwrap().contains(&format!("position {position} ")), "{refused}");
    let prove = server.run(&["audit", "prove", &position.to_string()]);
    assert!(String::from_utf8_lossy(&prove.stderr).contains("EVENT_REWRITTEN"));
    server.terminate();
}

#[test]
fn a_log_that_was_restored_from_an_older_backup_is_signed_only_as_a_declared_fork() {
    let house = House::new();
    let server = house.serve();
    let early = house.company(&server);
    signed(&server, early);
    succeeded(&run(&["backup", &house.text("backup"), "--data-dir", &house.text("data")]));
    let last = facts(&server, "later", early);
    house.take_away(&server, last);
    let before = signed(&server, last);
    server.terminate();

    fs::remove_dir_all(house.path("data")).unwrap();
    let root_key = house.text("data.root-key");
    succeeded(&run(&[
        "restore",
        &house.text("backup"),
        "--data-dir",
        &house.text("data"),
        "--root-key",
        &root_key,
    ]));
    let (code, report) = house.check();
    assert_eq!(code, Some(DAMAGED));
    assert!(report["findings"][0]["to_do"].as_str().unwrap().contains("declare-fork"), "{report:#}");

    let server = house.serve();
    let refused = signed(&server, u64::MAX);
    assert_eq!((&refused["size"], &refused["checkpoint"]), (&before["size"], &before["checkpoint"]));
    let said = refused["refusal"].as_str().unwrap();
    assert!(
        said.contains(&format!("{early} events")) && said.contains("rapport audit declare-fork"),
        "{said}"
    );
    // It goes on, with other events, and comes to as many.
    let other = facts(&server, "other", early);
    assert_eq!(other, last);
    let prove = server.run(&["audit", "prove", &other.to_string()]);
    assert!(String::from_utf8_lossy(&prove.stderr).contains("CHECKPOINT_REFUSED"));

    let fork = server.json(&["audit", "declare-fork", "--reason", "a disk failed", "--json"]);
    assert_eq!(fork["origin"], "crm.example/log/fork-1");
    let written = server.run(&["replay", "--json", "--from", &(other + 1).to_string()]);
    assert!(String::from_utf8_lossy(&written.stdout).contains("transparency.fork_declared.v1"));
    // What was proved of the older history stays proved, with its key; the new one has a key of its own.
    succeeded(&house.verify(&[]));
    let older_key = house.key();
    house.take_away(&server, other);
    assert_ne!(house.key(), older_key);
    succeeded(&house.verify(&[]));
    let again = server.run(&["audit", "declare-fork", "--reason", "again"]);
    assert!(String::from_utf8_lossy(&again.stderr).contains("FORK_UNFOUNDED"));
    server.terminate();
    assert_eq!(house.check().0, Some(0));
}

/// Three facts of another service; position of the last.
fn facts(server: &Process, name: &str, after: u64) -> u64 {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let clients = Clients::connect(&server.gateway).await;
        let mut last = after;
        for number in 0..3 {
            let fact = fact(&format!("{name}{number}"), "x_orders-1", "{}");
            let appended = clients.history().append_events(fact).await.unwrap().into_inner();
            last = appended.receipt.unwrap().position;
        }
        last
    })
}

#[test]
fn what_cannot_be_proved_is_refused_with_the_reason() {
    let house = House::new();
    let server = house.serve();
    let last = house.company(&server);
    for (arguments, reason) in [
        (["audit", "prove", "0"].as_slice(), "REQUEST_INVALID"),
        (&["audit", "prove", "999999"], "EVENT_NOT_FOUND"),
        (&["audit", "consistency", "--from", "1", "--to", "999999"], "TREE_TOO_SMALL"),
        (&["audit", "declare-fork", "--reason", "why not"], "FORK_UNFOUNDED"),
    ] {
        let output = server.run(arguments);
        assert!(String::from_utf8_lossy(&output.stderr).contains(reason), "{arguments:?}");
    }
    let proof = server.json(&["audit", "consistency", "--from", "1", "--to", &last.to_string(), "--json"]);
    assert_eq!(proof["to_size"], last);
    server.terminate();
}
