//! How the clock runs: by working time, not while the customer is waited for, and by what is in force.

use super::*;

fn hear(name: &str) -> Command {
    Command::Hear { interaction_id: said(name), level: Some(level()) }
}

fn heard(name: &str, clock: sla_policy::Clock) -> Event {
    CustomerReplied { interaction_id: said(name), clock: Some(clock) }.into()
}

#[test]
fn what_is_promised_is_due_in_working_time_from_the_opening() {
    given::<Case>([]).at(MONDAY_AT_NINE).when(opening(Some(level()))).then([promised()]);
    // Friday at half past four: half an hour then, half an hour on Monday.
    let due = clock(Some("2026-11-30T09:30:00Z"), None, "2026-11-30T16:30:00Z");
    given::<Case>([]).at("2026-11-27T16:30:00Z").when(opening(Some(level()))).then([opened(Some(due))]);
}

#[test]
fn it_runs_from_when_the_case_began_not_from_when_that_was_told() {
    let told_late = Open { opened_at: Some(at(MONDAY_AT_NINE)), ..open() };
    let Event::Opened(begun) = promised() else { panic!("an opening") };
    let begun = Opened { opened_at: Some(at(MONDAY_AT_NINE)), ..begun };
    given::<Case>([])
        .at("2026-11-23T15:00:00Z")
        .when(opening_of(told_late, Some(level())))
        .then([begun.into()]);
}

#[test]
fn an_answer_is_due_after_a_word_of_the_customer_once_there_was_a_first_answer() {
    let before = clock(Some(MONDAY_AT_TEN), None, MONDAY_AT_FIVE);
    given::<Case>([promised()])
        .at("2026-11-23T09:30:00Z")
        .when(hear("second"))
        .then([heard("second", before)]);
    let after = clock(None, Some("2026-11-23T11:30:00Z"), MONDAY_AT_FIVE);
    given::<Case>([promised(), replied("answer")])
        .at("2026-11-23T11:00:00Z")
        .when(hear("second"))
        .then([heard("second", after.clone())]);
    // The oldest word without an answer counts.
    given::<Case>([promised(), replied("answer"), heard("second", after.clone())])
        .at("2026-11-23T11:20:00Z")
        .when(hear("third"))
        .then([heard("third", after)]);
}

#[test]
fn it_stands_still_while_the_customer_is_waited_for_and_as_much_is_left_afterwards() {
    let wait = Command::Await { wait: Wait::Customer, level: Some(level()) };
    let stopped = awaited(Wait::Customer, Some("2026-11-27T16:00:00Z"));
    let friday = opened(Some(clock(None, None, "2026-11-27T17:00:00Z")));
    given::<Case>([friday.clone()]).at("2026-11-27T16:00:00Z").when(wait).then([stopped.clone()]);
    // Over the weekend no working time passes: an hour was left on Friday, and is left on Tuesday.
    let resumed = Resumed { clock: Some(clock(None, None, "2026-12-01T11:00:00Z")) };
    given::<Case>([friday, stopped])
        .at("2026-12-01T10:00:00Z")
        .when(Command::Resume { level: Some(level()) })
        .then([resumed.into()]);
}

#[test]
fn it_runs_on_while_somebody_else_is_waited_for() {
    let wait = Command::Await { wait: Wait::ThirdParty, level: Some(level()) };
    given::<Case>([promised()]).at(MONDAY_AT_TEN).when(wait).then([awaited(Wait::ThirdParty, None)]);
    let resumed = Resumed { clock: Some(clock(Some(MONDAY_AT_TEN), None, MONDAY_AT_FIVE)) };
    given::<Case>([promised(), awaited(Wait::ThirdParty, None)])
        .at("2026-11-23T16:00:00Z")
        .when(Command::Resume { level: Some(level()) })
        .then([resumed.into()]);
}

#[test]
fn what_the_customer_says_lets_it_go_on() {
    let stopped = awaited(Wait::Customer, Some(MONDAY_AT_TEN));
    let due = clock(None, None, "2026-11-24T10:00:00Z");
    let with_answer = clock(None, Some("2026-11-24T09:30:00Z"), "2026-11-24T10:00:00Z");
    given::<Case>([promised(), replied("answer"), stopped])
        .at("2026-11-23T11:00:00Z")
        .when(hear("second"))
        .then([
            Resumed { clock: Some(clock(None, None, "2026-11-24T10:00:00Z")) }.into(),
            heard("second", clock(None, Some("2026-11-23T11:30:00Z"), "2026-11-24T10:00:00Z")),
        ]);
    assert_ne!(due, with_answer);
}

#[test]
fn another_priority_promises_anew_from_then_on() {
    let changed = PriorityChanged {
        from: Priority::Urgent,
        to: Priority::Normal,
        clock: Some(clock(None, None, "2026-11-24T18:00:00Z")),
    };
    let lower = Command::ChangePriority { priority: Priority::Normal, level: Some(level()) };
    // Sixteen hours from Monday at ten: seven that day, eight the next, one on Wednesday.
    let changed = PriorityChanged { clock: Some(clock(None, None, "2026-11-25T10:00:00Z")), ..changed };
    given::<Case>([promised()]).at(MONDAY_AT_TEN).when(lower).then([changed.into()]);
}

#[test]
fn a_solution_that_was_none_is_promised_anew() {
    let reopened = Reopened { clock: Some(clock(None, None, "2026-11-24T10:00:00Z")) };
    given::<Case>([promised(), replied("answer"), resolved()])
        .at(MONDAY_AT_TEN)
        .when(Command::Reopen { level: Some(level()) })
        .then([reopened.into()]);
}

#[test]
fn a_later_version_of_the_policy_moves_no_promise_that_was_made() {
    let history = [promised(), replied("answer")];
    let state = crate::testing::fold::<Case>(State::default(), history);
    let terms = state.case().unwrap().terms.clone().unwrap();
    assert_eq!((terms.policy_version, terms.calendar_version), (2, Some(3)));
    assert_eq!(state.case().unwrap().due.resolution, Some(at(MONDAY_AT_FIVE)));
}

#[test]
fn without_a_policy_nothing_is_promised() {
    given::<Case>([]).when(opening(None)).then([opened(None)]);
    let hear = Command::Hear { interaction_id: said("second"), level: None };
    let heard = CustomerReplied { interaction_id: said("second"), clock: None };
    given::<Case>([opened(None)]).when(hear).then([heard.into()]);
}
