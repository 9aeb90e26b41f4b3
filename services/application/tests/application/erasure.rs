//! What goes on after a contact's keys are destroyed, and what does not. And what is judged by personal data.

use futures::TryStreamExt as _;
use rapport_application::{Failure, HistoryFilter, HistoryQuery, Reveal, VaultError};
use rapport_domain::consent;
use rapport_domain::contact::{self, ContactPointEntry};
use rapport_domain::envelope::{ActorKind, Position};
use rapport_domain::id::ContactPointId;
use rapport_domain::value::{ContactPoint, ContactPointKind};
use serde_json::{Value, json};

use crate::house::House;
use crate::sample::{
    ann, assign, call, correct_name, give_consent, label, newsletter, receipt, record, redact, register,
    registered, request_consent,
};

fn subject_erased<T: std::fmt::Debug>(answer: &Result<T, Failure>) {
    assert!(
        matches!(answer, Err(Failure::Vault(VaultError::SubjectErased { subject })) if *subject == ann()),
        "{answer:?}"
    );
}

fn email(id: &str, address: &str) -> contact::Command {
    contact::Command::AddContactPoint(ContactPointEntry::new(
        ContactPointId::derived("tests", id),
        ContactPoint::parse(ContactPointKind::Email, address).unwrap(),
    ))
}

#[tokio::test]
async fn the_history_says_that_personal_fields_are_erased() {
    for house in House::on_each_store() {
        registered(&house.application, ann()).await;
        house.application.interactions(ann(), vec![(record("a", "She called"), call("a"))]).await;
        house.vault.destroy_keys(&ann()).await.unwrap();
        let query = HistoryQuery {
            from: Position::START,
            to: None,
            follow: false,
            filter: HistoryFilter::default(),
            reveal: Some(Reveal::Clear),
        };
        let history = house.application.history(&house.look(ActorKind::User), query).unwrap();
        let data: Vec<Value> =
            history.map_ok(|event| serde_json::from_str(&event.data).unwrap()).try_collect().await.unwrap();
        assert_eq!(data[0]["name"], json!({ "$erased": true }));
        assert_eq!(data[1]["summary"], json!({ "$erased": true }));
        assert_eq!(data[1]["duration_seconds"], json!(60));
    }
}

#[tokio::test]
async fn nothing_personal_is_written_of_an_erased_contact() {
    for house in House::on_each_store() {
        let app = &house.application;
        registered(app, ann()).await;
        app.consent(ann(), request_consent(), call("r1")).await.unwrap();
        house.vault.destroy_keys(&ann()).await.unwrap();
        subject_erased(&app.contact(ann(), correct_name("Ann Li"), call("r2")).await);
        subject_erased(&app.contact(ann(), email("work", "ann@example.com"), call("r3")).await);
        subject_erased(&app.interactions(ann(), vec![(record("a", "said"), call("r4"))]).await.remove(0));
        let evidence = consent::Evidence { ip: Some(label("198.51.100.1")), ..consent::Evidence::default() };
        subject_erased(&app.consent(ann(), give_consent(Some(evidence.into())), call("r5")).await);
        assert_eq!(house.head().await.0, 2);
    }
}

#[tokio::test]
async fn what_is_not_personal_goes_on_after_an_erasure_and_a_restart() {
    for house in House::on_each_store() {
        registered(&house.application, ann()).await;
        house.application.contact(ann(), correct_name("Ann Li"), call("r1")).await.unwrap();
        house.application.interactions(ann(), vec![(record("a", "said"), call("r2"))]).await;
        house.application.consent(ann(), request_consent(), call("r3")).await.unwrap();
        house.vault.destroy_keys(&ann()).await.unwrap();
        let house = house.restarted().await;
        let app = &house.application;
        assert_eq!(app.contact(ann(), assign("user_1"), call("r4")).await.unwrap(), receipt(2, 5));
        let redacted = app.interactions(ann(), vec![(redact("a"), call("r5"))]).await.remove(0);
        assert_eq!(redacted.unwrap(), receipt(1, 6));
        let withdraw = consent::Command::Withdraw {
            topic: newsletter(),
            method: consent::Method::StaffRecorded,
            evidence: None,
            jurisdiction: None,
        };
        assert_eq!(app.consent(ann(), withdraw, call("r6")).await.unwrap(), receipt(1, 7));
        assert_eq!(app.contact(ann(), contact::Command::Archive, call("r7")).await.unwrap(), receipt(3, 8));
    }
}

#[tokio::test]
async fn a_request_from_before_the_erasure_is_answered_as_then() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    house.application.contact(ann(), correct_name("Ann Li"), call("r1")).await.unwrap();
    house.vault.destroy_keys(&ann()).await.unwrap();
    let again = house.application.contact(ann(), correct_name("Ann Li"), call("r1")).await.unwrap();
    assert_eq!(again, receipt(1, 2));
}

#[tokio::test]
async fn in_a_run_about_an_erased_contact_only_the_personal_ones_are_refused() {
    let house = House::in_memory();
    let app = &house.application;
    registered(app, ann()).await;
    app.interactions(ann(), vec![(record("a", "said"), call("r1"))]).await;
    house.vault.destroy_keys(&ann()).await.unwrap();
    let run =
        vec![(record("a", "said"), call("r1")), (record("b", "said"), call("r2")), (redact("a"), call("r3"))];
    let answers = app.interactions(ann(), run).await;
    assert_eq!(*answers[0].as_ref().unwrap(), receipt(0, 2));
    subject_erased(&answers[1]);
    assert_eq!(*answers[2].as_ref().unwrap(), receipt(1, 3));
}

#[tokio::test]
async fn the_same_name_again_is_no_correction() {
    for house in House::on_each_store() {
        registered(&house.application, ann()).await;
        house.application.contact(ann(), correct_name("Ann Li"), call("r1")).await.unwrap();
        let same = house.application.contact(ann(), correct_name("Ann Li"), call("r2")).await.unwrap();
        assert_eq!(same, receipt(1, 2));
        let house = house.restarted().await;
        let same = house.application.contact(ann(), correct_name("Ann Li"), call("r3")).await.unwrap();
        assert_eq!(same, receipt(1, 2));
        assert_eq!(house.head().await.0, 2);
    }
}

#[tokio::test]
async fn the_same_registration_again_is_no_event_and_another_one_is_refused() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    let same = house.application.contact(ann(), register("Ann Lee"), call("r1")).await.unwrap();
    assert_eq!(same, receipt(0, 1));
    let other = house.application.contact(ann(), register("Bob Ray"), call("r2")).await;
    assert!(matches!(other, Err(Failure::Contact(contact::Rejection::AlreadyRegistered))), "{other:?}");
}

#[tokio::test]
async fn the_same_contact_point_again_is_no_event_and_another_one_is_refused() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    house.application.contact(ann(), email("work", "ann@example.com"), call("r1")).await.unwrap();
    let same = house.application.contact(ann(), email("work", "ann@example.com"), call("r2")).await.unwrap();
    assert_eq!(same, receipt(1, 2));
    let other = house.application.contact(ann(), email("work", "bob@example.com"), call("r3")).await;
    assert!(matches!(other, Err(Failure::Contact(contact::Rejection::ContactPointExists))), "{other:?}");
}
