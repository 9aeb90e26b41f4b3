//! A case that is open for long goes up by itself.

use super::*;
use crate::sla_policy::{Counted, Escalation, GoingUp};

/// The same level; what is open for eight hours goes up.
fn rising(counted: Counted) -> ServiceLevel {
    let level = level();
    let escalation =
        Escalation { after_minutes: 480, counted, level: 2, reason: label("open for more than 8 hours") };
    let policy = sla_policy::Definition { escalation: Some(escalation), ..level.policy };
    ServiceLevel { policy, ..level }
}

fn goes_up(at_text: &str) -> Option<GoingUp> {
    Some(GoingUp { at: at(at_text), level: 2, reason: label("open for more than 8 hours") })
}

/// Opened on Monday at nine.
fn begun(goes_up_at: &str) -> Event {
    let clock = clock(Some(MONDAY_AT_TEN), None, MONDAY_AT_FIVE);
    opened(Some(sla_policy::Clock { goes_up: goes_up(goes_up_at), ..clock }))
}

fn gone_up() -> Event {
    let reason = label("open for more than 8 hours");
    let terms = Some(level().clock(Due::default(), Due::default()).terms);
    Escalated { level: 2, reason, terms }.into()
}

#[test]
fn all_time_counts_or_working_time_as_its_policy_says() {
    let open = |counted, when| given::<Case>([]).at(when).when(opening(Some(rising(counted))));
    open(Counted::All, MONDAY_AT_NINE).then([begun(MONDAY_AT_FIVE)]);
    let friday = "2026-11-27T16:00:00Z";
    for (counted, when) in
        [(Counted::All, "2026-11-28T00:00:00Z"), (Counted::Working, "2026-11-30T16:00:00Z")]
    {
        let due = clock(Some("2026-11-27T17:00:00Z"), None, "2026-11-30T16:00:00Z");
        open(counted, friday).then([opened(Some(sla_policy::Clock { goes_up: goes_up(when), ..due }))]);
    }
}

#[test]
fn it_goes_up_once_at_its_time_and_says_whose_rule_it_was() {
    let open = || given::<Case>([begun(MONDAY_AT_FIVE)]);
    open().at("2026-11-23T16:59:59Z").when(Command::GoUp).then([]);
    open().at(MONDAY_AT_FIVE).when(Command::GoUp).then([gone_up()]);
    given::<Case>([begun(MONDAY_AT_FIVE), gone_up()]).at("2026-11-30T17:00:00Z").when(Command::GoUp).then([]);
}

#[test]
fn neither_a_pause_nor_another_priority_moves_it() {
    let kept = |event: Event| {
        let (Event::Resumed(Resumed { clock }) | Event::PriorityChanged(PriorityChanged { clock, .. })) =
            event
        else {
            panic!("{event:?}")
        };
        clock.unwrap().goes_up
    };
    let level = || Some(rising(Counted::All));
    let waiting = [begun(MONDAY_AT_FIVE), awaited(Wait::Customer, Some(MONDAY_AT_TEN))];
    let state = waiting.iter().fold(State::default(), Case::evolve);
    let context = crate::testing::context(at("2026-11-23T12:00:00Z"));
    for command in [
        Command::Resume { level: level() },
        Command::ChangePriority { priority: Priority::Normal, level: level() },
    ] {
        let events = Case::decide(&state, &command, &context).unwrap();
        assert_eq!(kept(events[0].clone()), goes_up(MONDAY_AT_FIVE));
    }
}

#[test]
fn what_is_solved_or_as_high_already_does_not_go_up_and_a_reopened_case_begins_anew() {
    let high = Escalated { level: 2, reason: label("somebody called"), terms: None };
    for history in [
        vec![begun(MONDAY_AT_FIVE), resolved()],
        vec![begun(MONDAY_AT_FIVE), high.into()],
        vec![promised()],
        vec![begun(MONDAY_AT_FIVE), Merged { into: case_id("b") }.into()],
    ] {
        given::<Case>(history).at("2026-11-30T17:00:00Z").when(Command::GoUp).then([]);
    }
    let anew = clock(None, None, "2026-11-24T17:00:00Z");
    let clock = Some(sla_policy::Clock { goes_up: goes_up("2026-11-24T17:00:00Z"), ..anew });
    given::<Case>([begun(MONDAY_AT_FIVE), resolved()])
        .at("2026-11-24T09:00:00Z")
        .when(Command::Reopen { level: Some(rising(Counted::All)) })
        .then([Reopened { clock }.into()]);
}
