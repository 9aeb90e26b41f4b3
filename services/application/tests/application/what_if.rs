//! A draft over the recorded past.

use futures::TryStreamExt as _;
use rapport_application::{Failure, JudgedCases, SlaDifference, SlaDraft, SlaTrial};
use rapport_domain::envelope::Position;
use rapport_domain::id::CalendarId;
use rapport_domain::sla_policy::{Command, Priority, PriorityTargets, Target};
use rapport_domain::value::Instant;

use crate::cases::{case, opening, promise, reply};
use crate::house::House;
use crate::sample::{call, label};

const MINUTE: i64 = 60_000_000;

fn draft(first_response_minutes: u32, calendar_id: Option<CalendarId>) -> Command {
    let targets = PriorityTargets {
        priority: Priority::Urgent,
        first_response_minutes: Some(first_response_minutes),
        next_response_minutes: None,
        resolution_minutes: None,
    };
    let targets = vec![targets];
    Command::Publish {
        name: label("Draft"),
        calendar_id,
        targets,
        warning_percent: None,
        escalation: None,
        pauses: [].into(),
    }
}

fn after(start: Instant, minutes: i64) -> Instant {
    Instant::from_micros(start.micros() + minutes * MINUTE).unwrap()
}

async fn tried(house: &House, draft: SlaDraft) -> SlaDifference {
    let steps: Vec<SlaTrial> =
        house.application.what_if_sla(draft).await.unwrap().try_collect().await.unwrap();
    let [SlaTrial::Ended(difference)] = &steps[..] else { panic!("{steps:?}") };
    difference.clone()
}

/// Two cases, an hour apart, each answered after half an hour.
async fn two_cases(house: &House) -> Instant {
    let start = house.application.now();
    promise(&house.application).await;
    for key in ["a", "b"] {
        let app = &house.application;
        app.case(case(key), opening(None), call(&format!("open:{key}"))).await.unwrap();
        house.clock.advance_seconds(1_800);
        app.case(case(key), reply(), call(&format!("reply:{key}"))).await.unwrap();
        house.clock.advance_seconds(1_800);
    }
    start
}

#[tokio::test]
async fn it_says_which_cases_of_a_period_would_have_come_out_otherwise_and_writes_nothing() {
    let house = House::in_memory();
    let start = two_cases(&house).await;
    let head = house.head().await;
    let asked = |minutes, from, to, position| SlaDraft {
        policy: draft(minutes, None),
        from: after(start, from),
        to: after(start, to),
        position,
    };
    let both = tried(&house, asked(20, 0, 120, head)).await;
    let counted = JudgedCases {
        cases: 2,
        was_breached: 0,
        would_be_breached: 2,
        newly_breached: 2,
        no_longer_breached: 0,
    };
    assert_eq!((both.all, both.by_priority[&Priority::Urgent]), (counted, counted));
    let changed: Vec<_> = both.changed.iter().map(|changed| (changed.case_id, changed.begun)).collect();
    assert_eq!(changed, [(case("a"), start), (case("b"), after(start, 60))]);
    assert_eq!(both.changed[0].would_be, [Target::FirstResponse].into());
    assert_eq!(tried(&house, asked(20, 0, 120, head)).await, both);

    assert_eq!(
        tried(&house, asked(30, 0, 120, head)).await.all.would_be_breached,
        0,
        "in time to the minute"
    );
    assert_eq!(tried(&house, asked(20, 0, 60, head)).await.all.cases, 1, "the second one began at the end");
    assert_eq!(tried(&house, asked(20, 1, 120, head)).await.changed[0].case_id, case("b"));
    assert_eq!(tried(&house, asked(20, 0, 20, head)).await.all.would_be_breached, 0, "as of its end");
    assert_eq!(tried(&house, asked(20, 0, 120, Position(2))).await.all.cases, 1, "as of a position");
    assert_eq!(house.head().await, head);
}

#[tokio::test]
async fn a_draft_that_could_not_be_published_is_refused() {
    let house = House::in_memory();
    let start = two_cases(&house).await;
    let calendar = CalendarId::derived("tests", "nowhere");
    for policy in [draft(0, None), draft(20, Some(calendar))] {
        let asked = SlaDraft { policy, from: start, to: after(start, 1), position: house.head().await };
        let refused = house.application.what_if_sla(asked).await.err().unwrap();
        assert!(matches!(refused, Failure::SlaPolicy(_) | Failure::CalendarUnknown), "{refused}");
    }
}
