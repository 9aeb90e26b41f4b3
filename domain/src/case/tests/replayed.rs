//! What would have become of a case.

use super::*;

/// The same level with other times for urgent cases: the first answer, and the solution.
fn draft(first: u32, resolution: u32, pauses: &[Wait]) -> ServiceLevel {
    let level = level();
    let targets = vec![PriorityTargets {
        priority: Priority::Urgent,
        first_response_minutes: Some(first),
        next_response_minutes: None,
        resolution_minutes: Some(resolution),
    }];
    let policy = sla_policy::Definition { targets, pauses: pauses.iter().copied().collect(), ..level.policy };
    ServiceLevel { policy, ..level }
}

fn replay(history: &[(&str, Event)], level: &ServiceLevel, until: &str) -> [Vec<Target>; 2] {
    let mut replay = Replay::default();
    for (when, event) in history {
        replay.take(event, at(when), level);
    }
    replay.pass(at(until));
    let verdict = replay.verdict().unwrap();
    [verdict.was, verdict.would_be].map(|targets| targets.iter().copied().collect())
}

#[test]
fn the_same_case_is_judged_as_it_was_and_as_the_draft_would_have_judged_it() {
    use Target::{FirstResponse, Resolution};
    let history = [
        (MONDAY_AT_NINE, promised()),
        ("2026-11-23T09:50:00Z", replied("answer")),
        (MONDAY_AT_FIVE, resolved()),
    ];
    let judged = |first, resolution| replay(&history, &draft(first, resolution, &[]), "2026-11-30T09:00:00Z");
    assert_eq!(judged(60, 480), [vec![], vec![]]);
    assert_eq!(judged(45, 480), [vec![], vec![FirstResponse]]);
    assert_eq!(judged(45, 479), [vec![], vec![FirstResponse, Resolution]]);
}

#[test]
fn what_is_open_at_the_end_is_judged_by_the_time_until_then() {
    let history = [(MONDAY_AT_NINE, promised()), (MONDAY_AT_TEN, replied("answer"))];
    let strict = draft(60, 240, &[]);
    assert_eq!(replay(&history, &strict, "2026-11-23T13:00:00Z"), [vec![], vec![]]);
    assert_eq!(replay(&history, &strict, "2026-11-23T13:00:01Z"), [vec![], vec![Target::Resolution]]);
    let later = "2026-11-23T17:00:01Z";
    assert_eq!(replay(&history, &strict, later), [vec![Target::Resolution], vec![Target::Resolution]]);
}

#[test]
fn the_draft_says_for_itself_what_its_clock_stands_still_for() {
    let history = [
        (MONDAY_AT_NINE, promised()),
        (MONDAY_AT_TEN, replied("answer")),
        ("2026-11-23T11:00:00Z", awaited(Wait::ThirdParty, None)),
        ("2026-11-24T11:00:00Z", Resumed { clock: Some(clock(None, None, MONDAY_AT_FIVE)) }.into()),
        ("2026-11-24T12:00:00Z", resolved()),
    ];
    let until = "2026-11-30T09:00:00Z";
    assert_eq!(
        replay(&history, &draft(60, 480, &[Wait::ThirdParty]), until),
        [vec![Target::Resolution], vec![]]
    );
    assert_eq!(
        replay(&history, &draft(60, 480, &[]), until),
        [vec![Target::Resolution], vec![Target::Resolution]]
    );
}

#[test]
fn what_the_system_that_keeps_it_said_is_what_was_and_says_nothing_of_the_draft() {
    let told = TargetBreached { target: Target::Resolution, due_at: None };
    let history = [(MONDAY_AT_NINE, opened(None)), (MONDAY_AT_TEN, resolved()), (MONDAY_AT_TEN, told.into())];
    assert_eq!(replay(&history, &draft(60, 480, &[]), MONDAY_AT_FIVE), [vec![Target::Resolution], vec![]]);
}

#[test]
fn a_part_of_another_case_is_judged_with_that_one() {
    let mut replay = Replay::default();
    let history = [promised(), Merged { into: case_id("b") }.into()];
    for event in history {
        replay.take(&event, at(MONDAY_AT_NINE), &draft(60, 480, &[]));
    }
    assert_eq!(replay.verdict(), None);
}
