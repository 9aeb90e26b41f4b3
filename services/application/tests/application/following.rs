//! A reading that goes on with new events as they come.

use std::sync::Arc;

use futures::{StreamExt as _, poll};
use rapport_application::history::History;
use rapport_application::{HistoryFilter, HistoryQuery};
use rapport_domain::envelope::{ActorKind, Position};

use crate::fickle::FickleStore;
use crate::house::House;
use crate::sample::{ann, assign, bob, call, deal, move_to, open_deal, publish, record, registered, sales};

/// More turns of the runtime than anything here needs.
const TURNS: usize = 100;

fn follow(house: &House, from: u64, to: Option<u64>, filter: HistoryFilter) -> History {
    let query =
        HistoryQuery { from: Position(from), to: to.map(Position), follow: true, filter, reveal: None };
    house.application.history(&house.look(ActorKind::Service), query).unwrap()
}

async fn next(history: &mut History) -> u64 {
    history.next().await.unwrap().unwrap().position.0
}

async fn is_waiting(history: &mut History) -> bool {
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
        if poll!(history.next()).is_ready() {
            return false;
        }
    }
    true
}

#[tokio::test]
async fn a_follower_reads_what_is_there_and_then_what_comes() {
    for house in House::on_each_store() {
        registered(&house.application, ann()).await;
        let mut history = follow(&house, 0, None, HistoryFilter::default());
        assert_eq!(next(&mut history).await, 1);
        for (number, position) in (2..6).enumerate() {
            let owner = format!("user_{number}");
            house.application.contact(ann(), assign(&owner), call(&owner)).await.unwrap();
            assert_eq!(next(&mut history).await, position);
        }
    }
}

#[tokio::test]
async fn a_follower_of_an_empty_log_waits_for_its_first_event() {
    let house = House::in_memory();
    let mut history = follow(&house, 0, None, HistoryFilter::default());
    assert!(is_waiting(&mut history).await);
    registered(&house.application, ann()).await;
    assert_eq!(next(&mut history).await, 1);
}

#[tokio::test]
async fn a_follower_from_beyond_the_head_waits_for_that_position() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    let mut history = follow(&house, 3, None, HistoryFilter::default());
    assert!(is_waiting(&mut history).await);
    house.application.contact(ann(), assign("user_1"), call("r1")).await.unwrap();
    assert!(is_waiting(&mut history).await);
    house.application.contact(ann(), assign("user_2"), call("r2")).await.unwrap();
    assert_eq!(next(&mut history).await, 3);
}

#[tokio::test]
async fn a_follower_who_waits_asks_the_store_nothing() {
    let store = FickleStore::new();
    let house = House::over(Arc::clone(&store) as Arc<_>);
    registered(&house.application, ann()).await;
    let mut history = follow(&house, 0, None, HistoryFilter::default());
    assert_eq!(next(&mut history).await, 1);
    assert!(is_waiting(&mut history).await);
    let asked = store.questions();
    assert!(is_waiting(&mut history).await);
    assert_eq!(store.questions(), asked);
}

#[tokio::test]
async fn a_follower_ends_with_the_last_position_that_was_asked_for() {
    for house in House::on_each_store() {
        registered(&house.application, ann()).await;
        let mut history = follow(&house, 1, Some(2), HistoryFilter::default());
        assert_eq!(next(&mut history).await, 1);
        house.application.contact(ann(), assign("user_1"), call("r1")).await.unwrap();
        house.application.contact(ann(), assign("user_2"), call("r2")).await.unwrap();
        assert_eq!(next(&mut history).await, 2);
        assert!(history.next().await.is_none());
    }
}

#[tokio::test]
async fn a_follower_whose_last_event_is_filtered_out_ends_all_the_same() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    registered(&house.application, bob()).await;
    let anns = HistoryFilter { contact: Some(ann()), ..HistoryFilter::default() };
    let positions: Vec<u64> =
        follow(&house, 0, Some(2), anns).map(|event| event.unwrap().position.0).collect().await;
    assert_eq!(positions, [1]);
}

#[tokio::test]
async fn a_follower_of_a_contact_sees_their_new_deals_and_nothing_else() {
    let house = House::in_memory();
    let app = &house.application;
    registered(app, ann()).await;
    registered(app, bob()).await;
    let mut history =
        follow(&house, 2, None, HistoryFilter { contact: Some(ann()), ..HistoryFilter::default() });
    assert!(is_waiting(&mut history).await);
    app.pipeline(sales(), publish(&["talk", "offer"]), call("r3")).await.unwrap();
    app.interactions(bob(), vec![(record("b", "said"), call("r4"))]).await;
    assert!(is_waiting(&mut history).await);
    app.opportunity(deal(), open_deal(Some(ann())), call("r5")).await.unwrap();
    assert_eq!(next(&mut history).await, 5);
    app.opportunity(deal(), move_to("offer"), call("r6")).await.unwrap();
    assert_eq!(next(&mut history).await, 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_follower_misses_nothing_that_is_written_meanwhile() {
    const EVENTS: u64 = 300;
    for house in House::on_each_store() {
        registered(&house.application, ann()).await;
        let history = follow(&house, 0, Some(EVENTS), HistoryFilter::default());
        let application = Arc::clone(&house.application);
        let writer = tokio::spawn(async move {
            for number in 1..EVENTS {
                let owner = format!("user_{number}");
                application.contact(ann(), assign(&owner), call(&owner)).await.unwrap();
            }
        });
        let positions: Vec<u64> = history.map(|event| event.unwrap().position.0).collect().await;
        assert_eq!(positions, (1..=EVENTS).collect::<Vec<_>>());
        writer.await.unwrap();
    }
}

#[tokio::test]
async fn a_follower_of_a_part_that_is_empty_ends_at_once() {
    let house = House::in_memory();
    for contact in [None, Some(ann())] {
        let filter = HistoryFilter { contact, ..HistoryFilter::default() };
        assert!(follow(&house, 3, Some(2), filter).next().await.is_none());
    }
}
