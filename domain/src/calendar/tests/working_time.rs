//! How working time passes: vectors, and a model that looks at the clock every minute.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::testing::at;
use crate::value::Instant;

const HOUR: Duration = Duration::from_secs(3_600);

#[track_caller]
fn is_due(calendar: &Definition, start: &str, working: Duration, due: &str) {
    assert_eq!(calendar.due_at(at(start), working).to_string(), at(due).to_string(), "{start} + {working:?}");
    assert_eq!(calendar.working_between(at(start), at(due)), working, "{start} to {due}");
}

#[test]
fn half_an_hour_of_friday_and_half_an_hour_of_monday_make_an_hour() {
    let office = definition(1, "UTC", nine_to_five(), &[]);
    is_due(&office, "2026-11-27T16:30:00Z", HOUR, "2026-11-30T09:30:00Z");
    is_due(&office, "2026-11-27T16:00:00Z", HOUR, "2026-11-27T17:00:00Z");
    is_due(&office, "2026-11-28T03:00:00Z", HOUR, "2026-11-30T10:00:00Z");
    is_due(&office, "2026-11-27T16:30:00Z", Duration::ZERO, "2026-11-27T16:30:00Z");
}

#[test]
fn the_clock_of_the_zone_counts() {
    let berlin = definition(1, "Europe/Berlin", nine_to_five(), &[]);
    // Half past four in Berlin is half past three in London.
    is_due(&berlin, "2026-11-27T15:30:00Z", HOUR, "2026-11-30T08:30:00Z");
    let new_york = definition(1, "America/New_York", nine_to_five(), &[]);
    is_due(&new_york, "2026-11-27T21:30:00Z", HOUR, "2026-11-30T14:30:00Z");
}

#[test]
fn a_holiday_is_no_working_day() {
    let office = definition(1, "UTC", nine_to_five(), &["2026-11-30", "2026-12-01"]);
    is_due(&office, "2026-11-27T16:30:00Z", HOUR, "2026-12-02T09:30:00Z");
}

#[test]
fn a_weekend_on_which_the_clocks_change_takes_no_working_time_and_monday_begins_by_the_new_clock() {
    let berlin = definition(1, "Europe/Berlin", nine_to_five(), &[]);
    // Friday 16:30 in winter is 15:30 UTC, Monday 09:30 in summer is 07:30 UTC; and back in October.
    is_due(&berlin, "2026-03-27T15:30:00Z", HOUR, "2026-03-30T07:30:00Z");
    is_due(&berlin, "2026-10-23T14:30:00Z", HOUR, "2026-10-26T08:30:00Z");
    let new_york = definition(1, "America/New_York", nine_to_five(), &[]);
    is_due(&new_york, "2026-03-06T21:30:00Z", HOUR, "2026-03-09T13:30:00Z");
    is_due(&new_york, "2026-10-30T20:30:00Z", HOUR, "2026-11-02T14:30:00Z");
}

#[test]
fn a_night_shift_is_an_hour_shorter_in_spring_and_an_hour_longer_in_autumn() {
    let night = vec![hours(Weekday::Sunday, "00:00", "06:00")];
    let berlin = definition(1, "Europe/Berlin", night, &[]);
    let between = |from: &str, to: &str| berlin.working_between(at(from), at(to)).as_secs() / 3_600;
    assert_eq!(between("2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"), 5);
    assert_eq!(between("2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z"), 7);
    // After five hours of that night the clock shows four: it has shown the hour from two to three twice.
    is_due(&berlin, "2026-10-24T12:00:00Z", 5 * HOUR, "2026-10-25T03:00:00Z");
}

#[test]
fn what_takes_longer_than_is_looked_ahead_is_due_at_the_end_of_that() {
    let office = definition(1, "UTC", vec![hours(Weekday::Monday, "00:00", "00:01")], &[]);
    let due = office.due_at(at("2026-01-01T00:00:00Z"), 1_000 * HOUR);
    let days = (due.micros() - at("2026-01-01T00:00:00Z").micros()) / 86_400_000_000;
    assert_eq!(days, DAYS_AHEAD_MAX);
}

#[test]
fn no_time_passes_backwards() {
    let office = definition(1, "UTC", nine_to_five(), &[]);
    assert_eq!(
        office.working_between(at("2026-11-27T12:00:00Z"), at("2026-11-27T11:00:00Z")),
        Duration::ZERO
    );
}

/// Whether the clock on the wall shows working time, asked of chrono and nothing else.
fn is_working(calendar: &Definition, minute: i64) -> bool {
    use chrono::{Datelike as _, Timelike as _};
    let zone: chrono_tz::Tz = calendar.time_zone.to_string().parse().unwrap();
    let there = chrono::DateTime::from_timestamp(minute * 60, 0).unwrap().with_timezone(&zone);
    let weekday = Weekday::ALL[there.weekday().num_days_from_monday() as usize];
    let time = u16::try_from(there.hour() * 60 + there.minute()).unwrap();
    let holiday = calendar.holidays.contains(&day(&there.format("%Y-%m-%d").to_string()));
    let within = |hours: &&Hours| (hours.from.minutes()..hours.to.minutes()).contains(&time);
    !holiday && calendar.hours.iter().filter(|hours| hours.day == weekday).any(|hours| within(&hours))
}

fn minute(minute: i64) -> Instant {
    Instant::from_micros(minute * 60_000_000).unwrap()
}

/// Calendars of zones whose clocks change by an hour, by half an hour, at midnight, and not at all.
fn calendars() -> impl Strategy<Value = Definition> {
    let zones = vec![
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "America/St_Johns",
        "Asia/Kathmandu",
        "Pacific/Apia",
        "America/Havana",
    ];
    let any = vec((select(Weekday::ALL.to_vec()), 0..1_440_u16, 60..900_u16), 2..8);
    (select(zones), any).prop_map(|(zone, stretches)| {
        let text = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let all = stretches
            .into_iter()
            .map(|(day, from, long)| hours(day, &text(from), &text((from + long).min(1_440))));
        // Hours at the same time as others are left out, as the rules ask.
        let mut kept: Vec<Hours> = Vec::new();
        for one in all {
            if kept.iter().all(|other| other.day != one.day || other.to <= one.from || one.to <= other.from) {
                kept.push(one);
            }
        }
        kept.sort_unstable();
        definition(1, zone, kept, &["2010-11-07", "2026-03-29", "2011-12-29"])
    })
}

/// Minutes about which clocks were changed, and others.
fn starts() -> impl Strategy<Value = i64> {
    let times = vec![
        "2026-03-27T12:00:00Z",
        "2026-10-24T00:00:00Z",
        "2026-03-07T00:00:00Z",
        "2026-10-31T00:00:00Z",
        "2010-11-06T12:00:00Z",
        "2011-12-28T12:00:00Z",
        "2026-06-30T00:00:00Z",
    ];
    (select(times), 0..2_880_i64).prop_map(|(time, later)| at(time).micros() / 60_000_000 + later)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn as_much_time_passes_as_a_look_at_the_clock_every_minute_finds(
        calendar in calendars(), start in starts(), long in 0..6_000_i64,
    ) {
        let expected = (start..start + long).filter(|minute| is_working(&calendar, *minute)).count();
        let found = calendar.working_between(minute(start), minute(start + long));
        prop_assert_eq!(found.as_secs(), expected as u64 * 60);
    }

    #[test]
    fn what_is_due_is_due_at_the_first_minute_at_which_so_much_time_has_passed(
        calendar in calendars(), start in starts(), working in 1..400_u64,
    ) {
        let due = calendar.due_at(minute(start), Duration::from_secs(working * 60));
        let mut left = working;
        let last = (start..).find(|minute| {
            left -= u64::from(is_working(&calendar, *minute));
            left == 0
        });
        prop_assert_eq!(due, minute(last.unwrap() + 1));
        prop_assert_eq!(calendar.working_between(minute(start), due).as_secs(), working * 60);
    }
}
