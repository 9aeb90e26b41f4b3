//! When what is promised is due.

use super::*;
use crate::calendar;
use crate::id::SlaPolicyId;
use crate::testing::at;
use crate::value::{TimeOfDay, TimeZone};

/// Monday to Friday, from nine to five, in universal time.
fn office() -> calendar::Definition {
    let time = |text| TimeOfDay::parse(text).unwrap();
    let hours = calendar::Weekday::ALL.into_iter().take(5);
    let hours = hours.map(|day| calendar::Hours { day, from: time("09:00"), to: time("17:00") });
    calendar::Definition {
        version: 3,
        name: label("Office"),
        time_zone: TimeZone::UTC,
        hours: hours.collect(),
        holidays: [].into(),
    }
}

fn level(calendar: Option<calendar::Definition>) -> ServiceLevel {
    let policy_id = SlaPolicyId::derived("tests", "standard");
    ServiceLevel { policy_id, policy: definition(2, usual()), calendar }
}

#[test]
fn a_promise_is_due_by_the_calendar_or_by_all_time_where_there_is_none() {
    let friday = at("2026-11-27T16:30:00Z");
    let due = |level: &ServiceLevel| level.due_at(Target::FirstResponse, Priority::Urgent, friday);
    assert_eq!(due(&level(Some(office()))), Some(at("2026-11-30T09:30:00Z")));
    assert_eq!(due(&level(None)), Some(at("2026-11-27T17:30:00Z")));
}

#[test]
fn a_warning_comes_when_its_part_of_the_time_has_passed_by_the_same_calendar() {
    let friday = at("2026-11-27T16:30:00Z");
    let warned = |warning_percent| {
        let level = level(Some(office()));
        let policy = Definition { warning_percent, ..level.policy };
        ServiceLevel { policy, ..level }.warn_at(Target::FirstResponse, Priority::Urgent, friday)
    };
    assert_eq!(warned(Some(75)), Some(at("2026-11-30T09:15:00Z")));
    assert_eq!(warned(Some(50)), Some(at("2026-11-27T17:00:00Z")));
    assert_eq!(warned(None), None);
}

#[test]
fn what_is_not_promised_is_never_due() {
    let noon = at("2026-11-27T12:00:00Z");
    assert_eq!(level(None).due_at(Target::Resolution, Priority::Normal, noon), None);
    assert_eq!(level(None).due_at(Target::FirstResponse, Priority::Low, noon), None);
}

#[test]
fn a_pause_over_a_weekend_takes_as_much_working_time_as_it_lasted() {
    // Due on Friday at 16:00, stopped at 15:00, an hour before: an hour after it goes on, whenever that is.
    let due = Due { resolution: Some(at("2026-11-27T16:00:00Z")), ..Due::default() };
    let resumed = |at_time: &str| {
        level(Some(office())).resumed(due, at("2026-11-27T15:00:00Z"), at(at_time)).resolution.unwrap()
    };
    assert_eq!(resumed("2026-11-28T12:00:00Z"), at("2026-11-30T10:00:00Z"));
    assert_eq!(resumed("2026-11-30T16:30:00Z"), at("2026-12-01T09:30:00Z"));
    assert_eq!(resumed("2026-11-27T15:00:00Z"), at("2026-11-27T16:00:00Z"));
}

#[test]
fn what_was_overdue_when_the_clock_was_stopped_stays_overdue() {
    let due = Due { next_response: Some(at("2026-11-27T12:00:00Z")), ..Due::default() };
    let resumed = level(None).resumed(due, at("2026-11-27T12:00:01Z"), at("2026-11-30T09:00:00Z"));
    assert_eq!(resumed, due);
}

#[test]
fn a_clock_names_the_versions_that_set_it() {
    let terms = level(Some(office())).clock(Due::default(), Due::default()).terms;
    assert_eq!((terms.policy_version, terms.calendar_version), (2, Some(3)));
    assert_eq!(level(None).clock(Due::default(), Due::default()).terms.calendar_version, None);
}
