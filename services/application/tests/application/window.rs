//! The time between the approval of an erasure and the destruction of the keys.

use std::sync::Arc;

use futures::TryStreamExt as _;
use rapport_application::{Application, Failure, HistoryFilter, HistoryQuery, Reveal};
use rapport_domain::contact;
use rapport_domain::envelope::{ActorKind, Position};
use rapport_domain::subject_request::{self, Outcome, Rejection, Right, State};
use serde_json::{Value, json};

use crate::house::House;
use crate::requests::{approve, cancel, receive, refuse, request};
use crate::sample::{ann, bob, call, label, name, reference, registered};

/// Ann is registered, asks to be erased, and a second person said yes: there are three days.
async fn waiting(house: &House) -> Arc<Application> {
    let app = house.replica_with_window(3);
    registered(&app, ann()).await;
    app.subject_request(request("r"), receive(ann(), Right::Erasure), call("r1")).await.unwrap();
    approve(&app, request("r"), "r2").await.unwrap();
    app
}

async fn shown(house: &House, app: &Application) -> Value {
    let query = HistoryQuery {
        from: Position::START,
        to: None,
        follow: false,
        filter: HistoryFilter::default(),
        reveal: Some(Reveal::Clear),
    };
    let history = app.history(&house.look(ActorKind::User), query).unwrap();
    let events: Vec<_> = history.try_collect().await.unwrap();
    serde_json::from_str::<Value>(&events[0].data).unwrap()["name"].clone()
}

async fn sealed(house: &House) -> rapport_domain::Personal<rapport_domain::value::Name> {
    let stored: Value = serde_json::from_str(&house.log().await[0].data).unwrap();
    serde_json::from_value(stored["name"].clone()).unwrap()
}

#[tokio::test]
async fn nothing_of_the_subject_is_shown_while_the_window_is_open_and_all_of_it_once_it_is_cancelled() {
    for house in House::on_each_store() {
        let app = waiting(&house).await;
        let look = house.look(ActorKind::User);
        let opened = app.disclose(&look, &ann(), sealed(&house).await).unwrap();
        assert_eq!(
            (opened, shown(&house, &app).await),
            (rapport_domain::Personal::Erased, json!({ "$erased": true }))
        );
        assert!(look.take().is_empty(), "nothing was opened, so there is nothing to write down");

        app.subject_request(request("r"), cancel(), call("r3")).await.unwrap();
        let opened = app.disclose(&look, &ann(), sealed(&house).await).unwrap();
        assert_eq!((opened, shown(&house, &app).await), (name("Ann Lee"), json!({ "$clear": "Ann Lee" })));
    }
}

#[tokio::test]
async fn when_the_window_closes_the_erasure_is_done_with_no_caller() {
    for house in House::on_each_store() {
        let app = waiting(&house).await;
        let mut erasures = house.erasures(&app);
        house.clock.advance_days(2);
        erasures.turn().await.unwrap();
        assert_eq!(house.types("contact").await, ["contact.registered.v1"]);

        house.clock.advance_days(1);
        erasures.turn().await.unwrap();
        assert_eq!(house.types("contact").await, ["contact.registered.v1", "contact.erased.v1"]);
        let expected = ["received", "approved", "erasure_scheduled", "erasure_begun", "fulfilled"];
        let expected: Vec<String> =
            expected.into_iter().map(|what| format!("subject_request.{what}.v1")).collect();
        assert_eq!(house.types("subject_request").await, expected);
        let state = app.subject_request_state(&request("r")).await.unwrap();
        let State::Fulfilled(_, Outcome::Erased(erasure)) = state else { panic!("{state:?}") };
        assert_eq!((erasure.kids.len(), erasure.fields_probed), (3, 1));

        let last = house.log().await.pop().unwrap().metadata().unwrap();
        assert_eq!(last.actor.to_string(), "system:reactor.erasures");
        assert_eq!((last.correlation_id.as_str(), last.causation_depth), ("r2", 1));
    }
}

#[tokio::test]
async fn a_cancelled_erasure_is_not_done_and_the_request_can_be_approved_again() {
    let house = House::in_memory();
    let app = waiting(&house).await;
    let mut erasures = house.erasures(&app);
    app.subject_request(request("r"), cancel(), call("r3")).await.unwrap();
    house.clock.advance_days(10);
    erasures.turn().await.unwrap();
    assert_eq!(house.types("contact").await, ["contact.registered.v1"]);

    approve(&app, request("r"), "r4").await.unwrap();
    erasures.turn().await.unwrap();
    assert_eq!(house.types("contact").await, ["contact.registered.v1"], "there are three days again");
    house.clock.advance_days(3);
    erasures.turn().await.unwrap();
    assert_eq!(house.types("contact").await, ["contact.registered.v1", "contact.erased.v1"]);
}

#[tokio::test]
async fn nobody_can_hurry_it_and_nobody_can_stop_it_once_it_has_begun() {
    let house = House::in_memory();
    let app = waiting(&house).await;
    let early = app.erase(request("r"), &call("r3")).await;
    assert!(matches!(early, Err(Failure::SubjectRequest(Rejection::WindowOpen))), "{early:?}");

    house.clock.advance_days(3);
    let erased = app.erase(request("r"), &call("r4")).await.unwrap();
    for (command, key) in [(cancel(), "r5"), (refuse(), "r6")] {
        let late = app.subject_request(request("r"), command, call(key)).await;
        assert!(matches!(late, Err(Failure::SubjectRequest(Rejection::ErasureBegun))), "{late:?}");
    }
    // Whoever began it did not get to its end: the reactor does.
    drop(erased);
    house.erasures(&app).turn().await.unwrap();
    assert_eq!(house.types("subject_request").await.last().unwrap(), "subject_request.fulfilled.v1");
}

#[tokio::test]
async fn a_request_that_is_refused_while_the_window_is_open_ends_it() {
    let house = House::in_memory();
    let app = waiting(&house).await;
    app.subject_request(request("r"), refuse(), call("r3")).await.unwrap();
    assert!(!app.withholds(&ann()));
    house.clock.advance_days(3);
    house.erasures(&app).turn().await.unwrap();
    assert_eq!(house.types("contact").await, ["contact.registered.v1"]);
}

#[tokio::test]
async fn a_legal_hold_in_the_window_keeps_the_erasure_waiting_and_cancellable() {
    let house = House::in_memory();
    let app = waiting(&house).await;
    let matter = reference("case_1");
    let place =
        contact::Command::PlaceLegalHold { matter: matter.clone(), reason: label("a claim"), until: None };
    app.contact(ann(), place, call("h1")).await.unwrap();
    let mut erasures = house.erasures(&app);
    let reactors = rapport_application::reactors::Reactors::default().with(&erasures);
    house.clock.advance_days(3);
    erasures.turn().await.unwrap();
    let status = reactors.list().remove(0);
    assert_eq!((status.open, status.set_aside, status.fired), (1, 1, 0));
    assert!(status.first_set_aside[0].cause.contains("case_1"), "{status:?}");
    assert!(!house.types("subject_request").await.contains(&"subject_request.erasure_begun.v1".to_owned()));

    house.clock.advance_seconds(1);
    erasures.turn().await.unwrap();
    assert_eq!((reactors.list()[0].late_seconds(), reactors.list()[0].first_set_aside[0].attempts), (1, 2));

    let release = contact::Command::ReleaseLegalHold { matter, reason: label("settled") };
    app.contact(ann(), release, call("h2")).await.unwrap();
    erasures.turn().await.unwrap();
    assert_eq!(reactors.list()[0].fired, 0, "it is not tried again at once");
    house.clock.advance_seconds(2);
    erasures.turn().await.unwrap();
    let status = reactors.list().remove(0);
    assert_eq!((status.open, status.set_aside, status.fired, status.late_micros), (0, 0, 1, 0));
}

#[tokio::test]
async fn after_a_restart_nothing_is_shown_and_what_came_due_meanwhile_is_done() {
    for house in House::on_each_store() {
        drop(waiting(&house).await);
        house.clock.advance_days(4);
        let again = house.replica_with_window(3);
        let mut erasures = house.erasures(&again);
        erasures.catch_up().await.unwrap();
        assert!(again.withholds(&ann()));
        assert_eq!(house.types("contact").await, ["contact.registered.v1"], "catching up does nothing");
        erasures.turn().await.unwrap();
        assert_eq!(house.types("contact").await, ["contact.registered.v1", "contact.erased.v1"]);
    }
}

#[tokio::test]
async fn a_window_is_of_one_subject() {
    let house = House::in_memory();
    let app = waiting(&house).await;
    registered(&app, bob()).await;
    assert_eq!((app.withholds(&ann()), app.withholds(&bob())), (true, false));
}

#[tokio::test]
async fn without_a_window_an_approved_erasure_waits_for_whoever_asks_for_it_as_ever() {
    let house = House::in_memory();
    let app = &house.application;
    registered(app, ann()).await;
    app.subject_request(request("r"), receive(ann(), Right::Erasure), call("r1")).await.unwrap();
    approve(app, request("r"), "r2").await.unwrap();
    assert!(!app.withholds(&ann()));
    house.clock.advance_days(20);
    house.erasures(app).turn().await.unwrap();
    assert_eq!(house.types("contact").await, ["contact.registered.v1"]);
    let erased = app.erase(request("r"), &call("r3")).await.unwrap();
    app.certify(request("r"), erased, Vec::new(), call("r3")).await.unwrap();
    let expected =
        ["subject_request.received.v1", "subject_request.approved.v1", "subject_request.fulfilled.v1"];
    assert_eq!(
        house
            .types(<subject_request::SubjectRequest as rapport_domain::aggregate::Aggregate>::CATEGORY)
            .await,
        expected
    );
}
