//! The clocks of cases act: what is about to be missed and what was missed is noted, once, at its time.

use std::sync::Arc;

use rapport_application::reactors::{Press, Promises, Runner};
use rapport_application::{Application, CaseRequest};
use rapport_domain::case::Event;
use rapport_domain::sla_policy::{Target, Wait};
use rapport_domain::value::Instant;

use crate::cases::{case, import_at, opening, promise, reply};
use crate::house::House;
use crate::sample::call;

const MINUTE: i64 = 60;

async fn opened(house: &House) -> Arc<Application> {
    promise(&house.application).await;
    house.application.case(case("a"), opening(None), call("open")).await.unwrap();
    Arc::clone(&house.application)
}

/// What was noted of a case: what, and minutes after the start by which it is due.
async fn noted(house: &House, key: &str, start: Instant) -> Vec<(&'static str, Target, i64)> {
    let minutes = |due: Instant| (due.micros() - start.micros()) / 60_000_000;
    let happened = house.happened_to(case(key)).await;
    let notes = happened.iter().filter_map(|event| match event {
        Event::TargetWarned(warned) => Some(("warned", warned.target, minutes(warned.due_at))),
        Event::TargetBreached(breached) => Some(("missed", breached.target, minutes(breached.due_at?))),
        _ => None,
    });
    notes.collect()
}

#[tokio::test]
async fn each_is_noted_once_at_its_time_whoever_notes_it_and_however_often_it_is_replayed() {
    use Target::{FirstResponse, Resolution};
    for house in House::on_each_store() {
        let (app, start) = (opened(&house).await, house.application.now());
        let (mut first, mut second) = (house.promises(&app), house.promises(&house.replica()));
        let mut expected = Vec::new();
        for (pass, note) in [
            (44 * MINUTE, None),
            (MINUTE, Some(("warned", FirstResponse, 60))),
            (15 * MINUTE, None),
            (1, Some(("missed", FirstResponse, 60))),
            (5 * 60 * MINUTE, Some(("warned", Resolution, 480))),
            (5 * 60 * MINUTE, Some(("missed", Resolution, 480))),
        ] {
            // Both have seen what is open before either notes anything.
            first.catch_up().await.unwrap();
            second.catch_up().await.unwrap();
            house.clock.advance_seconds(pass);
            first.turn().await.unwrap();
            second.turn().await.unwrap();
            expected.extend(note);
            assert_eq!(noted(&house, "a", start).await, expected);
        }
        // Killed and started again, it knows what it did from the log.
        house.promises(&house.replica()).turn().await.unwrap();
        assert_eq!(noted(&house, "a", start).await, expected);
    }
}

#[tokio::test]
async fn what_came_due_while_no_server_ran_is_noted_at_the_start_in_order() {
    use Target::{FirstResponse, Resolution};
    let house = House::in_memory();
    let (app, start) = (opened(&house).await, house.application.now());
    house.clock.advance_days(1);
    house.promises(&app).turn().await.unwrap();
    let expected = [
        ("warned", FirstResponse, 60),
        ("missed", FirstResponse, 60),
        ("warned", Resolution, 480),
        ("missed", Resolution, 480),
    ];
    assert_eq!(noted(&house, "a", start).await, expected);
}

#[tokio::test]
async fn a_pause_moves_it_and_an_answer_ends_it() {
    let house = House::in_memory();
    let (app, start) = (opened(&house).await, house.application.now());
    let mut promises = house.promises(&app);
    house.clock.advance_seconds(30 * MINUTE);
    app.case(case("a"), CaseRequest::Await { wait: Wait::Customer }, call("await")).await.unwrap();
    house.clock.advance_days(2);
    promises.turn().await.unwrap();
    assert_eq!(noted(&house, "a", start).await, []);
    app.case(case("a"), CaseRequest::Resume, call("resume")).await.unwrap();
    house.clock.advance_seconds(16 * MINUTE);
    promises.turn().await.unwrap();
    let warned = ("warned", Target::FirstResponse, 2 * 24 * 60 + 60);
    assert_eq!(noted(&house, "a", start).await, [warned]);
    app.case(case("a"), reply(), call("reply")).await.unwrap();
    app.case(case("a"), CaseRequest::Resolve { resolution: None }, call("resolve")).await.unwrap();
    house.clock.advance_days(9);
    promises.turn().await.unwrap();
    assert_eq!(noted(&house, "a", start).await, [warned]);
}

#[tokio::test]
async fn what_was_due_before_it_was_told_of_is_history_and_not_noted() {
    let house = House::in_memory();
    let app = &house.application;
    promise(app).await;
    let start = app.now();
    house.clock.advance_seconds(2 * 60 * MINUTE);
    // An import of what happened long ago, recorded at that time.
    app.case(case("old"), opening(None), import_at(start)).await.unwrap();
    // A case that is told of two hours after it began: its first answer is late already, its solution is not.
    app.case(case("late"), opening(Some(start)), call("late")).await.unwrap();
    let mut promises = house.promises(app);
    promises.turn().await.unwrap();
    house.clock.advance_days(1);
    promises.turn().await.unwrap();
    let expected = [("warned", Target::Resolution, 480), ("missed", Target::Resolution, 480)];
    for key in ["old", "late"] {
        assert_eq!(noted(&house, key, start).await, expected, "{key}");
    }
}

#[tokio::test]
async fn how_many_promises_press_is_told_until_they_are_kept_or_made_anew() {
    let house = House::in_memory();
    let app = opened(&house).await;
    let reactor = Promises::new(Arc::clone(&app));
    let pressing = reactor.pressing();
    let mut promises = Runner::new(reactor, Arc::clone(&house.store), house.ticking());
    let count = || (pressing.count(Press::DueSoon), pressing.count(Press::Overdue));
    let mut counts = Vec::new();
    for seconds in [0, 50 * MINUTE, 20 * MINUTE, 6 * 60 * MINUTE] {
        house.clock.advance_seconds(seconds);
        promises.turn().await.unwrap();
        counts.push(count());
    }
    assert_eq!(counts, [(0, 0), (1, 0), (0, 1), (1, 1)]);
    app.case(case("a"), reply(), call("reply")).await.unwrap();
    promises.turn().await.unwrap();
    assert_eq!(count(), (1, 0));
    app.case(case("a"), CaseRequest::Resolve { resolution: None }, call("resolve")).await.unwrap();
    promises.turn().await.unwrap();
    assert_eq!(count(), (0, 0));
}
