//! A matter that is pending keeps a person's data, whatever two people say; once it is over the erasure goes on.

use std::path::Path;

use rapport_proto::v1 as wire;
use rapport_tests::ask::{header, reason};
use rapport_tests::{Process, World};

use crate::access::{keys_of_people, proved};
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
        [wire::LegalHold {
            matter: matter.clone(),
            reason: why,
            until,
            placed_by,
            stands: true,
            ..Default::default()
        }]
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

#[tokio::test]
async fn a_hold_is_released_by_two_people_and_by_one_alone_only_where_a_policy_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start_with_api_keys(keys_of_people(&folder, &["eve", "bob"], "privacy_officer")).await;
    let mut contacts = world.contacts();
    let register = proved("eve", rapport_tests::ask::person("r1", "Ann"));
    let contact_id = contacts.register_contact(register).await.unwrap().into_inner().contact_id;
    contacts.place_legal_hold(proved("eve", place("h1", &contact_id))).await.unwrap();
    let propose = |request_id: &str| wire::ProposeLegalHoldReleaseRequest {
        header: header(request_id),
        contact_id: contact_id.clone(),
        matter: "case_2026_17".to_owned(),
        reason: "settled".to_owned(),
    };
    let approve = |request_id: &str| wire::ApproveLegalHoldReleaseRequest {
        header: header(request_id),
        contact_id: contact_id.clone(),
        matter: "case_2026_17".to_owned(),
    };
    let list = || wire::ListLegalHoldsRequest { contact_id: contact_id.clone() };

    let alone = wire::ReleaseLegalHoldRequest {
        header: header("h2"),
        contact_id: contact_id.clone(),
        matter: "case_2026_17".to_owned(),
        reason: "settled".to_owned(),
    };
    let refused = contacts.release_legal_hold(proved("eve", alone)).await.unwrap_err();
    assert_eq!(reason(&refused), "PERMISSION_MISSING");
    let refused = contacts.approve_legal_hold_release(proved("bob", approve("h3"))).await.unwrap_err();
    assert_eq!(reason(&refused), "LEGAL_HOLD_RELEASE_NOT_PROPOSED");
    contacts.propose_legal_hold_release(proved("eve", propose("h4"))).await.unwrap();
    let refused = contacts.approve_legal_hold_release(proved("eve", approve("h5"))).await.unwrap_err();
    assert_eq!(reason(&refused), "LEGAL_HOLD_SAME_ACTOR");
    let holds = contacts.list_legal_holds(proved("bob", list())).await.unwrap().into_inner().legal_holds;
    let proposed_by = holds[0].release_proposed_by.clone().unwrap();
    let hold = (holds[0].stands, proposed_by.id.as_str(), holds[0].release_reason.as_str());
    assert_eq!(hold, (true, "eve", "settled"));

    contacts.approve_legal_hold_release(proved("bob", approve("h6"))).await.unwrap();

    let holds = contacts.list_legal_holds(proved("bob", list())).await.unwrap().into_inner().legal_holds;
    assert_eq!(holds, []);
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
    assert_eq!(
        hold(&["place", &contact_id, "--matter", "case_1", "--reason", "an appeal"])[0]["stands"],
        true
    );
    let proposed = hold(&["propose-release", &contact_id, "--matter", "case_1", "--reason", "settled again"]);
    assert_eq!(proposed[0]["release_reason"], "settled again");
    let mine = server.run(&[
        "legal-hold",
        "approve-release",
        &contact_id,
        "--matter",
        "case_1",
        "--actor",
        "user:eve",
    ]);
    assert_eq!(mine.status.code(), Some(4), "{}", String::from_utf8_lossy(&mine.stderr));
    let approve =
        ["legal-hold", "approve-release", &contact_id, "--matter", "case_1", "--actor", "user:bob", "--json"];
    assert_eq!(server.json(&approve)["legal_holds"], serde_json::json!([]));
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
        told[..6],
        [
            "legal hold for case_1 released: settled again",
            "release of the legal hold for case_1 proposed: settled again",
            "legal hold for case_1: an appeal",
            "legal hold for case_1 released: settled",
            "legal hold for case_1: a claim is pending",
            "legal hold for case_1 until 2020-01-31: a claim is pending",
        ]
    );
}
