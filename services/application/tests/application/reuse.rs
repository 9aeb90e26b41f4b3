//! A request id serves one request.

use rapport_application::Failure;

use crate::house::House;
use crate::sample::{
    ann, assign, bob, call, call_with, contract, deal, open_deal, publish, receipt, register, registered,
    sales, start_contract,
};

#[tokio::test]
async fn another_content_under_a_used_request_id_is_refused() {
    for house in House::on_each_store() {
        registered(&house.application, ann()).await;
        house.application.contact(ann(), assign("user_1"), call_with("r1", "one")).await.unwrap();
        let other = house.application.contact(ann(), assign("user_2"), call_with("r1", "two")).await;
        assert!(matches!(other, Err(Failure::RequestIdReused)), "{other:?}");
        assert_eq!(house.head().await.0, 2);
    }
}

#[tokio::test]
async fn another_content_under_a_used_request_id_is_refused_after_a_restart() {
    for house in House::on_each_store() {
        registered(&house.application, ann()).await;
        house.application.contact(ann(), assign("user_1"), call_with("r1", "one")).await.unwrap();
        let house = house.restarted().await;
        let other = house.application.contact(ann(), assign("user_2"), call_with("r1", "two")).await;
        assert!(matches!(other, Err(Failure::RequestIdReused)), "{other:?}");
        assert_eq!(house.head().await.0, 2);
    }
}

#[tokio::test]
async fn a_request_id_of_another_stream_is_refused() {
    for house in House::on_each_store() {
        house.application.contact(ann(), register("Ann Lee"), call("r1")).await.unwrap();
        let other = house.application.contact(bob(), register("Bob Ray"), call_with("r1", "bob")).await;
        assert!(matches!(other, Err(Failure::RequestIdReused)), "{other:?}");
        assert_eq!(house.head().await.0, 1);
        let own = house.application.contact(bob(), register("Bob Ray"), call("r2")).await.unwrap();
        assert_eq!(own, receipt(0, 2));
    }
}

#[tokio::test]
async fn a_request_id_of_another_kind_of_stream_is_refused() {
    let house = House::in_memory();
    registered(&house.application, ann()).await;
    house.application.pipeline(sales(), publish(&["talk"]), call("r1")).await.unwrap();
    let deal = house.application.opportunity(deal(), open_deal(None), call("r1")).await;
    let contract = house.application.subscription(contract(), start_contract(ann()), call("r1")).await;
    assert!(matches!(deal, Err(Failure::RequestIdReused)), "{deal:?}");
    assert!(matches!(contract, Err(Failure::RequestIdReused)), "{contract:?}");
    assert_eq!(house.head().await.0, 2);
}
