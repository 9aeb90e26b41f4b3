//! Somebody is erased while the house is at work: no byte of theirs is left anywhere, and every proof still holds.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use rapport_proto::v1 as wire;
use rapport_tests::ask::{call, email, header, person};
use rapport_tests::{Clients, Process, http};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::audit::{python, signed};

/// Stands in everything that is personal of the one who is erased, and nowhere else.
pub(crate) const CANARY: &str = "zz-canary-01kb4t7q8v";

pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_rapport-under-test"))
}

/// A house with everything that keeps data: the server's folders, its log of what it does, exports and a backup.
pub(crate) struct House {
    pub(crate) folder: TempDir,
    runtime: Runtime,
    pub(crate) server: Process,
}

impl House {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let checkpoints = folder.path().join("checkpoints").to_str().unwrap().to_owned();
        let told = [("RAPPORT_LOG", "debug".into())];
        let server = Process::serve_in(program(), &data, &["--checkpoint-dir", &checkpoints], &told).unwrap();
        Self { folder, runtime: Runtime::new().unwrap(), server }
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Runs a command that succeeds.
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let output = self.server.run(arguments);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?} ended with {}: {complaint}", output.status);
        String::from_utf8(output.stdout).unwrap()
    }

    /// A customer whose name, address, words and evidence all hold the canary; and where their consent stands in the log.
    pub(crate) fn register(&self) -> (String, u64) {
        self.runtime.block_on(async {
            let clients = Clients::connect(&self.server.gateway).await;
            let contact_points = vec![email(&format!("{CANARY}@example.com"))];
            let register = wire::RegisterContactRequest { contact_points, ..person("c1", CANARY) };
            let contact_id =
                clients.contacts().register_contact(register).await.unwrap().into_inner().contact_id;
            let said = call("c2", &contact_id, &format!("calls herself {CANARY}"));
            clients.interactions().record_interaction(said).await.unwrap();
            let notice =
                wire::ConsentNotice { id: "n".to_owned(), version: "1".to_owned(), ..Default::default() };
            let evidence =
                wire::ConsentEvidence { form_url: format!("/form/{CANARY}"), ..Default::default() };
            let consent = wire::GiveConsentRequest {
                header: header("c3"),
                contact_id: contact_id.clone(),
                purpose: "newsletter".to_owned(),
                channel: wire::ConsentChannel::Email.into(),
                notice: Some(notice),
                method: wire::ConsentMethod::ApiImport.into(),
                evidence: Some(evidence),
                ..Default::default()
            };
            let given = clients.consents().give_consent(consent).await.unwrap().into_inner();
            (contact_id, given.receipt.unwrap().position)
        })
    }

    /// Somebody else, who calls all the while, until it is told to stop; hands over how often.
    pub(crate) fn load(&self, stop: &Arc<AtomicBool>) -> JoinHandle<usize> {
        let (stop, gateway) = (Arc::clone(stop), self.server.gateway.clone());
        thread::spawn(move || {
            Runtime::new().unwrap().block_on(async {
                let clients = Clients::connect(&gateway).await;
                let other = clients.contacts().register_contact(person("l", "Bob")).await.unwrap();
                let other = other.into_inner().contact_id;
                let mut calls = 0;
                while !stop.load(Ordering::Relaxed) {
                    let said = call(&format!("l{calls}"), &other, "calls again");
                    clients.interactions().record_interaction(said).await.unwrap();
                    calls += 1;
                }
                calls
            })
        })
    }

    /// Two people erase somebody; hands over the certificate.
    pub(crate) fn erase(&self, contact_id: &str) -> Value {
        let request =
            |arguments: &[&str]| self.server.json(&[&["subject-request"], arguments, &["--json"]].concat());
        let received = request(&[
            "receive", contact_id, "--right", "erasure", "--ground", "17(1)(b)", "--actor", "user:ann",
        ]);
        let id = received["subject_request_id"].as_str().unwrap().to_owned();
        request(&["approve", &id, "--actor", "user:bob"]);
        request(&["fulfil", &id, "--actor", "user:bob"])
    }

    /// Writes down all that leaves the house: metrics, the log and every read model as tables.
    fn hand_out(&self, to: &str) {
        fs::create_dir(self.path(to)).unwrap();
        let file = |name: &str| self.path(&format!("{to}/{name}"));
        fs::write(file("metrics"), http::get(&self.server.operations, "/metrics")).unwrap();
        self.done(&["export", "--events", "--to", &file("events.ndjson")]);
        self.done(&["export", "--events", "--format", "parquet", "--to", &file("events.parquet")]);
        for model in ["directory", "timeline", "consent", "subscriptions", "pipeline", "churn"] {
            self.done(&["export", "--model", model, "--to", &file(model)]);
        }
    }
}

/// In which files of a folder a text of bytes stands.
pub(crate) fn places(folder: &TempDir, needle: &[u8]) -> Vec<String> {
    let mut places = Vec::new();
    let mut folders = vec![folder.path().to_path_buf()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if fs::read(&path).unwrap().windows(needle.len()).any(|bytes| bytes == needle) {
                places.push(path.strip_prefix(folder.path()).unwrap().display().to_string());
            }
        }
    }
    places.sort();
    places
}

fn from_hex(line: &str) -> Vec<u8> {
    let digits: Vec<u32> = line.chars().map(|digit| digit.to_digit(16).unwrap()).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
}

#[test]
fn no_byte_of_who_is_erased_is_left_and_the_proof_of_their_consent_still_holds() {
    let house = House::new();
    let (contact_id, consent) = house.register();
    let stop = Arc::new(AtomicBool::new(false));
    let load = house.load(&stop);

    let (proof, key, opened) =
        (house.path("consent.proof"), house.done(&["audit", "key"]), house.path("opened"));
    signed(&house.server, consent + 1);
    house.done(&["audit", "prove", &consent.to_string(), "--out", &proof]);
    house.done(&["export", "--events", "--open-personal", "--to", &opened]);
    assert_eq!(
        places(&house.folder, CANARY.as_bytes()),
        ["opened"],
        "in clear where it was asked for in clear"
    );
    fs::remove_file(opened).unwrap();
    let secrets = python("cross_check/keys_of_contact.py", &[&house.path("data"), &contact_id]);
    let secrets: Vec<Vec<u8>> = secrets
        .map(|output| String::from_utf8(output.stdout).unwrap().lines().map(from_hex).collect())
        .unwrap_or_default();
    assert!(secrets.iter().all(|secret| !places(&house.folder, secret).is_empty()), "they are there before");

    let closed = house.erase(&contact_id);

    stop.store(true, Ordering::Relaxed);
    assert!(load.join().unwrap() > 0, "the house was at work");
    house.hand_out("handed-out");
    house.done(&["backup", &house.path("backup"), "--data-dir", &house.path("data")]);
    let verified = house.done(&["verify", &proof, "--key", key.trim()]);
    let House { folder, server, .. } = house;
    fs::write(folder.path().join("server.log"), server.terminate()).unwrap();
    let certificate = &closed["certificate"];
    assert_eq!(certificate["key_ids"].as_array().map(Vec::len), Some(3), "{closed:#}");
    assert_eq!(certificate["fields_probed"], 4, "{closed:#}");
    assert!(verified.contains(&format!("consent-{contact_id}, revision 0")), "{verified}");
    for gone in [vec![CANARY.as_bytes().to_vec()], secrets].concat() {
        assert_eq!(places(&folder, &gone), Vec::<String>::new());
    }
}
