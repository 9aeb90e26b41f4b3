//! Somebody asks what is kept about them, and is given one file that only its key opens.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Cursor, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output, Stdio};

use age::secrecy::ExposeSecret as _;
use age::{Decryptor, Identity, scrypt, x25519};
use futures::TryStreamExt as _;
use rapport_proto::v1 as wire;
use rapport_tests::ask::{call, euros, header, person, reason};
use rapport_tests::{Clients, World};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::runtime::Runtime;

use crate::audit::python;
use crate::canary::{CANARY, House, places};
use crate::erasure::{approve, asked, by, fulfil};

/// Stands in everything that is personal of somebody else.
const OTHER: &str = "zz-other-01kb4t7q8w";
/// What the house may not keep in the clear anywhere, and a zip begins with.
const ZIP: &[u8] = b"PK\x03\x04";
const PASSPHRASE: &str = "told on the telephone";

/// Somebody else with a name and a talk; and of the one with the canary another name, a contract, a recipient and a task.
fn more(house: &House, contact_id: &str) {
    Runtime::new().unwrap().block_on(async {
        let clients = Clients::connect(&house.server.gateway).await;
        let other = clients.contacts().register_contact(person("o1", OTHER)).await.unwrap().into_inner();
        clients.interactions().record_interaction(call("o2", &other.contact_id, OTHER)).await.unwrap();
        let correct = wire::CorrectContactNameRequest {
            header: header("o3"),
            contact_id: contact_id.to_owned(),
            name: format!("{CANARY} Lee"),
        };
        clients.contacts().correct_contact_name(correct).await.unwrap();
        let start = wire::StartSubscriptionRequest {
            header: header("o4"),
            contact_id: contact_id.to_owned(),
            plan: "pro".to_owned(),
            mrr: euros(9_900),
            ..Default::default()
        };
        clients.subscriptions().start_subscription(start).await.unwrap();
        let disclosed = wire::RecordDisclosureRequest {
            header: header("o5"),
            contact_id: contact_id.to_owned(),
            recipient: "Parcel Post".to_owned(),
            data_categories: vec!["address".to_owned()],
            purpose: "delivery".to_owned(),
        };
        clients.contacts().record_disclosure(disclosed).await.unwrap();
        let task = wire::CreateTaskRequest {
            header: header("o6"),
            about: contact_id.to_owned(),
            subject: "Call back".to_owned(),
            owner: "user_1".to_owned(),
            ..Default::default()
        };
        clients.tasks().create_task(task).await.unwrap();
    });
}

/// A request that two people have said yes to.
fn approved(house: &House, contact_id: &str, right: &str) -> String {
    let request =
        |arguments: &[&str]| house.server.json(&[&["subject-request"], arguments, &["--json"]].concat());
    let received = request(&["receive", contact_id, "--right", right, "--actor", "user:ann"]);
    let id = received["subject_request_id"].as_str().unwrap().to_owned();
    request(&["approve", &id, "--actor", "user:bob"]);
    id
}

/// The files of an archive, by name.
fn opened(bytes: &[u8], identity: &dyn Identity) -> BTreeMap<String, Vec<u8>> {
    let mut plain = Vec::new();
    let decryptor = Decryptor::new(bytes).unwrap();
    decryptor.decrypt(std::iter::once(identity)).unwrap().read_to_end(&mut plain).unwrap();
    assert!(plain.starts_with(ZIP));
    let mut zip = zip::ZipArchive::new(Cursor::new(plain)).unwrap();
    let files = (0..zip.len()).map(|index| {
        let mut file = zip.by_index(index).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        (file.name().unwrap().into_owned(), content)
    });
    files.collect()
}

fn rows(files: &BTreeMap<String, Vec<u8>>, name: &str) -> Vec<Value> {
    serde_json::from_slice(&files[name]).unwrap()
}

/// What the whole log says about somebody, by looking at each event: position and content, opened.
fn by_looking_at_all(house: &House, contact_id: &str, to: u64) -> Vec<(u64, Value)> {
    let all = house.done(&["replay", "--open", "--json", "--to", &to.to_string()]);
    let mut streams = BTreeSet::new();
    let mut found = Vec::new();
    for line in all.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let stream = event["stream"].as_str().unwrap().to_owned();
        let data = &event["data"];
        if stream.ends_with(contact_id) || data["contact_id"] == contact_id || data["about"] == contact_id {
            streams.insert(stream.clone());
        }
        if streams.contains(&stream) {
            found.push((event["position"].as_u64().unwrap(), event["data"].clone()));
        }
    }
    found
}

#[test]
fn an_archive_holds_what_the_log_says_about_its_person_and_nothing_about_anybody_else() {
    let house = House::new();
    let (contact_id, _) = house.register();
    more(&house, &contact_id);
    let id = approved(&house, &contact_id, "access");
    let (key, out) = (x25519::Identity::generate(), house.path("ann.zip.age"));
    let recipient = key.to_public().to_string();

    let make =
        ["subject-request", "archive", &id, "--out", &out, "--recipient", &recipient, "--actor", "user:bob"];
    house.done(&make);

    let bytes = fs::read(&out).unwrap();
    let shown = house.server.json(&["subject-request", "show", &id, "--json"])["archive"].clone();
    let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        (shown["sha256"].as_str(), shown["bytes"].as_u64()),
        (Some(&*digest), Some(bytes.len() as u64))
    );
    assert_eq!((&shown["made_by"], &shown["opened_by"]), (&"user:bob".into(), &"recipient".into()));
    let files = opened(&bytes, &key);
    let events = rows(&files, "events.json");
    let told: Vec<(u64, Value)> =
        events.iter().map(|event| (event["position"].as_u64().unwrap(), event["data"].clone())).collect();
    assert_eq!(told, by_looking_at_all(&house, &contact_id, shown["position"].as_u64().unwrap()));
    let types: Vec<&str> = events.iter().map(|event| event["event_type"].as_str().unwrap()).collect();
    assert_eq!(
        types,
        [
            "contact.registered.v1",
            "interaction.recorded.v1",
            "consent.given.v1",
            "contact.name_corrected.v1",
            "subscription.started.v1",
            "contact.disclosed.v1",
            "task.created.v1",
            "subject_request.received.v1",
            "subject_request.approved.v1",
        ]
    );
    assert_eq!(rows(&files, "contact.json")[0]["name"]["text"], format!("{CANARY} Lee"));
    assert_eq!(rows(&files, "subscriptions.json")[0]["plan"], "pro");
    assert_eq!(rows(&files, "recipients.json")[0]["recipient"], "Parcel Post");
    assert_eq!(rows(&files, "consents.json")[0]["status"], "given");
    assert_eq!(rows(&files, "consent-trail.json")[0]["evidence"]["form_url"], format!("/form/{CANARY}"));
    let accesses = rows(&files, "accesses.json");
    let access = &accesses[0];
    assert_eq!(access["rpc"], "rapport.v1.SubjectRequestService/AssembleSubjectArchive");
    assert_eq!(access["purpose"], "subject_access");
    assert_eq!(access["classes"], serde_json::json!(["contact", "notes", "evidence"]));
    assert_eq!(accesses.len(), 1, "one look, however many parts it has");
    for (name, content) in &files {
        assert!(!content.windows(OTHER.len()).any(|bytes| bytes == OTHER.as_bytes()), "{name}");
    }
    proved(&house, &files, told.len());
    another_program_reads_it(&house, &out, &key);
}

/// Each event has a proof, and each holds.
fn proved(house: &House, files: &BTreeMap<String, Vec<u8>>, events: usize) {
    let verifier_key = String::from_utf8(files["proofs/verifier-key.txt"].clone()).unwrap();
    let proofs: Vec<&Vec<u8>> =
        files.iter().filter(|(name, _)| name.ends_with(".tlog-proof")).map(|(_, proof)| proof).collect();
    assert_eq!(proofs.len(), events);
    for proof in proofs {
        let file = house.path("proof");
        fs::write(&file, proof).unwrap();
        house.done(&["verify", &file, "--key", verifier_key.trim()]);
    }
}

/// Go's age and Python's zip, csv and json, where they are.
fn another_program_reads_it(house: &House, archive: &str, key: &x25519::Identity) {
    if Command::new("age").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("SKIPPED: opened_archive.py needs Debian's age");
        return;
    }
    let secret = house.path("secret");
    fs::write(&secret, key.to_string().expose_secret()).unwrap();
    if let Some(Output { status, stdout, stderr }) =
        python("cross_check/opened_archive.py", &[archive, &secret, CANARY])
    {
        assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
        eprint!("{}", String::from_utf8_lossy(&stdout));
    }
}

#[test]
fn nothing_of_it_is_on_a_disk_in_the_clear_while_it_is_made() {
    let house = House::new();
    let (contact_id, _) = house.register();
    let id = approved(&house, &contact_id, "portability");
    for folder in ["out", "temporary"] {
        fs::create_dir(house.path(folder)).unwrap();
    }
    let (out, passphrase) = (house.path("out/ann.zip.age"), house.path("passphrase"));
    fs::write(&passphrase, format!("{PASSPHRASE}\n")).unwrap();
    fs::set_permissions(&passphrase, fs::Permissions::from_mode(0o600)).unwrap();

    let make = ["subject-request", "archive", &id, "--out", &out, "--passphrase-file", &passphrase];
    let mut making = house
        .server
        .command(&make)
        .env("TMPDIR", house.path("temporary"))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut looks = 0;
    let ended = loop {
        for needle in [CANARY.as_bytes(), ZIP] {
            assert_eq!(places(&house.folder, needle), Vec::<String>::new(), "look {looks}");
        }
        looks += 1;
        if let Some(ended) = making.try_wait().unwrap() {
            break ended;
        }
    };

    assert!(ended.success() && looks > 1);
    let left: Vec<_> =
        fs::read_dir(house.path("out")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["ann.zip.age"]);
    assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    let bytes = fs::read(&out).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1\n"));
    let files = opened(&bytes, &scrypt::Identity::new(PASSPHRASE.to_owned().into()));
    assert!(files["events.csv"].windows(CANARY.len()).any(|bytes| bytes == CANARY.as_bytes()));
    let again = house.server.run(&make);
    assert!(String::from_utf8_lossy(&again.stderr).contains("is there already"), "{again:?}");
}

fn assemble(id: &str) -> wire::AssembleSubjectArchiveRequest {
    wire::AssembleSubjectArchiveRequest { subject_request_id: id.to_owned(), without_proofs: true }
}

fn note(request_id: &str, id: &str, digit: &str) -> wire::NoteSubjectArchiveRequest {
    wire::NoteSubjectArchiveRequest {
        header: header(request_id),
        subject_request_id: id.to_owned(),
        sha256: digit.repeat(64),
        bytes: 12,
        position: 3,
        opened_by: wire::ArchiveKey::Passphrase.into(),
    }
}

/// Why no archive is put together, and why none can be noted.
async fn refusals(world: &World, request_id: &str, id: &str) -> [String; 2] {
    let requests = || world.subject_requests();
    let assembled = requests().assemble_subject_archive(by("user:bob", assemble(id))).await;
    let noted = requests().note_subject_archive(note(request_id, id, "a")).await;
    [reason(&assembled.unwrap_err()), reason(&noted.unwrap_err())]
}

#[tokio::test]
async fn no_archive_is_made_before_a_yes_for_another_right_of_who_was_erased_or_for_who_may_not_see_it() {
    let world = World::start().await;
    let (contact_id, erasure) = asked(&world, wire::SubjectRight::Erasure).await;
    let receive = wire::ReceiveSubjectRequestRequest {
        header: header("a1"),
        contact_id: contact_id.clone(),
        right: wire::SubjectRight::Access.into(),
        ..Default::default()
    };
    let access = world.subject_requests().receive_subject_request(by("user:ann", receive)).await.unwrap();
    let access = access.into_inner().subject_request_id;
    assert_eq!(refusals(&world, "a2", &access).await, ["SUBJECT_REQUEST_NOT_APPROVED"; 2]);
    for (request_id, id) in [("a3", &access), ("a4", &erasure)] {
        let approve = by("user:bob", approve(request_id, id));
        world.subject_requests().approve_subject_request(approve).await.unwrap();
    }
    assert_eq!(refusals(&world, "a5", &erasure).await, ["SUBJECT_REQUEST_ARCHIVE_NOT_ASKED_FOR"; 2]);
    let analyst = by("analyst:eve", assemble(&access));
    let unseen = world.subject_requests().assemble_subject_archive(analyst).await.unwrap_err();
    assert_eq!(reason(&unseen), "PERMISSION_MISSING");

    world
        .subject_requests()
        .fulfil_subject_request(by("user:bob", fulfil("a6", &erasure, "")))
        .await
        .unwrap();
    let erased = world.subject_requests().assemble_subject_archive(by("user:bob", assemble(&access))).await;
    assert_eq!(reason(&erased.unwrap_err()), "CONTACT_ERASED");
}

#[tokio::test]
async fn an_archive_is_noted_once_told_in_the_timeline_and_followed_by_another_one() {
    let world = World::start().await;
    let (_, id) = asked(&world, wire::SubjectRight::Access).await;
    world.subject_requests().approve_subject_request(by("user:bob", approve("a1", &id))).await.unwrap();
    let mut positions = Vec::new();
    for (request_id, digit) in [("a2", "a"), ("a3", "a"), ("a4", "b")] {
        let noted = world.subject_requests().note_subject_archive(note(request_id, &id, digit)).await;
        positions.push(noted.unwrap().into_inner().receipt.unwrap().position);
    }
    assert_eq!(positions[0], positions[1], "the same one again is nothing new");
    assert!(positions[2] > positions[1]);

    let request = wire::GetSubjectRequestRequest { subject_request_id: id.clone() };
    let shown = world.subject_requests().get_subject_request(request).await.unwrap().into_inner();
    assert_eq!(shown.subject_request.unwrap().archive.unwrap().sha256, "b".repeat(64));
    let parts =
        world.subject_requests().assemble_subject_archive(by("user:bob", assemble(&id))).await.unwrap();
    let parts: Vec<_> = parts.into_inner().try_collect().await.unwrap();
    let timeline = parts.iter().find_map(|answer| match answer.part.as_ref().unwrap() {
        wire::assemble_subject_archive_response::Part::Timeline(timeline) => Some(timeline),
        _ => None,
    });
    let told: Vec<&str> = timeline.unwrap().entries.iter().map(|entry| entry.description.as_str()).collect();
    assert_eq!(told[0], format!("archive made, SHA-256 {}", "b".repeat(64)));
    assert_eq!(told[1], format!("archive made, SHA-256 {}", "a".repeat(64)));
}
