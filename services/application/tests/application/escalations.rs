//! Cases that are open for more than 48 hours go up by themselves.

use rapport_application::CaseRequest;
use rapport_domain::case::Event;
use rapport_domain::id::CaseId;
use rapport_domain::sla_policy::Wait;

use crate::cases::{case, import_at, opening, promise};
use crate::house::House;
use crate::sample::{call, label};

const HOUR: i64 = 3_600;

/// Levels that a case went up to, each with the version of the policy that said so.
async fn levels(house: &House, id: CaseId) -> Vec<(u32, Option<u32>)> {
    let happened = house.happened_to(id).await;
    let levels = happened.iter().filter_map(|event| match event {
        Event::Escalated(escalated) => {
            Some((escalated.level, escalated.terms.as_ref().map(|terms| terms.policy_version)))
        }
        _ => None,
    });
    levels.collect()
}

#[tokio::test]
async fn a_case_that_is_open_for_more_than_48_hours_goes_up_once_whoever_brings_it_up_and_paused_or_not() {
    for house in House::on_each_store() {
        promise(&house.application).await;
        let app = &house.application;
        app.case(case("a"), opening(None), call("open")).await.unwrap();
        app.case(case("a"), CaseRequest::Await { wait: Wait::Customer }, call("await")).await.unwrap();
        let (mut first, mut second) = (house.escalations(app), house.escalations(&house.replica()));
        for (hours, expected) in [(47, vec![]), (1, vec![(1, Some(1))]), (100, vec![(1, Some(1))])] {
            first.catch_up().await.unwrap();
            second.catch_up().await.unwrap();
            house.clock.advance_seconds(hours * HOUR);
            first.turn().await.unwrap();
            second.turn().await.unwrap();
            house.escalations(&house.replica()).turn().await.unwrap();
            assert_eq!(levels(&house, case("a")).await, expected);
        }
    }
}

#[tokio::test]
async fn what_is_solved_stays_and_what_is_reopened_begins_anew() {
    let house = House::in_memory();
    promise(&house.application).await;
    let app = &house.application;
    app.case(case("a"), opening(None), call("open")).await.unwrap();
    let mut escalations = house.escalations(app);
    app.case(case("a"), CaseRequest::Resolve { resolution: None }, call("resolve")).await.unwrap();
    house.clock.advance_seconds(49 * HOUR);
    escalations.turn().await.unwrap();
    assert_eq!(levels(&house, case("a")).await, []);
    app.case(case("a"), CaseRequest::Reopen, call("reopen")).await.unwrap();
    house.clock.advance_seconds(47 * HOUR);
    escalations.turn().await.unwrap();
    assert_eq!(levels(&house, case("a")).await, []);
    house.clock.advance_seconds(HOUR);
    escalations.turn().await.unwrap();
    assert_eq!(levels(&house, case("a")).await, [(1, Some(1))]);
}

#[tokio::test]
async fn somebody_may_be_faster_and_history_stays_as_it_was() {
    let house = House::in_memory();
    promise(&house.application).await;
    let app = &house.application;
    let start = app.now();
    house.clock.advance_seconds(50 * HOUR);
    app.case(case("old"), opening(None), import_at(start)).await.unwrap();
    app.case(case("a"), opening(None), call("open")).await.unwrap();
    let higher = CaseRequest::Escalate { level: 3, reason: label("somebody called") };
    app.case(case("a"), higher, call("escalate")).await.unwrap();
    let mut escalations = house.escalations(app);
    house.clock.advance_seconds(50 * HOUR);
    escalations.turn().await.unwrap();
    assert_eq!(levels(&house, case("old")).await, []);
    assert_eq!(levels(&house, case("a")).await, [(3, None)]);
}
