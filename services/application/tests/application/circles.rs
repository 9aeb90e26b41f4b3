//! Cases that are merged into each other.

use std::sync::Arc;

use rapport_application::{CaseRequest, Failure};
use rapport_domain::case::{Event, Merged, Parted, Rejection};
use tokio::sync::Barrier;

use crate::cases::{case, opening, promise};
use crate::fickle::{FickleStore, Whim};
use crate::house::House;
use crate::sample::call;

async fn three_cases(house: &House) {
    promise(&house.application).await;
    for key in ["a", "b", "c"] {
        house.application.case(case(key), opening(None), call(key)).await.unwrap();
    }
}

fn merge(into: &str) -> CaseRequest {
    CaseRequest::Merge { into: case(into) }
}

#[tokio::test]
async fn a_case_is_merged_into_none_that_is_a_part_of_another() {
    let house = House::in_memory();
    three_cases(&house).await;
    let app = &house.application;
    app.case(case("a"), merge("b"), call("r1")).await.unwrap();
    let refused = app.case(case("b"), merge("a"), call("r2")).await.unwrap_err();
    let whole = case("b");
    assert!(matches!(refused, Failure::Case(Rejection::Merged { into }) if into == whole), "{refused}");
}

#[tokio::test]
async fn of_merges_at_once_that_close_a_circle_the_last_one_is_undone_whoever_looks() {
    for circle in [&["a", "b"][..], &["a", "b", "c"][..]] {
        let store = FickleStore::new();
        let house = House::over(Arc::clone(&store) as _);
        three_cases(&house).await;
        // Each has seen that the other one stands for itself before either is written.
        let barrier = Arc::new(Barrier::new(circle.len()));
        let mut merging = Vec::new();
        for (number, part) in circle.iter().enumerate() {
            store.next_append(Whim::Gather(Arc::clone(&barrier)));
            let (there, id) = (house.replica(), case(part));
            let into = merge(circle[(number + 1) % circle.len()]);
            let call = call(&format!("merge:{part}"));
            merging.push(tokio::spawn(async move { there.case(id, into, call).await }));
        }
        for merged in merging {
            merged.await.unwrap().unwrap();
        }
        let log = house.log().await;
        let last = log.iter().rev().find(|recorded| recorded.event_type == "case.merged.v1").unwrap();
        let last = *circle.iter().find(|key| case(key).to_string() == last.stream.id()).unwrap();

        let (mut first, mut second) = (house.circles(&house.application), house.circles(&house.replica()));
        first.catch_up().await.unwrap();
        second.catch_up().await.unwrap();
        first.turn().await.unwrap();
        second.turn().await.unwrap();
        house.circles(&house.replica()).turn().await.unwrap();
        for (number, part) in circle.iter().enumerate() {
            let happened = house.happened_to(case(part)).await;
            let into = case(circle[(number + 1) % circle.len()]);
            let merged = Event::from(Merged { into });
            if *part == last {
                let Event::Opened(opened) = &happened[0] else { panic!("an opening") };
                let parted = Parted { from: into, clock: opened.clock.as_deref().cloned() };
                assert_eq!(happened[1..], [merged, parted.into()]);
            } else {
                assert_eq!(happened[1..], [merged]);
            }
        }
    }
}
