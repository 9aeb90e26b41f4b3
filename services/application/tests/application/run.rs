//! A run of interactions is one append, and each command has an outcome of its own.

use rapport_application::{Failure, Receipt};
use rapport_domain::interaction;
use rapport_event_store::EVENTS_PER_APPEND_MAX;

use crate::house::House;
use crate::sample::{ann, assign, call, call_with, receipt, record, redact, registered};

type Answer = Result<Receipt, Failure>;

fn refused(answer: &Answer, rejection: &interaction::Rejection) -> bool {
    matches!(answer, Err(Failure::Interaction(said)) if said == rejection)
}

#[tokio::test]
async fn a_run_keeps_its_order() {
    for house in House::on_each_store() {
        registered(&house.application, ann()).await;
        let run = (0..100).map(|n| (record(&format!("{n}"), "said"), call(&format!("r{n}")))).collect();
        let answers = house.application.interactions(ann(), run).await;
        let log = house.log().await;
        for (place, answer) in (0..).zip(answers) {
            assert_eq!(answer.unwrap(), receipt(place, place + 2));
            let event = &log[usize::try_from(place).unwrap() + 1];
            assert_eq!(event.metadata().unwrap().request_id, format!("r{place}"));
        }
        assert_eq!(log.len(), 101);
    }
}

#[tokio::test]
async fn a_refused_command_in_the_middle_does_not_hold_up_the_others() {
    for house in House::on_each_store() {
        registered(&house.application, ann()).await;
        let run = vec![
            (record("a", "first"), call("a")),
            (redact("never recorded"), call("b")),
            (record("c", "third"), call("c")),
        ];
        let answers = house.application.interactions(ann(), run).await;
        assert_eq!(*answers[0].as_ref().unwrap(), receipt(0, 2));
        assert!(refused(&answers[1], &interaction::Rejection::NotRecorded), "{:?}", answers[1]);
        assert_eq!(*answers[2].as_ref().unwrap(), receipt(1, 3));
        assert_eq!(house.head().await.0, 3);
    }
}

#[tokio::test]
async fn a_command_is_decided_on_what_those_before_it_in_the_run_did() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    let run = vec![
        (redact("a"), call("too_early")),
        (record("a", "first"), call("a")),
        (redact("a"), call("b")),
        (redact("a"), call("again")),
    ];
    let answers = house.application.interactions(ann(), run).await;
    assert!(refused(&answers[0], &interaction::Rejection::NotRecorded), "{:?}", answers[0]);
    assert_eq!(*answers[1].as_ref().unwrap(), receipt(0, 2));
    assert_eq!(*answers[2].as_ref().unwrap(), receipt(1, 3));
    assert_eq!(*answers[3].as_ref().unwrap(), receipt(1, 3));
    assert_eq!(house.head().await.0, 3);
}

#[tokio::test]
async fn a_request_that_stands_twice_in_a_run_is_applied_once() {
    for house in House::on_each_store() {
        registered(&house.application, ann()).await;
        let run = vec![
            (record("a", "first"), call("a")),
            (record("b", "second"), call("b")),
            (record("a", "first"), call("a")),
            (record("c", "third"), call("c")),
        ];
        let answers = house.application.interactions(ann(), run).await;
        let receipts: Vec<Receipt> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!(receipts, [receipt(0, 2), receipt(1, 3), receipt(0, 2), receipt(2, 4)]);
        assert_eq!(house.head().await.0, 4);
    }
}

#[tokio::test]
async fn a_request_id_that_stands_twice_in_a_run_with_another_content_is_refused_once() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    let run = vec![
        (record("a", "first"), call_with("a", "one")),
        (record("b", "second"), call_with("a", "two")),
        (record("c", "third"), call("c")),
    ];
    let answers = house.application.interactions(ann(), run).await;
    assert_eq!(*answers[0].as_ref().unwrap(), receipt(0, 2));
    assert!(matches!(answers[1], Err(Failure::RequestIdReused)), "{:?}", answers[1]);
    assert_eq!(*answers[2].as_ref().unwrap(), receipt(1, 3));
    assert_eq!(house.head().await.0, 3);
}

#[tokio::test]
async fn a_request_id_of_another_stream_does_not_fail_the_others() {
    for house in House::on_each_store() {
        registered(&house.application, ann()).await;
        house.application.contact(ann(), assign("user_1"), call("taken")).await.unwrap();
        let run = vec![
            (record("a", "first"), call("a")),
            (record("b", "second"), call_with("taken", "an interaction")),
            (redact("never recorded"), call("c")),
            (record("d", "fourth"), call("d")),
            (record("a", "first"), call("a")),
        ];
        let answers = house.application.interactions(ann(), run).await;
        assert_eq!(*answers[0].as_ref().unwrap(), receipt(0, 3));
        assert!(matches!(answers[1], Err(Failure::RequestIdReused)), "{:?}", answers[1]);
        assert!(refused(&answers[2], &interaction::Rejection::NotRecorded), "{:?}", answers[2]);
        assert_eq!(*answers[3].as_ref().unwrap(), receipt(1, 4));
        assert_eq!(*answers[4].as_ref().unwrap(), receipt(0, 3));
        assert_eq!(house.head().await.0, 4);
    }
}

#[tokio::test]
async fn a_run_with_applied_and_new_requests_applies_the_new_ones() {
    for house in House::on_each_store() {
        registered(&house.application, ann()).await;
        house.application.interactions(ann(), vec![(record("a", "first"), call("a"))]).await;
        let house = house.restarted().await;
        let run = vec![
            (record("b", "second"), call("b")),
            (record("a", "first"), call("a")),
            (record("c", "third"), call("c")),
        ];
        let answers = house.application.interactions(ann(), run).await;
        let receipts: Vec<Receipt> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!(receipts, [receipt(1, 3), receipt(0, 2), receipt(2, 4)]);
    }
}

#[tokio::test]
async fn a_run_longer_than_an_append_is_applied_all_the_same() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    let run = (0..=EVENTS_PER_APPEND_MAX)
        .map(|n| (record(&format!("{n}"), "said"), call(&format!("r{n}"))))
        .collect();
    let answers = house.application.interactions(ann(), run).await;
    for (place, answer) in (0..).zip(answers) {
        assert_eq!(answer.unwrap(), receipt(place, place + 2));
    }
}

#[tokio::test]
async fn an_empty_run_has_no_answers() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    assert!(house.application.interactions(ann(), Vec::new()).await.is_empty());
    assert_eq!(house.head().await.0, 1);
}
