//! What the pipeline in force asks for is met before a deal leaves its stage.

use rapport_application::{Application, Failure, OpportunityRequest};
use rapport_domain::opportunity::Rejection;
use rapport_domain::pipeline::{Command, ExitCriterion};
use rapport_domain::value::Key;

use crate::house::House;
use crate::sample::{call, deal, key, label, move_to, open_deal, publish, sales};

/// Puts a version in force in which `talk` asks for these.
async fn ask_for(app: &Application, criteria: &[&str], request: &str) {
    let Command::Publish { name, mut stages } = publish(&["talk", "offer"]);
    let criterion = |name: &&str| ExitCriterion { key: key(name), name: label(name) };
    stages[0].exit_criteria = criteria.iter().map(criterion).collect();
    app.pipeline(sales(), Command::Publish { name, stages }, call(request)).await.unwrap();
}

fn meet(criterion: &str) -> OpportunityRequest {
    OpportunityRequest::MeetCriterion { key: key(criterion), note: None }
}

/// What is not met, by the refusal of a move.
async fn missing(app: &Application, request: &str) -> Vec<Key> {
    let moved = app.opportunity(deal(), move_to("offer"), call(request)).await;
    let Err(Failure::Opportunity(Rejection::ExitCriteriaNotMet { missing, .. })) = moved else {
        panic!("{moved:?}")
    };
    missing
}

#[tokio::test]
async fn the_version_in_force_says_what_is_met_before_a_deal_goes_on() {
    for house in House::on_each_store() {
        let app = &house.application;
        ask_for(app, &["budget"], "r1").await;
        app.opportunity(deal(), open_deal(None), call("r2")).await.unwrap();
        app.opportunity(deal(), meet("budget"), call("r3")).await.unwrap();
        ask_for(app, &["budget", "need"], "r4").await;
        assert_eq!(missing(app, "r5").await, [key("need")]);
        app.opportunity(deal(), meet("need"), call("r6")).await.unwrap();
        let retract = OpportunityRequest::RetractCriterion { key: key("budget"), note: None };
        app.opportunity(deal(), retract, call("r7")).await.unwrap();
        assert_eq!(missing(app, "r8").await, [key("budget")]);
        let head = house.head().await;
        // Sent again, each is what it was.
        app.opportunity(deal(), meet("need"), call("r6")).await.unwrap();
        app.opportunity(deal(), meet("need"), call("r9")).await.unwrap();
        assert_eq!(house.head().await, head);
        app.opportunity(deal(), meet("budget"), call("r10")).await.unwrap();
        app.opportunity(deal(), move_to("offer"), call("r11")).await.unwrap();
    }
}

#[tokio::test]
async fn a_criterion_that_the_stage_has_not_is_refused_with_those_it_has() {
    let house = House::in_memory();
    let app = &house.application;
    ask_for(app, &["budget"], "r1").await;
    let unopened = app.opportunity(deal(), meet("budget"), call("r2")).await;
    assert!(matches!(unopened, Err(Failure::Opportunity(Rejection::NotOpened))), "{unopened:?}");
    app.opportunity(deal(), open_deal(None), call("r3")).await.unwrap();
    let refused = app.opportunity(deal(), meet("weather"), call("r4")).await;
    let Err(Failure::Opportunity(rejection)) = refused else { panic!("{refused:?}") };
    let (stage, known) = (key("talk"), vec![key("budget")]);
    assert_eq!(rejection, Rejection::ExitCriterionUnknown { stage, key: key("weather"), known });
}
