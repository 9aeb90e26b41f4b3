//! A log that fails: nothing is believed that the log does not hold, and the request can be sent again.

use std::sync::Arc;

use rapport_application::{AppendError, Application, Failure, Outcome, Receipt};
use rapport_domain::aggregate::Aggregate as _;
use rapport_domain::contact::Contact;
use rapport_domain::envelope::{ExpectedRevision, Revision};

use crate::fickle::{FickleStore, Whim};
use crate::house::House;
use crate::sample::{
    ann, assign, call, call_with, correct_name, deal, move_to, open_deal, publish, receipt, record,
    registered, sales,
};

/// As many times as a run is decided anew; see the handler.
const ATTEMPTS: usize = 5;

async fn fickle_house() -> (Arc<FickleStore>, House) {
    let store = FickleStore::new();
    let house = House::over(Arc::clone(&store) as Arc<_>);
    registered(&house.application, ann()).await;
    (store, house)
}

fn unknown() -> AppendError {
    AppendError::OutcomeUnknown { cause: "the cable was pulled".to_owned() }
}

fn wrong_revision() -> AppendError {
    AppendError::WrongRevision {
        stream: Contact::stream(&ann()).unwrap(),
        expected: ExpectedRevision::Exact(Revision(0)),
        actual: Some(Revision(1)),
    }
}

async fn rename(application: &Application, request: &str) -> Result<Receipt, Failure> {
    application.contact(ann(), correct_name("Ann Li"), call(request)).await
}

#[tokio::test]
async fn a_request_whose_outcome_is_unknown_is_applied_once_when_it_was_not_written() {
    let (store, house) = fickle_house().await;
    store.next_append(Whim::Refuse(unknown()));
    let failure = rename(&house.application, "r1").await.unwrap_err();
    assert_eq!(failure.outcome(), Outcome::Unknown);
    assert_eq!(house.head().await.0, 1);
    assert_eq!(rename(&house.application, "r1").await.unwrap(), receipt(1, 2));
    assert_eq!(house.head().await.0, 2);
}

#[tokio::test]
async fn a_request_whose_outcome_is_unknown_is_applied_once_when_it_was_written() {
    let (store, house) = fickle_house().await;
    store.next_append(Whim::WriteAndSay(unknown()));
    let failure = rename(&house.application, "r1").await.unwrap_err();
    assert_eq!(failure.outcome(), Outcome::Unknown);
    assert_eq!(rename(&house.application, "r1").await.unwrap(), receipt(1, 2));
    assert_eq!(house.head().await.0, 2);
}

#[tokio::test]
async fn the_next_request_is_decided_on_what_the_log_holds_after_an_unknown_outcome() {
    let (store, house) = fickle_house().await;
    store.next_append(Whim::WriteAndSay(unknown()));
    house.application.contact(ann(), assign("user_1"), call("r1")).await.unwrap_err();
    let same = house.application.contact(ann(), assign("user_1"), call("r2")).await.unwrap();
    assert_eq!(same, receipt(1, 2));
    store.next_append(Whim::Refuse(unknown()));
    house.application.contact(ann(), assign("user_2"), call("r3")).await.unwrap_err();
    let still = house.application.contact(ann(), assign("user_1"), call("r4")).await.unwrap();
    assert_eq!(still, receipt(1, 2));
    assert_eq!(house.head().await.0, 2);
}

#[tokio::test]
async fn a_deal_is_where_the_log_says_after_an_unknown_outcome() {
    let (store, house) = fickle_house().await;
    let app = &house.application;
    app.pipeline(sales(), publish(&["talk", "offer"]), call("r1")).await.unwrap();
    app.opportunity(deal(), open_deal(None), call("r2")).await.unwrap();
    for whim in
        [Whim::Refuse(unknown()), Whim::Refuse(AppendError::StorageFull), Whim::WriteAndSay(unknown())]
    {
        store.next_append(whim);
        app.opportunity(deal(), move_to("offer"), call("r3")).await.unwrap_err();
    }
    assert_eq!(app.opportunity(deal(), move_to("offer"), call("r3")).await.unwrap(), receipt(1, 4));
    assert_eq!(app.opportunity(deal(), move_to("offer"), call("r4")).await.unwrap(), receipt(1, 4));
    assert_eq!(app.opportunity(deal(), move_to("talk"), call("r5")).await.unwrap(), receipt(2, 5));
}

#[tokio::test]
async fn a_request_with_another_content_is_told_from_the_one_whose_outcome_was_unknown() {
    let (store, house) = fickle_house().await;
    store.next_append(Whim::WriteAndSay(unknown()));
    rename(&house.application, "r1").await.unwrap_err();
    let other = house.application.contact(ann(), correct_name("Ann Li"), call_with("r1", "other")).await;
    assert!(matches!(other, Err(Failure::RequestIdReused)), "{other:?}");
}

#[tokio::test]
async fn a_full_disk_is_told_and_the_request_is_applied_once_there_is_room() {
    let (store, house) = fickle_house().await;
    store.next_append(Whim::Refuse(AppendError::StorageFull));
    let failure = rename(&house.application, "r1").await.unwrap_err();
    assert!(matches!(failure, Failure::Append(AppendError::StorageFull)), "{failure:?}");
    assert_eq!(failure.outcome(), Outcome::NotApplied);
    assert_eq!(rename(&house.application, "r1").await.unwrap(), receipt(1, 2));
}

#[tokio::test]
async fn the_embedded_log_says_when_it_is_full_and_goes_on_when_there_is_room() {
    const LOG_BYTES_MAX: u64 = 512 * 1_024;
    let house = House::embedded();
    registered(&house.application, ann()).await;
    house.limit_log(Some(LOG_BYTES_MAX));
    let note =
        |number: u64| vec![(record(&number.to_string(), &"x".repeat(15_000)), call(&format!("r{number}")))];
    let mut taken = 0;
    let failure = loop {
        match house.application.interactions(ann(), note(taken)).await.remove(0) {
            Ok(_) => taken += 1,
            Err(failure) => break failure,
        }
    };
    assert!(matches!(failure, Failure::Append(AppendError::StorageFull)), "{failure:?}");
    assert_eq!(house.head().await.0, taken + 1);
    house.limit_log(None);
    let retried = house.application.interactions(ann(), note(taken)).await.remove(0);
    assert_eq!(retried.unwrap(), receipt(taken, taken + 2));
}

#[tokio::test]
async fn a_lost_race_is_run_again_without_the_caller_noticing() {
    let (store, house) = fickle_house().await;
    store.next_append(Whim::Refuse(wrong_revision()));
    assert_eq!(rename(&house.application, "r1").await.unwrap(), receipt(1, 2));
}

#[tokio::test]
async fn a_race_that_is_lost_again_and_again_is_given_up_and_can_be_tried_later() {
    let (store, house) = fickle_house().await;
    for _ in 0..ATTEMPTS {
        store.next_append(Whim::Refuse(wrong_revision()));
    }
    let failure = rename(&house.application, "r1").await.unwrap_err();
    assert!(matches!(failure, Failure::ConcurrentUpdate), "{failure:?}");
    assert_eq!(failure.outcome(), Outcome::NotApplied);
    assert_eq!(rename(&house.application, "r1").await.unwrap(), receipt(1, 2));
}

#[tokio::test]
async fn every_command_of_a_run_is_told_that_the_outcome_is_unknown_and_is_applied_once() {
    for whim in [Whim::Refuse(unknown()), Whim::WriteAndSay(unknown())] {
        let (store, house) = fickle_house().await;
        let run = || vec![(record("a", "first"), call("a")), (record("b", "second"), call("b"))];
        store.next_append(whim);
        for answer in house.application.interactions(ann(), run()).await {
            assert_eq!(answer.unwrap_err().outcome(), Outcome::Unknown);
        }
        let answers = house.application.interactions(ann(), run()).await;
        let receipts: Vec<Receipt> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!(receipts, [receipt(0, 2), receipt(1, 3)]);
        assert_eq!(house.head().await.0, 3);
    }
}
