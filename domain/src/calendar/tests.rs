//! What a calendar accepts and refuses, and how working time passes by it.

mod law;
mod working_time;

use std::collections::BTreeSet;

use super::*;
use crate::aggregate::Reason;
use crate::testing::{day, given, label};
use crate::value::{TimeOfDay, TimeZone};

fn hours(day: Weekday, from: &str, to: &str) -> Hours {
    Hours { day, from: TimeOfDay::parse(from).unwrap(), to: TimeOfDay::parse(to).unwrap() }
}

/// Monday to Friday, from nine to five.
fn nine_to_five() -> Vec<Hours> {
    Weekday::ALL.into_iter().take(5).map(|day| hours(day, "09:00", "17:00")).collect()
}

fn definition(version: u32, zone: &str, hours: Vec<Hours>, holidays: &[&str]) -> Definition {
    Definition {
        version,
        name: label("Office"),
        time_zone: TimeZone::parse(zone).unwrap(),
        hours,
        holidays: holidays.iter().map(|text| day(text)).collect(),
    }
}

fn publish(definition: Definition) -> Command {
    let Definition { version: _, name, time_zone, hours, holidays } = definition;
    Command::Publish { name, time_zone, hours, holidays }
}

fn published(definition: Definition) -> Event {
    Published { definition }.into()
}

fn office(version: u32) -> Definition {
    definition(version, "Europe/Berlin", nine_to_five(), &["2026-12-25"])
}

/// So many hours, none of them at the same time.
fn many(count: usize) -> Vec<Hours> {
    let each = (0..count).map(|n| {
        let time = |minute: usize| format!("{:02}:{:02}", minute / 60, minute % 60);
        hours(Weekday::Monday, &time(n * 2), &time(n * 2 + 1))
    });
    each.collect()
}

/// Each definition that is refused, with the reason.
fn faulty() -> Vec<(Definition, Rejection)> {
    let of = |hours| definition(0, "UTC", hours, &[]);
    let empty = hours(Weekday::Monday, "09:00", "09:00");
    let later = hours(Weekday::Monday, "12:59", "17:00");
    let holidays: BTreeSet<_> = (0..=1_000).map(|n| crate::value::Date::from_epoch_day(n).unwrap()).collect();
    vec![
        (of(Vec::new()), Rejection::NeverWorks),
        (of(many(HOURS_MAX + 1)), Rejection::TooManyHours),
        (Definition { holidays, ..of(nine_to_five()) }, Rejection::TooManyHolidays),
        (of(vec![empty]), Rejection::HoursEmpty { hours: empty }),
        (of(vec![later, hours(Weekday::Monday, "09:00", "13:00")]), Rejection::HoursOverlap { hours: later }),
    ]
}

#[test]
fn it_is_published_in_one_version_after_another() {
    given::<Calendar>([]).when(publish(office(0))).then([published(office(1))]);
    let longer = |version| Definition { hours: many(HOURS_MAX), ..office(version) };
    given::<Calendar>([published(office(1))]).when(publish(longer(0))).then([published(longer(2))]);
    given::<Calendar>([published(office(1)), published(longer(2))])
        .when(publish(office(0)))
        .then([published(office(3))]);
}

#[test]
fn published_again_as_it_is_changes_nothing_whatever_the_order_of_its_hours() {
    let backwards = Definition { hours: nine_to_five().into_iter().rev().collect(), ..office(0) };
    given::<Calendar>([published(office(1))]).when(publish(backwards)).then_nothing();
}

#[test]
fn faulty_ones_are_refused_before_and_after_the_first_version() {
    for (definition, rejection) in faulty() {
        given::<Calendar>([]).when(publish(definition.clone())).then_rejected(rejection.clone());
        given::<Calendar>([published(office(1))]).when(publish(definition)).then_rejected(rejection);
    }
}

#[test]
fn hours_may_touch_and_end_at_midnight() {
    let touching = vec![hours(Weekday::Sunday, "00:00", "12:00"), hours(Weekday::Sunday, "12:00", "24:00")];
    let all_day = |version| definition(version, "UTC", touching.clone(), &[]);
    given::<Calendar>([]).when(publish(all_day(0))).then([published(all_day(1))]);
}

#[test]
fn each_rejection_has_its_reason() {
    let reasons: Vec<&str> = faulty().into_iter().map(|(_, rejection)| rejection.reason()).collect();
    assert_eq!(
        reasons,
        [
            "CALENDAR_NEVER_WORKS",
            "CALENDAR_HOURS_EXHAUSTED",
            "CALENDAR_HOLIDAYS_EXHAUSTED",
            "CALENDAR_HOURS_EMPTY",
            "CALENDAR_HOURS_OVERLAP",
        ]
    );
}
