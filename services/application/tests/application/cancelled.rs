//! A caller who goes away in the middle leaves nothing wrong behind.

use std::sync::Arc;

use rapport_domain::contact;
use rapport_domain::envelope::Revision;

use crate::fickle::{FickleStore, Whim};
use crate::house::House;
use crate::sample::{
    ann, assign, bob, call, correct_name, deal, move_to, open_deal, publish, receipt, record, redact,
    registered, sales,
};

async fn fickle_house() -> (Arc<FickleStore>, House) {
    let store = FickleStore::new();
    let house = House::over(Arc::clone(&store) as Arc<_>);
    registered(&house.application, ann()).await;
    (store, house)
}

/// Drops the call once the store lets it wait.
pub(crate) async fn give_up<T: std::fmt::Debug>(store: &FickleStore, asked: impl Future<Output = T>) {
    tokio::select! {
        answer = asked => panic!("{answer:?}"),
        () = store.parked() => {}
    }
}

#[tokio::test]
async fn a_call_that_is_dropped_before_the_write_changes_nothing() {
    let (store, house) = fickle_house().await;
    store.next_append(Whim::Park);
    give_up(&store, house.application.contact(ann(), assign("user_1"), call("r1"))).await;
    let other = house.application.contact(ann(), assign("user_2"), call("r2")).await.unwrap();
    assert_eq!(other, receipt(1, 2));
    let retried = house.application.contact(ann(), assign("user_1"), call("r1")).await.unwrap();
    assert_eq!(retried, receipt(2, 3));
}

#[tokio::test]
async fn a_call_that_is_dropped_after_the_write_is_known_to_the_next_one() {
    let (store, house) = fickle_house().await;
    store.next_append(Whim::WriteAndPark);
    give_up(&store, house.application.contact(ann(), assign("user_1"), call("r1"))).await;
    let same = house.application.contact(ann(), assign("user_1"), call("r2")).await.unwrap();
    assert_eq!(same, receipt(1, 2));
    let retried = house.application.contact(ann(), assign("user_1"), call("r1")).await.unwrap();
    assert_eq!(retried, receipt(1, 2));
    assert_eq!(house.head().await.0, 2);
}

#[tokio::test]
async fn a_deal_whose_move_was_dropped_is_where_the_log_says() {
    for (whim, expected) in [(Whim::Park, receipt(1, 4)), (Whim::WriteAndPark, receipt(2, 5))] {
        let (store, house) = fickle_house().await;
        let app = &house.application;
        app.pipeline(sales(), publish(&["talk", "offer", "close"]), call("r1")).await.unwrap();
        app.opportunity(deal(), open_deal(None), call("r2")).await.unwrap();
        store.next_append(whim);
        give_up(&store, app.opportunity(deal(), move_to("offer"), call("r3"))).await;
        assert_eq!(app.opportunity(deal(), move_to("close"), call("r4")).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_run_that_is_dropped_is_whole_or_not_at_all() {
    for (whim, head) in [(Whim::Park, 1), (Whim::WriteAndPark, 3)] {
        let (store, house) = fickle_house().await;
        let run = || vec![(record("a", "first"), call("a")), (record("b", "second"), call("b"))];
        store.next_append(whim);
        give_up(&store, house.application.interactions(ann(), run())).await;
        assert_eq!(house.head().await.0, head);
        let answers = house.application.interactions(ann(), run()).await;
        assert_eq!(*answers[0].as_ref().unwrap(), receipt(0, 2));
        assert_eq!(*answers[1].as_ref().unwrap(), receipt(1, 3));
        let redacted = house.application.interactions(ann(), vec![(redact("b"), call("c"))]).await.remove(0);
        assert_eq!(redacted.unwrap(), receipt(2, 4));
    }
}

#[tokio::test]
async fn a_call_that_is_dropped_while_the_stream_is_read_leaves_it_to_be_read_again() {
    let (store, house) = fickle_house().await;
    let fresh = house.replica();
    store.park_next_read();
    give_up(&store, fresh.contact(ann(), correct_name("Ann Li"), call("r1"))).await;
    store.park_next_read();
    give_up(&store, fresh.interactions(ann(), vec![(record("a", "said"), call("r2"))])).await;
    let renamed = fresh.contact(ann(), correct_name("Ann Li"), call("r1")).await.unwrap();
    assert_eq!(renamed, receipt(1, 2));
    let recorded = fresh.interactions(ann(), vec![(record("a", "said"), call("r2"))]).await.remove(0);
    assert_eq!(recorded.unwrap(), receipt(0, 3));
}

#[tokio::test]
async fn a_stream_that_is_too_long_for_one_call_is_folded_on_by_the_next() {
    let (store, house) = fickle_house().await;
    let said = |number: usize| (record(&format!("i{number}"), "said"), call(&format!("r{number}")));
    house.application.interactions(ann(), (0..9).map(said).collect()).await;
    let fresh = house.replica();
    registered(&fresh, ann()).await;
    store.read_from();
    store.park_next_read_after(4);
    give_up(&store, fresh.interactions(ann(), vec![said(9)])).await;
    store.park_next_read_after(3);
    give_up(&store, fresh.interactions(ann(), vec![said(9)])).await;
    assert_eq!(store.read_from(), [0, 4].map(Revision));
    // What was folded in three steps knows where every request stands, and where the stream ends.
    let answers = fresh.interactions(ann(), (0..10).map(said).collect()).await;
    let looked_up = (0..9).map(Revision);
    assert_eq!(store.read_from(), std::iter::once(Revision(7)).chain(looked_up).collect::<Vec<_>>());
    let expected: Vec<_> = (0..10).map(|revision| receipt(revision, revision + 2)).collect();
    assert_eq!(answers.into_iter().map(Result::unwrap).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_call_that_waits_for_the_store_holds_up_its_own_stream_only() {
    let (store, house) = fickle_house().await;
    store.next_append(Whim::Park);
    let waiting = house.application.contact(ann(), contact::Command::Archive, call("r1"));
    let meanwhile = async {
        store.parked().await;
        registered(&house.application, bob()).await
    };
    tokio::select! {
        answer = waiting => panic!("{answer:?}"),
        receipt_of_bob = meanwhile => assert_eq!(receipt_of_bob, receipt(0, 2)),
    }
}
