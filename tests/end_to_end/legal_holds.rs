//! A matter that is pending keeps a person's data, whatever two people say; once it is over the erasure goes on.

use std::path::Path;

use rapport_proto::v1 as wire;
use rapport_tests::ask::{header, reason};
use rapport_tests::{Process, World};

use crate::erasure::{approve, asked, by, fulfil};

fn place(request_id: &str, contact_id: &str) -> wire::PlaceLegalHoldRequest {
    wire::PlaceLegalHoldRequest {
        header: header(request_id),
        contact_id: contact_id.to_owned(),
        matter: "case_2026_17".to_owned(),
        reason: "a claim is pending".to_owned(),
        until: "2999-12-31".to_owned(),
    }
}

#[tokio::test]
async fn an_erasure_that_two_people_want_waits_for_the_end_of_a_legal_hold() {
    let world = World::start().await;
    let (contact_id, id) = asked(&world, wire::SubjectRight::Erasure).await;
    world.subject_requests().approve_subject_request(by("user:bob", approve("h1", &id))).await.unwrap();
    world.contacts().place_legal_hold(by("user:eve", place("h2", &contact_id))).await.unwrap();

    let held = world.subject_requests().fulfil_subject_request(by("user:bob", fulfil("h3", &id, ""))).await;
    let held = held.unwrap_err();
    assert_eq!(reason(&held), "CONTACT_ON_LEGAL_HOLD");
    assert!(held.message().contains("case_2026_17"), "{}", held.message());
    let list = || wire::ListLegalHoldsRequest { contact_id: contact_id.clone() };
    let holds = world.contacts().list_legal_holds(list()).await.unwrap().into_inner().legal_holds;
    let placed_by = Some(wire::Actor { kind: "user".to_owned(), id: "eve".to_owned() });
    let (matter, why) = ("case_2026_17".to_owned(), "a claim is pending".to_owned());
    let until = "2999-12-31".to_owned();
    assert_eq!(
        holds,
        [wire::LegalHold { matter: matter.clone(), reason: why, until, placed_by, stands: true }]
    );

    let release = wire::ReleaseLegalHoldRequest {
        header: header("h4"),
        contact_id: contact_id.clone(),
        matter,
        reason: "settled".to_owned(),
    };
    world.contacts().release_legal_hold(by("user:eve", release)).await.unwrap();
    let holds = world.contacts().list_legal_holds(list()).await.unwrap().into_inner().legal_holds;
    assert_eq!(holds, []);
    let done = world.subject_requests().fulfil_subject_request(by("user:bob", fulfil("h5", &id, ""))).await;
    let done = done.unwrap().into_inner().subject_request.unwrap();
    assert_eq!(done.certificate.map(|certificate| certificate.key_ids.len()), Some(3));
    let late = world.contacts().place_legal_hold(place("h6", &contact_id)).await.unwrap_err();
    assert_eq!(reason(&late), "CONTACT_ERASED");
}

#[test]
fn a_hold_is_placed_listed_and_released_on_the_command_line_and_stands_in_the_timeline() {
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_rapport-under-test"));
    let server = Process::serve(program, &folder.path().join("data"), &[]).unwrap();
    let contact_id = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let clients = rapport_tests::Clients::connect(&server.gateway).await;
        let register = rapport_tests::ask::person("r1", "Ann");
        clients.contacts().register_contact(register).await.unwrap().into_inner().contact_id
    });
    let hold = |arguments: &[&str]| {
        let all = [&["legal-hold"], arguments, &["--actor", "user:eve", "--json"]].concat();
        server.json(&all)["legal_holds"].clone()
    };
    let placed = hold(&[
        "place",
        &contact_id,
        "--matter",
        "case_1",
        "--reason",
        "a claim is pending",
        "--until",
        "2020-01-31",
    ]);
    assert_eq!(placed[0]["stands"], false, "its last day is over: {placed}");
    let longer = hold(&["place", &contact_id, "--matter", "case_1", "--reason", "a claim is pending"]);
    assert_eq!((&longer[0]["stands"], &longer[0]["until"]), (&true.into(), &serde_json::Value::Null));
    assert_eq!(hold(&["list", &contact_id]), longer);
    assert_eq!(
        hold(&["release", &contact_id, "--matter", "case_1", "--reason", "settled"]),
        serde_json::json!([])
    );
    let unknown = server.run(&["legal-hold", "release", &contact_id, "--matter", "case_2", "--reason", "x"]);
    assert_eq!(unknown.status.code(), Some(3));

    let told = server.json(&["timeline", &contact_id, "--json"]);
    let told: Vec<&str> = told["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["description"].as_str())
        .collect();
    assert_eq!(
        told[..3],
        [
            "legal hold for case_1 released: settled",
            "legal hold for case_1: a claim is pending",
            "legal hold for case_1 until 2020-01-31: a claim is pending",
        ]
    );
}
