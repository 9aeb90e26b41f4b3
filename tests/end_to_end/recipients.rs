//! Whom a person's data went out to is told when it is set right or erased, or it stays open; and the person is told who they are.

use futures::TryStreamExt as _;
use rapport_proto::v1 as wire;
use rapport_tests::ask::{after, header, person, reason};
use rapport_tests::{Clients, Process, World};
use serde_json::json;
use tokio::runtime::Runtime;
use wire::NotificationStatus as Notified;
use wire::query_header::AsOf;

use crate::audit::program;
use crate::erasure::{approve, asked, by, fulfil};

fn record(request_id: &str, contact_id: &str, recipient: &str) -> wire::RecordDisclosureRequest {
    wire::RecordDisclosureRequest {
        header: header(request_id),
        contact_id: contact_id.to_owned(),
        recipient: recipient.to_owned(),
        data_categories: vec!["name".to_owned(), "address".to_owned()],
        purpose: "delivery".to_owned(),
    }
}

fn told(request_id: &str, id: &str, recipient: &str) -> wire::NoteRecipientToldRequest {
    wire::NoteRecipientToldRequest {
        header: header(request_id),
        subject_request_id: id.to_owned(),
        recipient: recipient.to_owned(),
    }
}

fn not_told(request_id: &str, id: &str, recipient: &str) -> wire::NoteRecipientNotToldRequest {
    wire::NoteRecipientNotToldRequest {
        header: header(request_id),
        subject_request_id: id.to_owned(),
        recipient: recipient.to_owned(),
        reason: "wound up".to_owned(),
    }
}

/// Two recipients of the data of whoever asks, and a request that was approved.
async fn disclosed(world: &World, right: wire::SubjectRight) -> (String, String) {
    let (contact_id, id) = asked(world, right).await;
    for (request_id, recipient) in [("d1", "Parcel Post"), ("d2", "Mail House"), ("d3", "Parcel Post")] {
        let record = by("user:ann", record(request_id, &contact_id, recipient));
        world.contacts().record_disclosure(record).await.unwrap();
    }
    world.subject_requests().approve_subject_request(by("user:bob", approve("d4", &id))).await.unwrap();
    (contact_id, id)
}

async fn shown(world: &World, id: &str) -> Vec<(String, Notified, String)> {
    let request = wire::GetSubjectRequestRequest { subject_request_id: id.to_owned() };
    let answer = world.subject_requests().get_subject_request(request).await.unwrap().into_inner();
    let recipients = answer.subject_request.unwrap().recipients.into_iter();
    recipients.map(|known| (known.recipient.clone(), known.status(), known.reason)).collect()
}

/// How many of the recipients of the only request have yet to be told.
async fn untold(world: &World, position: u64) -> Vec<u32> {
    listed(world, wire::ListSubjectRequestsRequest { header: after(position), ..Default::default() }).await
}

/// The same, of the requests that have recipients who have yet to be told.
async fn with_untold(world: &World, header: Option<wire::QueryHeader>) -> Vec<u32> {
    let request = wire::ListSubjectRequestsRequest { header, recipients_untold: true, ..Default::default() };
    listed(world, request).await
}

async fn listed(world: &World, request: wire::ListSubjectRequestsRequest) -> Vec<u32> {
    let listed = world.subject_requests().list_subject_requests(request).await.unwrap().into_inner();
    listed.subject_requests.iter().map(|request| request.recipients_untold).collect()
}

#[tokio::test]
async fn whoever_received_the_data_of_somebody_who_is_erased_is_told_or_it_is_said_why_not() {
    let world = World::start().await;
    let (contact_id, id) = disclosed(&world, wire::SubjectRight::Erasure).await;
    assert_eq!(shown(&world, &id).await, [], "nothing was done yet");
    let early = world.subject_requests().note_recipient_told(told("t1", &id, "Parcel Post")).await;
    assert_eq!(reason(&early.unwrap_err()), "SUBJECT_REQUEST_RECIPIENT_NOT_FOUND");

    let done = world.subject_requests().fulfil_subject_request(by("user:bob", fulfil("t2", &id, ""))).await;
    let position = done.unwrap().into_inner().receipt.unwrap().position;
    let open = |name: &str| (name.to_owned(), Notified::Open, String::new());
    assert_eq!(shown(&world, &id).await, [open("Mail House"), open("Parcel Post")]);
    assert_eq!(untold(&world, position).await, [2]);
    assert_eq!(with_untold(&world, after(position)).await, [2]);
    let fulfilled_at = position;

    let post = told("t3", &id, "Parcel Post");
    let first = world.subject_requests().note_recipient_told(by("user:bob", post.clone())).await.unwrap();
    let again = world.subject_requests().note_recipient_told(by("user:bob", post)).await.unwrap();
    assert_eq!(first.into_inner(), again.into_inner());
    let given_up = world.subject_requests().note_recipient_not_told(not_told("t4", &id, "Mail House")).await;
    let position = given_up.unwrap().into_inner().receipt.unwrap().position;
    let settled = [
        ("Mail House".to_owned(), Notified::Impossible, "wound up".to_owned()),
        ("Parcel Post".to_owned(), Notified::Told, String::new()),
    ];
    assert_eq!(shown(&world, &id).await, settled);
    assert_eq!(untold(&world, position).await, [0]);
    assert_eq!(with_untold(&world, after(position)).await, [0; 0], "nobody is left to be told");
    let then = wire::QueryHeader { as_of: Some(AsOf::AsOfPosition(fulfilled_at)), ..Default::default() };
    assert_eq!(with_untold(&world, Some(then)).await, [2], "as it stood when the request was fulfilled");
    let late = world.subject_requests().note_recipient_not_told(not_told("t5", &id, "Parcel Post")).await;
    assert_eq!(reason(&late.unwrap_err()), "SUBJECT_REQUEST_RECIPIENT_TOLD");
    let gone = wire::ListDisclosuresRequest { contact_id };
    assert_eq!(reason(&world.contacts().list_disclosures(gone).await.unwrap_err()), "CONTACT_ERASED");
}

#[tokio::test]
async fn an_archive_says_to_whom_data_went_out_and_access_leaves_nobody_to_be_told() {
    let world = World::start().await;
    let (contact_id, id) = disclosed(&world, wire::SubjectRight::Access).await;
    let list = wire::ListDisclosuresRequest { contact_id: contact_id.clone() };
    let listed = world.contacts().list_disclosures(list).await.unwrap().into_inner().disclosures;
    let said: Vec<_> = listed
        .iter()
        .map(|known| (known.recipient.as_str(), known.data_categories.join(" "), known.recorded_by.as_str()))
        .collect();
    let both = || "address name".to_owned();
    assert_eq!(
        said,
        [("Parcel Post", both(), "user:ann"), ("Mail House", both(), "user:ann")],
        "the same one counts once"
    );

    let assemble =
        wire::AssembleSubjectArchiveRequest { subject_request_id: id.clone(), without_proofs: true };
    let parts = world.subject_requests().assemble_subject_archive(by("user:bob", assemble)).await.unwrap();
    let parts: Vec<_> = parts.into_inner().try_collect().await.unwrap();
    let begun = parts.iter().find_map(|answer| match answer.part.as_ref().unwrap() {
        wire::assemble_subject_archive_response::Part::Begun(begun) => Some(begun),
        _ => None,
    });
    assert_eq!(begun.unwrap().disclosures, listed);

    let done = world.subject_requests().fulfil_subject_request(fulfil("t1", &id, "handed over")).await;
    let position = done.unwrap().into_inner().receipt.unwrap().position;
    assert_eq!((shown(&world, &id).await, untold(&world, position).await), (vec![], vec![0]));
    let malformed = wire::RecordDisclosureRequest {
        data_categories: Vec::new(),
        ..record("t2", &contact_id, "Parcel Post")
    };
    let refused = world.contacts().record_disclosure(malformed).await.unwrap_err();
    assert_eq!(reason(&refused), "REQUEST_INVALID");
}

#[test]
fn a_disclosure_is_recorded_and_its_recipient_told_on_the_command_line_and_both_stand_in_the_timeline() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::serve(program(), &folder.path().join("data"), &[]).unwrap();
    let contact_id = Runtime::new().unwrap().block_on(async {
        let clients = Clients::connect(&server.gateway).await;
        let register = person("r1", "Ann");
        clients.contacts().register_contact(register).await.unwrap().into_inner().contact_id
    });
    let run = |arguments: &[&str]| server.json(&[arguments, &["--json"]].concat());
    let record = ["disclosure", "record", &contact_id, "--recipient", "Parcel Post", "--data", "name"];
    let rest = ["--data", "address", "--purpose", "delivery", "--at", "2026-01-02", "--actor", "user:ann"];
    let disclosed = run(&[&record[..], &rest].concat());
    let expected = json!([{
        "recipient": "Parcel Post",
        "data_categories": ["address", "name"],
        "purpose": "delivery",
        "disclosed_at": "2026-01-02T00:00:00.000000Z",
        "recorded_by": "user:ann",
    }]);
    assert_eq!(disclosed["disclosures"], expected);
    assert_eq!(run(&["disclosure", "list", &contact_id])["disclosures"], expected);

    let receive = ["subject-request", "receive", &contact_id, "--right", "rectification"];
    let received = run(&[&receive[..], &["--actor", "user:ann"]].concat());
    let id = received["subject_request_id"].as_str().unwrap();
    run(&["subject-request", "approve", id, "--actor", "user:bob"]);
    let fulfilled = run(&["subject-request", "fulfil", id, "--note", "address corrected"]);
    let open = json!([{
        "recipient": "Parcel Post", "status": "open", "noted_at": null, "noted_by": null, "reason": null,
    }]);
    assert_eq!(fulfilled["recipients"], open);
    let with_untold = || {
        let head = run(&["projections", "list"])["projections"][0]["head"].to_string();
        let list = ["subject-request", "list", "--recipients-untold", "--min-position", &head];
        run(&list)["subject_requests"].clone()
    };
    assert_eq!(with_untold()[0]["subject_request_id"], id);
    let not_told = ["--recipient", "Parcel Post", "--reason", "no answer"];
    let not_told = run(&[&["subject-request", "not-told", id][..], &not_told].concat());
    assert_eq!(not_told["recipients"][0]["status"], "impossible");
    let told = run(&["subject-request", "told", id, "--recipient", "Parcel Post", "--actor", "user:bob"]);
    let told = &told["recipients"][0];
    assert_eq!((&told["status"], &told["noted_by"]), (&json!("told"), &json!("user:bob")));

    assert_eq!(with_untold(), json!([]));

    let timeline = run(&["timeline", &contact_id]);
    let entries = timeline["entries"].as_array().unwrap();
    let described: Vec<&str> = entries.iter().filter_map(|entry| entry["description"].as_str()).collect();
    for expected in [
        "address, name disclosed to Parcel Post, for delivery",
        "to be told: Parcel Post",
        "Parcel Post cannot be told, because: no answer",
        "Parcel Post was told",
    ] {
        assert!(described.contains(&expected), "{expected}: {described:?}");
    }
}
