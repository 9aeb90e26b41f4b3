//! Leads that rest are handed over when that is over, whenever the policy was published.

use rapport_domain::lead::Command;
use rapport_domain::routing_policy::Strategy;
use rapport_domain::value::Date;

use crate::house::House;
use crate::lead_rules::{candidates, captured, policy, publish_policy, to};
use crate::sample::call;

#[tokio::test]
async fn a_lead_that_rests_while_a_policy_is_published_is_handed_over_when_that_is_over() {
    let house = House::in_memory();
    let app = &house.application;
    let recycle = |until: Option<&str>| {
        let until = until.map(|day| Date::parse(day).unwrap());
        Command::Recycle { until, reason: None }
    };
    let (later, never) = (captured(app, "lee").await, captured(app, "kim").await);
    app.lead(later, recycle(Some("2026-11-23")), call("later")).await.unwrap();
    app.lead(never, recycle(None), call("never")).await.unwrap();
    let mut routing = house.routing(app);
    routing.turn().await.unwrap();
    publish_policy(app, policy(Strategy::InOrder, candidates(["ann"]))).await;
    house.clock.advance_days(1);
    routing.turn().await.unwrap();
    assert_eq!(house.handed(later).await, [], "it rests a day more");
    house.clock.advance_days(1);
    routing.turn().await.unwrap();
    let by_rule = to(&[("ann", "rule team")]);
    assert_eq!((house.handed(later).await, house.handed(never).await), (by_rule.clone(), Vec::new()));
    house.routing(&house.replica()).turn().await.unwrap();
    assert_eq!(house.handed(later).await, by_rule, "a replay changes nothing");
}

#[tokio::test]
async fn a_lead_whose_rest_was_over_before_a_policy_was_published_is_handed_over_at_once() {
    let house = House::in_memory();
    let app = &house.application;
    let id = captured(app, "lee").await;
    let until = Some(Date::parse("2026-11-22").unwrap());
    app.lead(id, Command::Recycle { until, reason: None }, call("rest")).await.unwrap();
    let mut routing = house.routing(app);
    house.clock.advance_days(5);
    routing.turn().await.unwrap();
    publish_policy(app, policy(Strategy::InOrder, candidates(["ann"]))).await;
    routing.turn().await.unwrap();
    assert_eq!(house.handed(id).await, to(&[("ann", "rule team")]));
}
