//! Backup and restore, as an operator does it: while the server is written to, with a run that is killed, until the data
//! is gone and back again.

mod refusals;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use rapport_proto::v1 as wire;
use rapport_tests::ask::{call, header, person};
use rapport_tests::company::{answers, populate};
use rapport_tests::{Clients, Process};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_rapport-under-test"))
}

/// A server on a directory, and a place for its backup.
struct House {
    folder: TempDir,
    runtime: Runtime,
}

impl House {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), runtime: Runtime::new().unwrap() }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn serve(&self) -> Process {
        Process::serve(program(), Path::new(&self.path("data")), &[]).unwrap()
    }

    fn backup(&self) -> Value {
        done(&["backup", &self.path("backup"), "--data-dir", &self.path("data"), "--json"])
    }

    fn restore(&self) -> Output {
        let (backup, data) = (self.path("backup"), self.path("data"));
        run(&["restore", &backup, "--data-dir", &data, "--root-key", &self.root_key(), "--json"])
    }

    fn root_key(&self) -> String {
        self.path("data.root-key")
    }

    fn clients(&self, server: &Process) -> Clients {
        self.runtime.block_on(Clients::connect(&server.gateway))
    }

    /// A served company, stopped again.
    fn company(&self) -> u64 {
        let server = self.serve();
        let (_, last) = self.runtime.block_on(populate(&self.clients(&server)));
        server.terminate();
        last
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.args(arguments).env("RAPPORT_LOG", "warn").stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn done(arguments: &[&str]) -> Value {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// How a command ended, and what it complained of.
fn refused(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Writes until it is told to stop.
struct Load {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<u64>,
}

impl Load {
    fn on(server: &Process) -> Self {
        let (stop, gateway) = (Arc::new(AtomicBool::new(false)), server.gateway.clone());
        let told = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            Runtime::new().unwrap().block_on(async {
                let clients = Clients::connect(&gateway).await;
                let mut written = 0;
                while !told.load(Ordering::Relaxed) {
                    write(&clients, written).await;
                    written += 1;
                }
                written
            })
        });
        Self { stop, thread }
    }

    fn end(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

/// A contact, what was talked about, and a consent taken back.
async fn write(clients: &Clients, number: u64) {
    let ann = person(&format!("load-{number}"), &format!("Ann {number}"));
    let contact_id = clients.contacts().register_contact(ann).await.unwrap().into_inner().contact_id;
    let talk = call(&format!("load-i{number}"), &contact_id, "hello");
    clients.interactions().record_interaction(talk).await.unwrap();
    let withdrawn = wire::WithdrawConsentRequest {
        jurisdiction: None,
        header: header(&format!("load-w{number}")),
        contact_id,
        purpose: "newsletter".to_owned(),
        channel: wire::ConsentChannel::Email.into(),
        method: wire::ConsentMethod::Button.into(),
        evidence: Some(wire::ConsentEvidence { form_url: "here".to_owned(), ..Default::default() }),
    };
    clients.consents().withdraw_consent(withdrawn).await.unwrap();
}

/// A run that is killed as soon as it has begun to write.
fn killed_backup(house: &House) {
    let (target, data) = (house.path("backup"), house.path("data"));
    let mut backup =
        command(&["backup", &target, "--data-dir", &data]).stderr(Stdio::null()).spawn().unwrap();
    let log = PathBuf::from(target).join("log.db");
    while !log.exists() && backup.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    // It may have come to its end by now.
    let _ = backup.kill();
    backup.wait().unwrap();
}

/// The log up to a position, with every personal field open.
fn history(server: &Process, to: u64) -> Vec<u8> {
    let output =
        server.run(&["--actor", "service:tests", "replay", "--json", "--open", "--to", &to.to_string()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn consents(server: &Process, contacts: &[String], position: u64) -> Vec<Value> {
    let position = position.to_string();
    let of = |id: &String| {
        server.json(&[
            "consent",
            id,
            "--trail",
            "--json",
            "--valid-at",
            "2030-01-01",
            "--min-position",
            &position,
        ])
    };
    contacts.iter().map(of).collect()
}

#[test]
fn what_is_backed_up_under_load_comes_back_with_the_same_head_and_the_same_answers() {
    let house = House::new();
    let server = house.serve();
    let (mut contacts, _) = house.runtime.block_on(populate(&house.clients(&server)));
    let load = Load::on(&server);
    killed_backup(&house);
    let under_load = house.backup()["backup"]["log"]["head"].as_u64().unwrap();
    assert!(load.end() > 0);

    // The state that was backed up in the middle of it all.
    let history_then = history(&server, under_load);
    let restored = house.path("restored");
    let arguments = [
        "restore",
        &house.path("backup"),
        "--data-dir",
        &restored,
        "--root-key",
        &house.root_key(),
        "--json",
    ];
    assert_eq!(done(&arguments)["backup"]["log"]["head"], under_load);
    let copy = Process::serve(program(), Path::new(&restored), &["--root-key", &house.root_key()]).unwrap();
    assert_eq!(
        history(&copy, u64::MAX >> 1),
        history_then,
        "same head, same events, every sealed field opens"
    );
    copy.terminate();

    // The state that everything ended in.
    let last = house.backup();
    let head = last["backup"]["log"]["head"].as_u64().unwrap();
    assert_eq!(last["events_added"].as_u64().unwrap(), head - under_load);
    contacts.extend(registered(&server));
    let before = house.runtime.block_on(answers(&house.clients(&server), &contacts, head));
    let (consents_before, history_before) = (consents(&server, &contacts, head), history(&server, head));
    server.kill();
    fs::remove_dir_all(house.path("data")).unwrap();

    let report: Value = serde_json::from_slice(&house.restore().stdout).unwrap();
    assert_eq!(
        (&report["checked"]["good"], &report["checked"]["keys"]["tried"]),
        (&true.into(), &true.into())
    );
    let server = house.serve();
    assert_eq!(history(&server, u64::MAX >> 1), history_before);
    assert!(house.runtime.block_on(answers(&house.clients(&server), &contacts, head)) == before);
    assert_eq!(consents(&server, &contacts, head), consents_before);
    house.runtime.block_on(write(&house.clients(&server), 0));
    assert_eq!(history(&server, u64::MAX >> 1), history_before, "a retry is known, and changes nothing");
    server.terminate();
    assert_eq!(done(&["check", &house.path("data"), "--json"])["log"]["head"], head);
}

/// Contacts that the load has registered, some of them.
fn registered(server: &Process) -> Vec<String> {
    let list = server.json(&["contact", "list", "--limit", "20", "--json"]);
    let contacts = list["contacts"].as_array().unwrap();
    contacts.iter().map(|contact| contact["contact_id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_check_ends_with_seven_and_names_file_and_position_where_something_is_damaged() {
    let house = House::new();
    let head = house.company();
    let good = done(&["check", &house.path("data"), "--json"]);
    assert_eq!((&good["good"], &good["log"]["events"]), (&true.into(), &head.into()));
    assert_eq!(good["read_models"].as_array().unwrap().len(), 13);

    let log = Path::new(&house.path("data")).join("log.db");
    let mut bytes = fs::read(&log).unwrap();
    let place = in_a_live_event(&bytes);
    bytes[place] ^= 1;
    fs::write(&log, bytes).unwrap();
    let output = run(&["check", &house.path("data"), "--json"]);
    assert_eq!(output.status.code(), Some(7));
    let damaged: Value = serde_json::from_slice(&output.stdout).unwrap();
    let finding = &damaged["findings"][0];
    assert_eq!(finding["file"], "log.db");
    assert!(
        finding["from_position"].as_u64().is_some_and(|position| (1..=head).contains(&position)),
        "{finding}"
    );
    assert!(finding["to_do"].as_str().unwrap().contains("rapport restore"), "{finding}");
}

#[test]
fn a_check_looks_through_the_snapshots_too() {
    let house = House::new();
    house.company();
    let file = "read/snapshots/timeline.v1.000000000000/00000000000000000007.0000abcd.db";
    let path = Path::new(&house.path("data")).join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "half of a copy").unwrap();
    let output = run(&["check", &house.path("data"), "--json"]);
    assert_eq!(output.status.code(), Some(7));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["snapshots"], serde_json::json!([{"file": file, "position": null}]));
    let [finding] = &report["findings"].as_array().unwrap()[..] else { panic!("one finding: {report}") };
    assert_eq!(finding["file"], file);
    assert!(finding["what"].as_str().unwrap().contains("it is damaged"), "{finding}");
    assert!(finding["to_do"].as_str().unwrap().contains("delete the file"), "{finding}");
    fs::remove_file(&path).unwrap();
    assert_eq!(done(&["check", &house.path("data"), "--json"])["good"], true);
}

#[test]
fn a_log_that_is_lost_is_not_made_anew() {
    let house = House::new();
    let head = house.company();
    house.backup();
    let data = PathBuf::from(house.path("data"));
    fs::remove_file(data.join("log.db")).unwrap();
    let complaint = Process::serve(program(), &data, &[]).err().unwrap();
    assert!(complaint.contains("log.db is gone"), "{complaint}");
    assert!(!data.join("log.db").exists());
    assert_eq!(run(&["check", data.to_str().unwrap()]).status.code(), Some(7));

    let (code, complaint) = refused(&house.restore());
    assert_eq!(code, Some(2), "a restore goes over nothing");
    assert!(complaint.contains("is not empty"), "{complaint}");
    fs::remove_dir_all(&data).unwrap();
    assert!(house.restore().status.success());
    let server = house.serve();
    assert_eq!(server.json(&["projections", "list", "--json"])["projections"][0]["head"], head);
    server.terminate();
}

/// Into the last one: earlier ones may be left from a page that was split.
fn in_a_live_event(log: &[u8]) -> usize {
    log.windows(16).rposition(|window| window == b"\"payload_sha256\"").unwrap() + 25
}

#[test]
fn the_keys_alone_are_backed_up_where_events_are_kept_elsewhere() {
    let house = House::new();
    house.company();
    let (keys, data) = (house.path("keys"), house.path("data"));
    let taken = done(&["backup", &keys, "--data-dir", &data, "--keys-only", "--json"]);
    assert_eq!(taken["backup"]["log"], Value::Null);
    assert!(taken["backup"]["keys"]["live"].as_u64().is_some_and(|live| live > 0));
    let restored = house.path("restored");
    done(&["restore", &keys, "--data-dir", &restored, "--root-key", &house.root_key(), "--json"]);
    let names: Vec<_> = fs::read_dir(&restored).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["vault.db"]);
}

#[test]
fn what_is_restored_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let house = House::new();
    house.company();
    house.backup();
    fs::remove_dir_all(house.path("data")).unwrap();
    assert!(house.restore().status.success());
    assert_eq!(fs::metadata(house.path("data")).unwrap().permissions().mode() & 0o777, 0o700);
}
