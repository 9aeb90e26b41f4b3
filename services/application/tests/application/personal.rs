//! Personal data is in the log and on the disk in no readable form.

use std::path::Path;

use futures::TryStreamExt as _;
use rapport_application::{HistoryFilter, HistoryQuery, Reveal};
use rapport_domain::Personal;
use rapport_domain::consent::{self, Evidence, Method};
use rapport_domain::contact::{self, ContactPointEntry};
use rapport_domain::envelope::{ActorKind, Position, Recorded};
use rapport_domain::id::{ContactPointId, CorrectionId};
use rapport_domain::interaction::{self, Correct};
use rapport_domain::value::{ContactPoint, ContactPointKind};

use crate::house::House;
use crate::sample::{
    ann, call, correct_name, give_consent, interaction_id, label, newsletter, record, registration,
    request_consent, text,
};

/// One in every personal field that a command can carry; each is found nowhere else.
const MARKERS: [&str; 19] = [
    "Zq-name-registered",
    "Zq-Mail-Registered@example.com",
    "zq-mail-registered@example.com",
    "+49 555 0100 771",
    "+495550100771",
    "Zq-street 1, Zq-town",
    "@zq-handle",
    "Zq-name-corrected",
    "zq-mail-added@example.com",
    "Zq-summary-recorded",
    "Zq-summary-corrected",
    "198.51.100.171",
    "Zq-browser-given",
    "https://zq-form-given.example",
    "zq-reference-given",
    "198.51.100.172",
    "Zq-browser-withdrawn",
    "https://zq-form-withdrawn.example",
    "zq-reference-withdrawn",
];

fn entry(kind: ContactPointKind, text: &str) -> ContactPointEntry {
    ContactPointEntry::new(ContactPointId::derived("tests", text), ContactPoint::parse(kind, text).unwrap())
}

fn evidence(ip: &str, browser: &str, form: &str, reference: &str) -> Option<Personal<Evidence>> {
    Some(Personal::Clear(Evidence {
        ip: Some(label(ip)),
        user_agent: Some(label(browser)),
        form_url: Some(label(form)),
        reference: Some(label(reference)),
        captured_at: None,
    }))
}

/// A contact with every personal field filled: 8 events.
async fn everything_personal(house: &House) {
    let app = &house.application;
    let mut registration = registration(MARKERS[0]);
    registration.contact_points = vec![
        entry(ContactPointKind::Email, MARKERS[1]),
        entry(ContactPointKind::Phone, MARKERS[3]),
        entry(ContactPointKind::Postal, MARKERS[5]),
        entry(ContactPointKind::Social, MARKERS[6]),
    ];
    app.contact(ann(), contact::Command::Register(registration), call("p1")).await.unwrap();
    app.contact(ann(), correct_name(MARKERS[7]), call("p2")).await.unwrap();
    let added = contact::Command::AddContactPoint(entry(ContactPointKind::Email, MARKERS[8]));
    app.contact(ann(), added, call("p3")).await.unwrap();
    let corrected = interaction::Command::Correct(Correct {
        interaction_id: interaction_id("a"),
        correction_id: CorrectionId::derived("tests", "a"),
        summary: Some(text(MARKERS[10])),
        duration_seconds: None,
        outcome: None,
    });
    let run = vec![(record("a", MARKERS[9]), call("p4")), (corrected, call("p5"))];
    for answer in app.interactions(ann(), run).await {
        answer.unwrap();
    }
    app.consent(ann(), request_consent(), call("p6")).await.unwrap();
    let given = give_consent(evidence(MARKERS[11], MARKERS[12], MARKERS[13], MARKERS[14]));
    app.consent(ann(), given, call("p7")).await.unwrap();
    let withdrawn = consent::Command::Withdraw {
        topic: newsletter(),
        method: Method::OneClickUnsubscribe,
        evidence: evidence(MARKERS[15], MARKERS[16], MARKERS[17], MARKERS[18]),
        jurisdiction: None,
    };
    app.consent(ann(), withdrawn, call("p8")).await.unwrap();
}

fn holds(bytes: &[u8], marker: &str) -> bool {
    bytes.windows(marker.len()).any(|window| window == marker.as_bytes())
}

fn assert_no_marker(bytes: &[u8], place: &str) {
    for marker in MARKERS {
        assert!(!holds(bytes, marker), "{marker} in {place}");
    }
}

fn assert_no_marker_in_files(directory: &Path) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        assert_no_marker(&std::fs::read(&path).unwrap(), &path.display().to_string());
    }
}

fn everything_of(event: &Recorded) -> String {
    format!("{} {} {} {} {}", event.id, event.stream, event.event_type, event.metadata, event.data)
}

#[tokio::test]
async fn no_stored_event_holds_personal_data_in_clear() {
    let house = House::in_memory();
    everything_personal(&house).await;
    let log = house.log().await;
    assert_eq!(log.len(), 8);
    for event in log {
        assert_no_marker(everything_of(&event).as_bytes(), &event.event_type);
    }
}

#[tokio::test]
async fn no_file_of_the_data_directory_holds_personal_data_in_clear() {
    let house = House::embedded();
    everything_personal(&house).await;
    assert_no_marker_in_files(&house.data());
    let house = house.restarted().await;
    assert_no_marker_in_files(&house.data());
}

#[tokio::test]
async fn a_caller_who_may_reads_every_personal_field_in_the_history() {
    let house = House::in_memory();
    everything_personal(&house).await;
    let query = HistoryQuery {
        from: Position::START,
        to: None,
        follow: false,
        filter: HistoryFilter::default(),
        reveal: Some(Reveal::Clear),
    };
    let history = house.application.history(&house.look(ActorKind::User), query).unwrap();
    let events: Vec<Recorded> = history.try_collect().await.unwrap();
    let opened: String = events.iter().map(everything_of).collect();
    for marker in MARKERS {
        assert!(holds(opened.as_bytes(), marker), "{marker}");
    }
}

#[tokio::test]
async fn a_failure_tells_no_personal_data() {
    let house = House::in_memory();
    everything_personal(&house).await;
    house.vault.destroy_keys(&ann()).await.unwrap();
    let app = &house.application;
    let failures = [
        app.contact(ann(), correct_name("Zq-name-corrected"), call("f1")).await,
        app.contact(ann(), contact::Command::Register(registration(MARKERS[0])), call("f2")).await,
        app.interactions(ann(), vec![(record("b", MARKERS[9]), call("f3"))]).await.remove(0),
    ];
    for failure in failures {
        let failure = failure.unwrap_err();
        assert_no_marker(format!("{failure} {failure:?}").as_bytes(), "a failure");
    }
}
