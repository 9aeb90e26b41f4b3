//! A request that comes again is answered as the first time.

use std::sync::Arc;

use rapport_application::{Call, Receipt};
use rapport_domain::envelope::Revision;
use rapport_domain::id::CorrectionId;
use rapport_domain::interaction;

use crate::house::House;
use crate::sample::{
    ann, assign, call, contract, correct_name, deal, give_consent, interaction_id, label, move_to, open_deal,
    publish, receipt, record, register, registered, request_consent, sales, start_contract,
};

const CALLERS: usize = 16;

#[tokio::test]
async fn a_retry_gets_the_same_receipt_and_writes_nothing() {
    for house in House::on_each_store() {
        let first = house.application.contact(ann(), register("Ann Lee"), call("r1")).await.unwrap();
        house.application.contact(ann(), assign("user_1"), call("r2")).await.unwrap();
        let again = house.application.contact(ann(), register("Ann Lee"), call("r1")).await.unwrap();
        assert_eq!((first, again), (receipt(0, 1), receipt(0, 1)));
        assert_eq!(house.head().await.0, 2);
    }
}

#[tokio::test]
async fn a_retry_after_a_restart_gets_the_same_receipt_and_writes_nothing() {
    for house in House::on_each_store() {
        house.application.contact(ann(), register("Ann Lee"), call("r1")).await.unwrap();
        house.application.contact(ann(), correct_name("Ann Li"), call("r2")).await.unwrap();
        house.application.contact(ann(), assign("user_1"), call("r3")).await.unwrap();
        let house = house.restarted().await;
        let again = house.application.contact(ann(), correct_name("Ann Li"), call("r2")).await.unwrap();
        assert_eq!(again, receipt(1, 2));
        assert_eq!(house.head().await.0, 3);
    }
}

#[tokio::test]
async fn every_kind_of_command_is_retried_after_a_restart_without_a_trace() {
    for house in House::on_each_store() {
        let first = a_day(&house).await;
        assert_eq!(
            first,
            (1..=8).map(|position| receipt(revision_at(position), position)).collect::<Vec<_>>()
        );
        let house = house.restarted().await;
        assert_eq!(a_day(&house).await, first);
        assert_eq!(house.head().await.0, 8);
    }
}

fn revision_at(position: u64) -> u64 {
    if [4, 7].contains(&position) { 1 } else { 0 }
}

/// One command of each kind, and a second one where a stream goes on.
async fn a_day(house: &House) -> Vec<Receipt> {
    let app = &house.application;
    let interaction = || vec![(record("call", "She asked for an offer"), call("d5"))];
    vec![
        registered(app, ann()).await,
        app.pipeline(sales(), publish(&["talk", "offer"]), call("d2")).await.unwrap(),
        app.opportunity(deal(), open_deal(Some(ann())), call("d3")).await.unwrap(),
        app.opportunity(deal(), move_to("offer"), call("d4")).await.unwrap(),
        app.interactions(ann(), interaction()).await.remove(0).unwrap(),
        app.consent(ann(), request_consent(), call("d6")).await.unwrap(),
        app.consent(ann(), give_consent(None), call("d7")).await.unwrap(),
        app.subscription(contract(), start_contract(ann()), call("d8")).await.unwrap(),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_retries_at_once_write_one_event_and_get_one_receipt() {
    for house in House::on_each_store() {
        registered(&house.application, ann()).await;
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                let application = Arc::clone(&house.application);
                tokio::spawn(
                    async move { application.contact(ann(), correct_name("Ann Li"), call("r1")).await },
                )
            })
            .collect();
        for caller in callers {
            assert_eq!(caller.await.unwrap().unwrap(), receipt(1, 2));
        }
        assert_eq!(house.head().await.0, 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_retries_at_sixteen_replicas_write_one_event_and_get_one_receipt() {
    for house in House::on_each_store() {
        registered(&house.application, ann()).await;
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                let application = house.replica();
                tokio::spawn(
                    async move { application.contact(ann(), correct_name("Ann Li"), call("r1")).await },
                )
            })
            .collect();
        for caller in callers {
            assert_eq!(caller.await.unwrap().unwrap(), receipt(1, 2));
        }
        assert_eq!(house.head().await.0, 2);
    }
}

#[tokio::test]
async fn a_retry_of_a_request_that_changed_nothing_changes_nothing() {
    for house in House::on_each_store() {
        registered(&house.application, ann()).await;
        house.application.contact(ann(), assign("user_1"), call("r1")).await.unwrap();
        for _ in 0..2 {
            let nothing = house.application.contact(ann(), assign("user_1"), call("r2")).await.unwrap();
            assert_eq!(nothing, receipt(1, 2));
        }
        let house = house.restarted().await;
        let again = house.application.contact(ann(), assign("user_1"), call("r2")).await.unwrap();
        assert_eq!(again, receipt(1, 2));
        assert_eq!(house.head().await.0, 2);
    }
}

#[tokio::test]
async fn a_retry_is_answered_before_its_expected_revision_is_looked_at() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    let once = || Call { expected_revision: Some(Revision(0)), ..call("r1") };
    let first = house.application.contact(ann(), assign("user_1"), once()).await.unwrap();
    let again = house.application.contact(ann(), assign("user_1"), once()).await.unwrap();
    assert_eq!((first, again), (receipt(1, 2), receipt(1, 2)));
}

#[tokio::test]
async fn a_retried_run_gets_every_receipt_again() {
    for house in House::on_each_store() {
        registered(&house.application, ann()).await;
        let correct = || {
            interaction::Command::Correct(interaction::Correct {
                interaction_id: interaction_id("b"),
                correction_id: CorrectionId::derived("tests", "b"),
                summary: None,
                duration_seconds: None,
                outcome: Some(label("sold")),
            })
        };
        let run = || {
            vec![
                (record("a", "first"), call("a")),
                (record("b", "second"), call("b")),
                (correct(), call("c")),
            ]
        };
        let first = house.application.interactions(ann(), run()).await;
        let house = house.restarted().await;
        let again = house.application.interactions(ann(), run()).await;
        for (place, (first, again)) in (0..).zip(first.into_iter().zip(again)) {
            assert_eq!(
                (first.unwrap(), again.unwrap()),
                (receipt(place, place + 2), receipt(place, place + 2))
            );
        }
        assert_eq!(house.head().await.0, 4);
    }
}
