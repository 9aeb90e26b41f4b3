//! What an auditor takes away by what they have in hand: the id of an event, or a person.

use std::collections::BTreeSet;
use std::fs;

use rapport_tests::ask::refused_fields;
use rapport_tests::company::populate;
use rapport_tests::{Clients, Process};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::audit::{program, run, succeeded};

/// Exit code of what is not there.
const NOT_FOUND: i32 = 3;

/// Events of the log, with more conditions.
fn replayed(server: &Process, conditions: &[&str]) -> Vec<Value> {
    let output = server.run(&[&["replay", "--json"], conditions].concat());
    succeeded(&output);
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn served() -> (tempfile::TempDir, Process) {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::serve(program(), folder.path().join("data").as_path(), &[]).unwrap();
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async { populate(&Clients::connect(&server.gateway).await).await });
    (folder, server)
}

fn verified(server: &Process, proof: &str) -> Value {
    let key = server.json(&["audit", "key", "--json"])["verifier_key"].as_str().unwrap().to_owned();
    let output = run(&["verify", proof, "--key", &key, "--json"]);
    succeeded(&output);
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn an_event_is_proved_by_its_id_as_by_its_position() {
    let (folder, server) = served();
    let event = replayed(&server, &["--type", "contact.registered.v1"]).remove(1);
    let (id, position) = (event["id"].as_str().unwrap(), event["position"].to_string());

    let told = server.json(&["audit", "prove", "--event-id", id, "--json"]);
    assert_eq!(told["position"].to_string(), position);
    let file = folder.path().join("by-id.tlog-proof");
    let file = file.to_str().unwrap();
    succeeded(&server.run(&["audit", "prove", "--event-id", id, "--out", file]));
    let shown = verified(&server, file);
    assert_eq!(shown["event"]["event_id"], id);
    assert_eq!(shown["event"]["stream"], event["stream"]);
}

#[test]
fn an_id_that_no_event_has_and_an_event_that_is_named_twice_are_refused() {
    let (_folder, server) = served();
    let unknown = server.run(&["audit", "prove", "--event-id", "00000000-0000-4000-8000-000000000000"]);
    assert_eq!(unknown.status.code(), Some(NOT_FOUND), "{}", String::from_utf8_lossy(&unknown.stderr));
    let malformed = server.run(&["audit", "prove", "--event-id", "consent"]);
    assert!(String::from_utf8_lossy(&malformed.stderr).contains("event_id"), "{malformed:?}");
    let runtime = Runtime::new().unwrap();
    let twice = runtime.block_on(async {
        let request = rapport_proto::v1::GetProofRequest {
            position: 1,
            event_id: "00000000-0000-4000-8000-000000000000".to_owned(),
            cosigned: false,
        };
        Clients::connect(&server.gateway).await.audit().get_proof(request).await.unwrap_err()
    });
    assert_eq!(twice.code(), tonic::Code::InvalidArgument);
    assert_eq!(refused_fields(&twice), ["event_id"]);
}

#[test]
fn everything_that_happened_with_a_contact_is_proved_in_one_go() {
    let (folder, server) = served();
    let registered = replayed(&server, &["--type", "contact.registered.v1"]).remove(0);
    let contact = registered["stream"].as_str().unwrap().strip_prefix("contact-").unwrap().to_owned();
    let events = replayed(&server, &["--contact", &contact]);
    let proofs = folder.path().join("proofs");

    let told =
        server.json(&["audit", "prove", "--contact", &contact, "--out", proofs.to_str().unwrap(), "--json"]);
    assert_eq!(told["proofs"], events.len());

    let mut proved = BTreeSet::new();
    for file in fs::read_dir(&proofs).unwrap() {
        let shown = verified(&server, file.unwrap().path().to_str().unwrap());
        proved.insert(shown["event"]["event_id"].as_str().unwrap().to_owned());
    }
    let ids: BTreeSet<String> = events.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect();
    assert!(ids.len() > 1);
    assert_eq!(proved, ids);
}
