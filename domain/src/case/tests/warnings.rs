//! What a timer notes of a case: that little time is left for a promise, and that there is none.

use super::*;

/// The same level, with a warning when three quarters of the time have passed.
fn warning() -> ServiceLevel {
    let level = level();
    let policy = sla_policy::Definition { warning_percent: Some(75), ..level.policy };
    ServiceLevel { policy, ..level }
}

fn warn(target: Target) -> Command {
    Command::NoteWarned { target }
}

fn miss(target: Target) -> Command {
    Command::NoteMissed { target }
}

fn warned(target: Target, due: &str) -> Event {
    TargetWarned { target, due_at: at(due) }.into()
}

fn missed(target: Target, due: &str) -> Event {
    TargetBreached { target, due_at: Some(at(due)) }.into()
}

/// Opened on Monday at nine: warned at a quarter to ten and at three.
fn warned_of() -> Event {
    let due = Due {
        first_response: Some(at(MONDAY_AT_TEN)),
        resolution: Some(at(MONDAY_AT_FIVE)),
        ..Due::default()
    };
    let warn = Due {
        first_response: Some(at("2026-11-23T09:45:00Z")),
        resolution: Some(at("2026-11-23T15:00:00Z")),
        ..Due::default()
    };
    opened(Some(warning().clock(due, warn)))
}

#[test]
fn a_promise_brings_its_warning() {
    given::<Case>([]).at(MONDAY_AT_NINE).when(opening(Some(warning()))).then([warned_of()]);
}

#[test]
fn a_warning_is_noted_once_and_not_before_its_time() {
    use Target::FirstResponse;
    given::<Case>([warned_of()]).at("2026-11-23T09:44:59Z").when(warn(FirstResponse)).then([]);
    let noted = warned(FirstResponse, MONDAY_AT_TEN);
    given::<Case>([warned_of()]).at("2026-11-23T09:45:00Z").when(warn(FirstResponse)).then([noted.clone()]);
    given::<Case>([warned_of(), noted]).at(MONDAY_AT_TEN).when(warn(FirstResponse)).then([]);
}

#[test]
fn what_was_missed_is_noted_once_and_only_after_it_was_due() {
    use Target::FirstResponse;
    given::<Case>([promised()]).at(MONDAY_AT_TEN).when(miss(FirstResponse)).then([]);
    let noted = missed(FirstResponse, MONDAY_AT_TEN);
    given::<Case>([promised()])
        .at("2026-11-23T10:00:00.000001Z")
        .when(miss(FirstResponse))
        .then([noted.clone()]);
    given::<Case>([promised(), noted]).at(MONDAY_AT_FIVE).when(miss(FirstResponse)).then([]);
}

#[test]
fn what_is_promised_anew_can_be_missed_anew() {
    let anew = PriorityChanged {
        from: Priority::Urgent,
        to: Priority::Normal,
        clock: Some(clock(Some("2026-11-24T10:00:00Z"), None, "2026-11-25T17:00:00Z")),
    };
    given::<Case>([promised(), missed(Target::FirstResponse, MONDAY_AT_TEN), anew.into()])
        .at("2026-11-24T10:01:00Z")
        .when(miss(Target::FirstResponse))
        .then([missed(Target::FirstResponse, "2026-11-24T10:00:00Z")]);
}

#[test]
fn nothing_is_noted_of_what_was_kept_or_is_over() {
    for history in [
        vec![warned_of(), replied("answer")],
        vec![warned_of(), resolved()],
        vec![warned_of(), resolved(), Closed {}.into()],
        vec![warned_of(), Merged { into: case_id("b") }.into()],
        vec![opened(None)],
    ] {
        for command in [warn(Target::FirstResponse), miss(Target::FirstResponse)] {
            given::<Case>(history.clone()).at("2026-11-27T12:00:00Z").when(command).then([]);
        }
    }
}

#[test]
fn while_the_clock_stands_still_nothing_comes_due_but_what_was_overdue_before() {
    let stopped = |when| awaited(Wait::Customer, Some(when));
    let later = "2026-11-27T12:00:00Z";
    given::<Case>([promised(), stopped("2026-11-23T09:30:00Z")])
        .at(later)
        .when(miss(Target::FirstResponse))
        .then([]);
    given::<Case>([promised(), stopped("2026-11-23T10:30:00Z")])
        .at(later)
        .when(miss(Target::FirstResponse))
        .then([missed(Target::FirstResponse, MONDAY_AT_TEN)]);
}

#[test]
fn a_pause_moves_the_warning_as_it_moves_what_is_due() {
    // Stopped on Monday at half past nine, a quarter of an hour before the first warning; an hour of work later it goes on.
    let resumed = Command::Resume { level: Some(warning()) };
    let due = Due {
        first_response: Some(at("2026-11-23T11:00:00Z")),
        resolution: Some(at("2026-11-24T10:00:00Z")),
        ..Due::default()
    };
    let warn = Due {
        first_response: Some(at("2026-11-23T10:45:00Z")),
        resolution: Some(at("2026-11-23T16:00:00Z")),
        ..Due::default()
    };
    given::<Case>([warned_of(), awaited(Wait::Customer, Some("2026-11-23T09:30:00Z"))])
        .at("2026-11-23T10:30:00Z")
        .when(resumed)
        .then([Resumed { clock: Some(warning().clock(due, warn)) }.into()]);
}

#[test]
fn a_word_of_the_customer_that_waits_for_an_answer_already_brings_no_second_warning() {
    let hear = |name| Command::Hear { interaction_id: said(name), level: Some(warning()) };
    let heard = |name, warn| {
        let due = Due {
            next_response: Some(at("2026-11-23T11:30:00Z")),
            resolution: Some(at(MONDAY_AT_FIVE)),
            ..Due::default()
        };
        let warn =
            Due { next_response: warn, resolution: Some(at("2026-11-23T15:00:00Z")), ..Due::default() };
        Event::from(CustomerReplied { interaction_id: said(name), clock: Some(warning().clock(due, warn)) })
    };
    let first = heard("second", Some(at("2026-11-23T11:22:30Z")));
    given::<Case>([warned_of(), replied("answer")])
        .at("2026-11-23T11:00:00Z")
        .when(hear("second"))
        .then([first.clone()]);
    let noted = warned(Target::NextResponse, "2026-11-23T11:30:00Z");
    given::<Case>([warned_of(), replied("answer"), first, noted])
        .at("2026-11-23T11:25:00Z")
        .when(hear("third"))
        .then([heard("third", None)]);
}
